import {
  closingQuote,
  HASH,
  isDigit,
  NEWLINE,
  QUOTE,
  skipBlanks,
  skipName,
  skipToken,
} from "./bytes.ts";
import { OPEN, quoteEnd } from "./scan_sample.ts";
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
 * other comment. As Prometheus's parser of the text format has it, blanks may come first, and the text
 * is all that comes after the one byte that stands behind the name: blanks and a carriage return too,
 * which make a type none.
 */
export function readMetadataLine(
  bytes: Uint8Array,
  start: number,
  end: number,
): MetadataLine | undefined {
  const keywordEnd = keywordEndOf(bytes, start, end);
  if (keywordEnd < 0) return undefined;
  const kind = KINDS[decodePlain(bytes, keywordEnd - KEYWORD, keywordEnd)]!;
  const nameStart = skipBlanks(bytes, keywordEnd, end);
  if (nameStart === end) return undefined;
  if (bytes[nameStart] !== QUOTE) {
    const nameEnd = skipName(bytes, nameStart, end);
    if (nameEnd === nameStart || isDigit(bytes[nameStart])) return undefined;
    const family = decodePlain(bytes, nameStart, nameEnd);
    return { kind, family, textStart: Math.min(nameEnd + 1, end), textEnd: end };
  }
  const quoteEnd = closingQuote(bytes, nameStart + 1, end);
  if (quoteEnd < 0) return undefined;
  const family = decodeQuoted(bytes, nameStart + 1, quoteEnd);
  return { kind, family, textStart: Math.min(quoteEnd + 2, end), textEnd: end };
}

/**
 * Where the comment ends that begins at `start` and whose line ends at `lineEnd`: behind that where a
 * newline stands in the quotes of a metadata line's name. Returns OPEN where nothing up to `end` closes
 * them.
 */
export function commentEnd(
  bytes: Uint8Array,
  start: number,
  lineEnd: number,
  end: number,
): number {
  const keywordEnd = lineEnd < end ? keywordEndOf(bytes, start, lineEnd) : -1;
  if (keywordEnd < 0) return lineEnd;
  const nameStart = skipBlanks(bytes, keywordEnd, lineEnd);
  if (nameStart === lineEnd || bytes[nameStart] !== QUOTE) return lineEnd;
  const quote = quoteEnd(bytes, nameStart + 1, end, true, false);
  if (quote < lineEnd) return quote === OPEN ? OPEN : lineEnd;
  const newline = bytes.indexOf(NEWLINE, quote);
  return newline < 0 || newline > end ? end : newline;
}

/** Behind the keyword of a metadata line, or -1. */
function keywordEndOf(bytes: Uint8Array, start: number, end: number): number {
  const hash = skipBlanks(bytes, start, end);
  if (hash === end || bytes[hash] !== HASH) return -1;
  const keywordStart = skipBlanks(bytes, hash + 1, end);
  if (keywordStart === hash + 1) return -1;
  const keywordEnd = skipToken(bytes, keywordStart, end);
  if (keywordEnd - keywordStart !== KEYWORD) return -1;
  return KINDS[decodePlain(bytes, keywordStart, keywordEnd)] === undefined ? -1 : keywordEnd;
}

/** Characters of each keyword. */
const KEYWORD = 4;

const KINDS: Readonly<Record<string, MetadataKind | undefined>> = {
  __proto__: null as never,
  HELP: "HELP",
  TYPE: "TYPE",
  UNIT: "UNIT",
};
