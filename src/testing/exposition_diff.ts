import { familyOfSample, type FamilyType, isFamilyType } from "../exposition/family_type.ts";
import { TEXT_FORMATS } from "../exposition/line_format.ts";
import { readMetadataLine } from "../exposition/metadata_line.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { readableName, scanSample } from "../exposition/scan_sample.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";

/** How an exposition differs from what was expected of it. */
export interface ExpositionDiff {
  /**
   * By family and line: `-` for a line that was expected and is not there, `+` for one that is there
   * and was not expected.
   */
  readonly lines: readonly { readonly sign: "-" | "+"; readonly text: string }[];
  /** The first line, counted from 1, that is another one where only the order differs. */
  readonly misplaced?: number;
}

/** Returns how two expositions differ. With `ordered`, lines in another order differ too. */
export function diffExpositions(expected: string, got: string, ordered: boolean): ExpositionDiff {
  const wanted = linesOf(expected);
  const found = linesOf(got);
  const changes = [
    ...surplus(wanted, found).map((line) => ({ ...line, sign: "-" as const })),
    ...surplus(found, wanted).map((line) => ({ ...line, sign: "+" as const })),
  ];
  if (changes.length > 0) {
    const byPlace = (left: typeof changes[0], right: typeof changes[0]) =>
      compare(left.family, right.family) || compare(left.text, right.text);
    return { lines: changes.sort(byPlace).map(({ sign, text }) => ({ sign, text })) };
  }
  const at = ordered ? wanted.findIndex(({ text }, index) => text !== found[index].text) : -1;
  if (at < 0) return { lines: [] };
  return {
    lines: [{ sign: "-", text: wanted[at].text }, { sign: "+", text: found[at].text }],
    misplaced: at + 1,
  };
}

interface Line {
  readonly text: string;
  /** Empty for what belongs to none. */
  readonly family: string;
}

/** The lines that are not blank, each with its family; a sample is what is one in either text format. */
function linesOf(exposition: string): Line[] {
  const families = new Map<string, { name: string; type: FamilyType | undefined }>();
  const spans = new SampleSpans();
  const encoder = new TextEncoder();
  const lines: Line[] = [];
  for (const text of exposition.split("\n")) {
    if (text.trim() === "") continue;
    const bytes = encoder.encode(text);
    const metadata = readMetadataLine(bytes, 0, bytes.length);
    if (metadata !== undefined) {
      const { family: name, kind, textStart, textEnd } = metadata;
      const type = decodePlain(bytes, textStart, textEnd);
      if (kind === "TYPE") {
        families.set(name, { name, type: isFamilyType(type) ? type : undefined });
      }
      lines.push({ text, family: name });
    } else if (TEXT_FORMATS.some((format) => scanSample(bytes, 0, bytes.length, spans, format))) {
      const name = decodeQuoted(bytes, spans.nameStart, spans.nameEnd);
      const family = familyOfSample(name, (key) => families.get(key));
      lines.push({ text, family: family?.name ?? name });
    } else {
      // With OpenMetrics 2.0's composite values, it has its family's very name.
      const name = readableName(bytes, 0, bytes.length) ?? "";
      lines.push({ text, family: families.get(name)?.name ?? "" });
    }
  }
  return lines;
}

/** The lines of `lines` that `others` has not, or not as often. */
function surplus(lines: readonly Line[], others: readonly Line[]): Line[] {
  const counts = new Map<string, number>();
  for (const { text } of others) counts.set(text, (counts.get(text) ?? 0) + 1);
  return lines.filter(({ text }) => {
    const left = counts.get(text) ?? 0;
    counts.set(text, left - 1);
    return left <= 0;
  });
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
