/** Returns the documents of a text. Throws an Error where it is none. */
export type DocumentParser = (text: string) => unknown[];

/**
 * Loads what reads JSON, JSON lines (query logs) and YAML of several documents, with the values that
 * YAML's core schema gives.
 */
export async function documentParser(): Promise<DocumentParser> {
  const { parseAllDocuments } = await import("@std/yaml");
  return (text) => {
    const ofJson = jsonDocuments(text);
    if (ofJson !== undefined) return ofJson;
    const documents = parseAllDocuments(text, { schema: "core", logLevel: "silent" });
    return [...documents].map((document) => {
      const [error] = document.errors;
      if (error !== undefined) throw new Error(error.message.split("\n")[0]);
      return document.toJS({ maxAliasCount: MAX_ALIASES });
    });
  };
}

const MAX_ALIASES = 1_000;

/** Undefined where it is no JSON. */
function jsonDocuments(text: string): unknown[] | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return [JSON.parse(text)];
  } catch {
    // Perhaps one on each line.
  }
  try {
    return text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  } catch {
    return undefined;
  }
}
