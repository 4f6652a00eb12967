import { CARRIAGE_RETURN, NEWLINE } from "../exposition/bytes.ts";
import { familyOfSample, type FamilyType, isFamilyType } from "../exposition/family_type.ts";
import { readMetadataLine } from "../exposition/metadata_line.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";

export interface ScrapeSample {
  /** With `__name__`; without labels whose value is empty. */
  readonly labels: readonly (readonly [name: string, value: string])[];
  /** The family's name, or the sample's own where no metadata spoke of it. */
  readonly family: string;
  readonly type: FamilyType | undefined;
}

/** Yields the samples of an exposition; lines that cannot be read, or repeat a label, are left out. */
export function* scrapeSamples(bytes: Uint8Array): Generator<ScrapeSample> {
  const families = new Map<string, { name: string; type: FamilyType | undefined }>();
  const spans = new SampleSpans();
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    const metadata = readMetadataLine(bytes, start, end);
    if (metadata?.kind === "TYPE") {
      const { family: name, textStart, textEnd } = metadata;
      const type = decodePlain(bytes, textStart, textEnd).trimEnd();
      families.set(name, { name, type: isFamilyType(type) ? type : undefined });
    } else if (end > start && bytes[start] !== CARRIAGE_RETURN) {
      const labels = scanSample(bytes, start, end, spans) ? labelsAt(bytes, spans) : undefined;
      if (labels !== undefined) {
        const name = labels[0][1];
        const family = familyOfSample(name, (key) => families.get(key));
        yield { labels, family: family?.name ?? name, type: family?.type };
      }
    }
    start = end + 1;
  }
}

/** Undefined when a label is there twice: such a sample is dropped as invalid. */
function labelsAt(
  bytes: Uint8Array,
  { nameStart, nameEnd, labels, labelCount }: SampleSpans,
): ScrapeSample["labels"] | undefined {
  const found: (readonly [string, string])[] = [
    ["__name__", decodeQuoted(bytes, nameStart, nameEnd)],
  ];
  const names = new Set(["__name__"]);
  for (let at = 0; at < labelCount * 4; at += 4) {
    const name = decodeQuoted(bytes, labels[at], labels[at + 1]);
    if (names.has(name)) return undefined;
    names.add(name);
    if (labels[at + 2] === labels[at + 3]) continue;
    found.push([name, decodeQuoted(bytes, labels[at + 2], labels[at + 3])]);
  }
  return found;
}
