import { MAX_POLICY_DOCUMENT_BYTES } from "../../bounds.ts";
import { documentPositions } from "../../yaml/document_positions.ts";
import { decodeText, readText } from "../../config/parse_text.ts";
import { ConfigError } from "../../problems/config_error.ts";
import { placeOf, placeText } from "../../problems/problem.ts";
import { plainValues } from "../plain_values.ts";
import {
  type PolicyAuthor,
  PolicyDocumentError,
  type PolicyEntry,
  readPolicyDocument,
} from "../policy_document.ts";
import { loadRegexLibrary } from "../regex.ts";

/**
 * Reads the bytes of a policy file, JSON or YAML: one without content is a mistake, `[]` says "none". Throws
 * a ConfigError when they are neither, or no policy document; errors of single policies are in their
 * entries, with where in the file they are.
 */
export async function parsePolicyFile(path: string, bytes: Uint8Array): Promise<PolicyEntry[]> {
  const refuse = (text: string) => new ConfigError([{ place: placeOf(path), text }]);
  if (bytes.length > MAX_POLICY_DOCUMENT_BYTES) {
    throw refuse(`found ${bytes.length} bytes, wanted ${MAX_POLICY_DOCUMENT_BYTES} at most`);
  }
  // An editor that writes in place empties the file first: that must not drop all policies.
  if (bytes.every(isBlank)) throw refuse("is empty, wanted policies ([] for none)");
  const text = decodeText(path, bytes);
  const document = await parseDocument(path, text);
  let entries;
  try {
    entries = await readPolicies(document);
  } catch (error) {
    if (!(error instanceof PolicyDocumentError)) throw error;
    const position = (await documentPositions(text))(error.path);
    throw new ConfigError([{ place: placeOf(path), position, text: error.message }]);
  }
  if (entries.every(({ state }) => state !== "invalid")) return entries;
  const positionOf = await documentPositions(text);
  return entries.map((entry) => {
    if (entry.state !== "invalid") return entry;
    const places = entry.paths.map((steps) => placeText(placeOf(path), positionOf(steps)));
    return { ...entry, places };
  });
}

/** A space, a tab, or the end of a line. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/**
 * Returns the entries of a document that is parsed already. Throws a PolicyDocumentError when it is none.
 */
export async function readPolicies(
  document: unknown,
  author?: PolicyAuthor,
): Promise<PolicyEntry[]> {
  const hasPatterns = JSON.stringify(document)?.includes('"regex"') ?? false;
  const library = hasPatterns ? await loadRegexLibrary() : undefined;
  return readPolicyDocument(plainValues(document), (pattern) => {
    try {
      library?.compile(pattern, false);
      return true;
    } catch {
      return false;
    }
  }, author);
}

async function parseDocument(file: string, text: string): Promise<unknown> {
  const mayBeJson = /^\s*[[{]/.test(text);
  return (await readText(file, text, { mustBeJson: false, mayBeJson })).value;
}
