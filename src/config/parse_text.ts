import { ConfigError, messageOf } from "../problems/config_error.ts";
import { jsonSyntaxError } from "./json_position.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type ReadDocument, readJson, readYaml } from "../yaml/read_document.ts";

/**
 * Returns what a JSON or YAML file holds, with a PlainScalar for each scalar without quotes; null for
 * a file that is empty or holds comments only. `file` is its path, for its extension and for errors.
 * Text that begins with `{` is JSON, but if the file is not called so it may be YAML even then. What comes
 * after the first document is not read, as in Prometheus, and that is added to `warnings`. Throws a
 * ConfigError with line and column; it quotes no more of the file than one character.
 */
export async function parseConfigText(
  file: string,
  bytes: Uint8Array,
  warnings: string[] = [],
): Promise<unknown> {
  const text = decode(file, bytes);
  if (text.trim() === "") return null;
  let ofJson: unknown;
  if (/^\s*\{/.test(text) || file.endsWith(".json")) {
    try {
      return parseJson(file, text);
    } catch (error) {
      if (file.endsWith(".json")) throw error;
      ofJson = error;
    }
  }
  const { value, hasMore } = await parseYaml(file, text).catch((error: unknown) => {
    throw /\.ya?ml$/.test(file) ? error : ofJson ?? error;
  });
  if (hasMore) warnings.push(`${file}: only the first YAML document is read, as in Prometheus`);
  return value;
}

function decode(file: string, bytes: Uint8Array): string {
  try {
    // Takes a byte order mark off.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError([`${file}: found bytes that are not UTF-8, wanted JSON or YAML text`]);
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    const problem = jsonSyntaxError(text);
    if (problem === undefined) return readJson(text);
    throw new ConfigError([`${file}: ${jsonProblem(text, problem)}`]);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    // The stack is used up.
    throw new ConfigError([`${file}: found lists or maps that are nested too deeply`]);
  }
}

function jsonProblem(
  text: string,
  { offset, wanted }: { readonly offset: number; readonly wanted: string },
): string {
  const lines = text.slice(0, offset).split("\n");
  const position = `line ${lines.length}, column ${lines[lines.length - 1].length + 1}`;
  return `${position}: found ${characterName(text[offset])}, wanted ${wanted}`;
}

function characterName(character: string | undefined): string {
  if (character === undefined) return "the end of the file";
  if (character === "\n" || character === "\r") return "the end of the line";
  return JSON.stringify(character);
}

async function parseYaml(file: string, text: string): Promise<ReadDocument> {
  try {
    return await readYaml(text);
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
