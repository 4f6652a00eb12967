import { MAX_CONFIG_FILE_BYTES } from "../bounds.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { type Place, placeOf, type Problem, within } from "../problems/problem.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { documentPositions, type PositionOf } from "../yaml/document_positions.ts";
import { type ReadDocument, readJson, readYaml } from "../yaml/read_document.ts";
import { DocumentSyntaxError } from "../yaml/syntax_error.ts";

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
  const text = decodeText(file, bytes);
  if (text.trim() === "") return null;
  const isJson = file.endsWith(".json");
  const { value, hasMore } = await readText(file, text, {
    mustBeJson: isJson,
    mayBeJson: isJson || /^\s*\{/.test(text),
  });
  if (hasMore) warnings.push(`${file}: only the first YAML document is read, as in Prometheus`);
  return value;
}

/** Throws a ConfigError for what is no text. */
export function decodeText(file: string, bytes: Uint8Array): string {
  try {
    // Takes a byte order mark off.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const text = "found bytes that are not UTF-8, wanted JSON or YAML text";
    throw new ConfigError([{ place: placeOf(file), text }]);
  }
}

/** Throws a ConfigError; where a text is neither, its name says which of the two errors counts. */
export async function readText(
  file: string,
  text: string,
  { mustBeJson, mayBeJson }: { readonly mustBeJson: boolean; readonly mayBeJson: boolean },
): Promise<ReadDocument> {
  let ofJson: unknown;
  if (mayBeJson) {
    try {
      return { value: readJson(text), hasMore: false };
    } catch (error) {
      if (mustBeJson) throw inFile(file, error);
      ofJson = error;
    }
  }
  try {
    return await readYaml(text);
  } catch (error) {
    throw inFile(file, /\.ya?ml$/.test(file) ? error : ofJson ?? error);
  }
}

function inFile(file: string, error: unknown): unknown {
  if (!(error instanceof DocumentSyntaxError)) return error;
  const { message, position } = error;
  return new ConfigError([{ place: placeOf(file), position, text: message }]);
}

/**
 * Runs `work`. What it finds wrong in one of the `texts`, which are known by the names of places, gets its
 * line and column: those of the text as it is written. `of` is the configuration that a problem speaks of
 * which does not name it.
 */
export async function withPositions<Result>(
  texts: ReadonlyMap<string, Uint8Array>,
  work: () => Promise<Result>,
  of?: Place,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw await positioned(error, texts, of);
  }
}

async function positioned(
  { found }: ConfigError,
  texts: ReadonlyMap<string, Uint8Array>,
  of: Place | undefined,
): Promise<ConfigError> {
  const documents = new Map<string, PositionOf>();
  const problems: Problem[] = [];
  for (const problem of found) {
    const isNameless = problem.place.name === undefined && problem.place.path.length > 0;
    const place = isNameless && of ? within(of, ...problem.place.path) : problem.place;
    const { name: file, path } = place;
    const bytes = file === undefined ? undefined : texts.get(file);
    if (problem.position !== undefined || bytes === undefined) {
      problems.push({ ...problem, place });
      continue;
    }
    if (!documents.has(file!)) {
      // On an error only: JSON does without the parser of YAML else.
      documents.set(file!, await documentPositions(new TextDecoder().decode(bytes)));
    }
    problems.push({ ...problem, place, position: documents.get(file!)!(path) });
  }
  return new ConfigError(problems);
}

/** The bytes of a file that somebody named. Throws a ConfigError when it cannot be read. */
export async function readNamedFile(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<Uint8Array> {
  let bytes;
  try {
    bytes = await runtime.readFile(path);
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
  if (bytes.length <= MAX_CONFIG_FILE_BYTES) return bytes;
  const text = `found ${bytes.length} bytes, wanted at most ${MAX_CONFIG_FILE_BYTES}`;
  throw new ConfigError([{ place: placeOf(path), text }]);
}
