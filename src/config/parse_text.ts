import { ConfigError, messageOf } from "../problems/config_error.ts";
import { jsonSyntaxError } from "./json_position.ts";
import type { Runtime } from "../runtime/runtime.ts";

/**
 * Returns the value that a JSON or YAML file holds; `file` is its path, for its extension and for
 * errors. Text that begins with `{` is JSON, but a `.yaml` or `.yml` file may be YAML even then.
 * Throws a ConfigError with line and column; it quotes no more of the file than one character.
 */
export async function parseConfigText(file: string, bytes: Uint8Array): Promise<unknown> {
  const text = decode(file, bytes);
  if (text.trim() === "") {
    throw new ConfigError([`${file}: found an empty file, wanted a map of keys`]);
  }
  if (/^\s*\{/.test(text) || file.endsWith(".json")) {
    try {
      return JSON.parse(text);
    } catch {
      if (!/\.ya?ml$/.test(file)) throw new ConfigError([`${file}: ${jsonProblem(text)}`]);
    }
  }
  return await parseYaml(file, text);
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    // Takes a byte order mark off.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([`${file}: found bytes that are not UTF-8, wanted JSON or YAML text`]);
  }
}

function jsonProblem(text: string): string {
  const { offset, wanted } = jsonSyntaxError(text) ?? { offset: text.length, wanted: "JSON" };
  const lines = text.slice(0, offset).split("\n");
  const position = `line ${lines.length}, column ${lines[lines.length - 1].length + 1}`;
  return `${position}: found ${characterName(text[offset])}, wanted ${wanted}`;
}

function characterName(character: string | undefined): string {
  if (character === undefined) return "the end of the file";
  if (character === "\n" || character === "\r") return "the end of the line";
  return JSON.stringify(character);
}

async function parseYaml(file: string, text: string): Promise<unknown> {
  try {
    return await parseYamlText(text);
  } catch (error) {
    throw new ConfigError([`${file}: ${yamlProblem(String((error as Error).message))}`]);
  }
}

/** Keeps the reason and the position of a parser's message, and drops what it quotes of the file. */
function yamlProblem(message: string): string {
  const position = /at (line \d+, column \d+)/.exec(message);
  const reason = message
    .split("\n")[0]
    .replace(/ ?\(?at line \d+.*/, "")
    .replace(/closing ["']quote/, "closing quote")
    .replace(/[:;"'`].*/, "")
    .trim();
  const where = position === null ? "" : `${position[1]}: `;
  return `${where}not valid YAML: ${reason}`;
}

/**
 * Returns the value that YAML text holds; throws what the parser throws. The parser takes 9.5 MB of
 * resident memory and is loaded by the first text only.
 */
export async function parseYamlText(text: string): Promise<unknown> {
  const { parse } = await import("@std/yaml");
  return parse(text, OPTIONS);
}

// Without the level, npm's `yaml` prints warnings that quote the text; `@std/yaml` ignores it.
const OPTIONS = { schema: "core", logLevel: "error" } as const;

/** The bytes of a file that somebody named. Throws a ConfigError when it cannot be read. */
export async function readNamedFile(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<Uint8Array> {
  try {
    return await runtime.readFile(path);
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}
