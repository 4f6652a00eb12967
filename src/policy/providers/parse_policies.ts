import { MAX_POLICY_DOCUMENT_BYTES } from "../../bounds.ts";
import { readJson, readYaml } from "../../yaml/read_document.ts";
import { plainValues } from "../plain_values.ts";
import { type PolicyAuthor, type PolicyEntry, readPolicyDocument } from "../policy_document.ts";
import { loadRegexLibrary } from "../regex.ts";

/**
 * Reads a policy file's bytes, JSON or YAML. Throws an Error that says what is wrong when they are
 * neither, or no policy document; errors of single policies are in their entries.
 */
export async function parsePolicies(bytes: Uint8Array): Promise<PolicyEntry[]> {
  return await readPolicies(await parseDocument(new TextDecoder().decode(bytes)));
}

/** The same for a file that somebody named: one without content is a mistake, `[]` says "none". */
export async function parsePolicyFile(bytes: Uint8Array): Promise<PolicyEntry[]> {
  if (bytes.length > MAX_POLICY_DOCUMENT_BYTES) {
    throw new Error(`found ${bytes.length} bytes, wanted ${MAX_POLICY_DOCUMENT_BYTES} at most`);
  }
  // An editor that writes in place empties the file first: that must not drop all policies.
  if (bytes.every(isBlank)) throw new Error("is empty, wanted policies ([] for none)");
  return await parsePolicies(bytes);
}

/** A space, a tab, or the end of a line. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}

/** The same for a document that is parsed already. */
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

async function parseDocument(text: string): Promise<unknown> {
  if (/^\s*[[{]/.test(text)) {
    try {
      return readJson(text);
    } catch {
      // YAML's flow style looks alike, and its parser says better where an error is.
    }
  }
  return (await readYaml(text)).value;
}
