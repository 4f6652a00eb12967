import type { UsedDocument } from "../../usage/used_document.ts";

/** Readers of a use that a message names. */
const SENT_READERS = 4;

/**
 * Returns a document of `weir usage` without what the server does not need: the expressions, but of what
 * could not be read, and most readers. Throws an Error for a text that is none.
 */
export function sentDocument(text: string): UsedDocument {
  let document: Partial<UsedDocument> | null;
  try {
    document = JSON.parse(text);
  } catch {
    throw new Error("this is no JSON: wanted what weir usage writes");
  }
  if (document?.version !== 1 || !Array.isArray(document.uses)) {
    throw new Error("found another document, wanted what weir usage writes");
  }
  const { uses, unread = [] } = document as UsedDocument;
  return {
    version: 1,
    sources: [],
    uses: uses.map(({ matchers, needs, where, more = 0 }) => ({
      matchers,
      needs,
      where: where.slice(0, SENT_READERS).map(({ expression: _, ...place }) => place),
      more: more + Math.max(0, where.length - SENT_READERS),
    })),
    unread,
  };
}
