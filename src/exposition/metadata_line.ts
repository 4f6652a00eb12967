import { CARRIAGE_RETURN, closingQuote, HASH, QUOTE, skipBlanks, skipToken } from "./bytes.ts";
import { decodePlain, decodeQuoted } from "./text.ts";

export type MetadataKind = "HELP" | "TYPE" | "UNIT";

export interface MetadataLine {
  readonly kind: MetadataKind;
  /** The family's name, unescaped. */
  readonly family: string;
  /** Where the rest of the line (the help text, the type, the unit) begins and ends. */
  readonly textStart: number;
  readonly textEnd: number;
}

/**
 * Reads `# HELP name text`, `# TYPE name type` or `# UNIT name unit`. Returns undefined for any
 * other comment, which both formats tell readers to ignore. As with samples, blanks may come first
 * and a carriage return at the end is no part of the text.
 */
export function readMetadataLine(
  bytes: Uint8Array,
  start: number,
  end: number,
): MetadataLine | undefined {
  if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
  const hash = skipBlanks(bytes, start, end);
  if (hash === end || bytes[hash] !== HASH) return undefined;
  const keywordStart = skipBlanks(bytes, hash + 1, end);
  const keywordEnd = skipToken(bytes, keywordStart, end);
  if (keywordEnd - keywordStart !== 4) return undefined;
  const kind = KINDS[decodePlain(bytes, keywordStart, keywordEnd)];
  if (kind === undefined) return undefined;

  const nameStart = skipBlanks(bytes, keywordEnd, end);
  if (nameStart === end) return undefined;
  if (bytes[nameStart] !== QUOTE) {
    const nameEnd = skipToken(bytes, nameStart, end);
    const family = decodePlain(bytes, nameStart, nameEnd);
    return { kind, family, textStart: skipBlanks(bytes, nameEnd, end), textEnd: end };
  }
  const quoteEnd = closingQuote(bytes, nameStart + 1, end);
  if (quoteEnd < 0) return undefined;
  const family = decodeQuoted(bytes, nameStart + 1, quoteEnd);
  return { kind, family, textStart: skipBlanks(bytes, quoteEnd + 1, end), textEnd: end };
}

const KINDS: Readonly<Record<string, MetadataKind | undefined>> = {
  __proto__: null as never,
  HELP: "HELP",
  TYPE: "TYPE",
  UNIT: "UNIT",
};
