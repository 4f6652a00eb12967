import { metricNameText } from "../exposition/quoted_text.ts";
import { NEWLINE } from "../exposition/bytes.ts";
import type { ByteRange, Families, Family } from "../exposition/families.ts";
import { type FamilyType } from "../exposition/family_type.ts";
import { type MetadataLine, readMetadataLine } from "../exposition/metadata_line.ts";
import { decodePlain } from "../exposition/text.ts";
import { GuardedFamily } from "./cardinality_guard.ts";
import type { OutputFamilyName } from "./edit_plan.ts";

/** A copy of a line that passes as it is: one that could not be read, or a comment. */
export interface VerbatimLine {
  readonly bytes: Uint8Array;
  readonly isSample: boolean;
}

/** One family of the output while its series are gathered. */
export class OutputFamily {
  readonly name: string;
  /** Numbers of its series in the table, by first appearance. */
  readonly series: number[] = [];
  /** Lines that pass as they are, behind the series. */
  readonly verbatim: VerbatimLine[] = [];
  readonly guarded = new GuardedFamily();
  readonly #sources = new Set<Family>();
  #type: FamilyType | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /**
   * Names an input family whose samples end here. Returns false when its TYPE contradicts that of
   * an earlier one, which stays in force.
   */
  addSource(family: Family | undefined, output: OutputFamilyName): boolean {
    if (family === undefined || !output.hasMetadata || this.#sources.has(family)) return true;
    this.#sources.add(family);
    if (this.#type === undefined) this.#type = family.type;
    return family.type === undefined || family.type === this.#type;
  }

  get seriesCount(): number {
    return this.series.length;
  }

  /** The TYPE in force. */
  get type(): FamilyType | undefined {
    return this.#type;
  }

  addVerbatim(bytes: Uint8Array, start: number, next: number, isSample: boolean): void {
    this.verbatim.push({ bytes: lineOf(bytes, start, next), isSample });
  }

  /** Lets the metadata lines go: they are written. */
  release(families: Families): void {
    for (const source of this.#sources) families.release(source);
  }

  /** The family's metadata lines under its own name; of several sources the first of each kind. */
  metadata(): ByteRange[] {
    const kinds = new Set<string>();
    const lines: ByteRange[] = [];
    for (const source of this.#sources) {
      for (const line of source.held) {
        const metadata = readMetadataLine(line.bytes, line.start, line.end)!;
        if (kinds.has(metadata.kind)) continue;
        if (source.name !== this.name && !mayStandUnder(metadata, line, this.name)) continue;
        kinds.add(metadata.kind);
        lines.push(source.name === this.name ? line : renamed(metadata, line, this.name));
      }
    }
    return lines;
  }
}

/** A name has to end in its unit: Prometheus refuses a whole scrape in which one does not. */
function mayStandUnder(metadata: MetadataLine, line: ByteRange, name: string): boolean {
  if (metadata.kind !== "UNIT") return true;
  const unit = decodePlain(line.bytes, metadata.textStart, metadata.textEnd).trimEnd();
  return unit === "" || name.endsWith(`_${unit}`);
}

/** The metadata line with another family's name in it. */
function renamed(
  { kind, textStart, textEnd }: MetadataLine,
  line: ByteRange,
  name: string,
): ByteRange {
  const text = line.bytes.subarray(textStart, textEnd);
  const head = new TextEncoder().encode(`# ${kind} ${metricNameText(name)} `);
  const bytes = new Uint8Array(head.length + text.length);
  bytes.set(head);
  bytes.set(text, head.length);
  return { bytes, start: 0, end: bytes.length };
}

/** A copy of a line, ended if it was the last one: others may come behind it. */
function lineOf(bytes: Uint8Array, start: number, next: number): Uint8Array {
  if (bytes[next - 1] === NEWLINE) return bytes.slice(start, next);
  const line = new Uint8Array(next - start + 1);
  line.set(bytes.subarray(start, next));
  line[next - start] = NEWLINE;
  return line;
}
