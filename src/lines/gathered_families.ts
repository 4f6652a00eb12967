import { NEWLINE } from "../exposition/bytes.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { type MetadataLine, readMetadataLine } from "../exposition/metadata_line.ts";
import { metricNameText } from "../exposition/quoted_text.ts";
import { decodePlain } from "../exposition/text.ts";
import type { Engine } from "../engine/engine.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A copy of a line that passes as it is: one that could not be read, or a comment. */
export interface VerbatimLine {
  readonly bytes: Bytes;
  readonly isSample: boolean;
}

/** The input families of an output family of which there are several, or one of another name. */
interface Head {
  readonly sources: number[];
  type: FamilyType | undefined;
}

/**
 * What the kernel leaves to TypeScript of the families that are being gathered: metadata that comes
 * from several families or gets another name, and lines that pass as they are.
 */
export class GatheredFamilies {
  readonly #engine: Engine;
  readonly #stats: ScrapeStats;
  #heads = new Map<number, Head>();
  #verbatim = new Map<number, VerbatimLine[]>();

  constructor(engine: Engine, stats: ScrapeStats) {
    this.#engine = engine;
    this.#stats = stats;
  }

  /** Samples of an input family come into an output family of another name, or beside others. */
  enter(out: number, family: number): void {
    const { exports } = this.#engine.kernel;
    let head = this.#heads.get(out);
    if (head === undefined) {
      this.#heads.set(out, head = { sources: [], type: undefined });
      exports.markHead(out);
      const first = exports.sourceOf(out);
      if (first !== 0) this.#add(out, head, first);
    }
    this.#add(out, head, family);
  }

  /** A TYPE that contradicts an earlier one is counted; the earlier one stays in force. */
  #add(out: number, head: Head, family: number): void {
    if (head.sources.includes(family)) return;
    head.sources.push(family);
    const { type } = this.#engine.sampleFamily(family)!;
    head.type ??= type;
    if (type !== undefined && type !== head.type) {
      this.#stats.typeConflicts.add(this.#engine.outName(out));
    }
  }

  /** Passes a line on after a family's series. */
  addVerbatim(
    out: number,
    bytes: Uint8Array,
    start: number,
    next: number,
    isSample: boolean,
  ): void {
    let lines = this.#verbatim.get(out);
    if (lines === undefined) {
      this.#verbatim.set(out, lines = []);
      this.#engine.kernel.exports.markVerbatim(out);
    }
    lines.push({ bytes: endedLine(bytes, start, next), isSample });
  }

  verbatimOf(out: number): readonly VerbatimLine[] {
    return this.#verbatim.get(out)!;
  }

  /** Gives the kernel the metadata of the family that it writes. */
  giveHead(out: number): void {
    const { kernel } = this.#engine;
    const lines = this.#metadataOf(out);
    const length = lines.reduce((sum, line) => sum + line.length, 0);
    const place = kernel.place(0, length);
    let at = place;
    for (const line of lines) {
      kernel.bytes.set(line, at);
      at += line.length;
    }
    kernel.exports.setHead(place, length, lines.length);
  }

  /** All is written: what was written of metadata is not written again. */
  end(): void {
    const { exports } = this.#engine.kernel;
    for (const [out, { sources }] of this.#heads) {
      if (exports.isBegun(out) !== 0) for (const family of sources) exports.releaseFamily(family);
    }
    this.#heads = new Map();
    this.#verbatim = new Map();
  }

  /** Metadata lines under the output family's name; of several sources the first of each kind. */
  #metadataOf(out: number): Bytes[] {
    const engine = this.#engine;
    const name = engine.outName(out);
    const kinds = new Set<string>();
    const lines: Bytes[] = [];
    for (const family of this.#heads.get(out)!.sources) {
      const isSame = engine.familyName(family) === name;
      for (const line of engine.heldLines(family)) {
        const metadata = readMetadataLine(line, 0, line.length)!;
        if (kinds.has(metadata.kind)) continue;
        if (!isSame && !mayStandUnder(metadata, line, name)) continue;
        kinds.add(metadata.kind);
        lines.push(isSame ? line : renamed(metadata, line, name));
      }
    }
    return lines;
  }
}

/** A name has to end in its unit: Prometheus refuses a whole scrape in which one does not. */
function mayStandUnder(metadata: MetadataLine, line: Bytes, name: string): boolean {
  if (metadata.kind !== "UNIT") return true;
  const unit = decodePlain(line, metadata.textStart, metadata.textEnd).trimEnd();
  return unit === "" || name.endsWith(`_${unit}`);
}

/** The metadata line with another family's name in it. */
function renamed({ kind, textStart, textEnd }: MetadataLine, line: Bytes, name: string): Bytes {
  const text = line.subarray(textStart, textEnd);
  const head = new TextEncoder().encode(`# ${kind} ${metricNameText(name)} `);
  const bytes = new Uint8Array(head.length + text.length);
  bytes.set(head);
  bytes.set(text, head.length);
  return bytes;
}

/** A copy of a line, ended if it was the last one: others may come after it. */
function endedLine(bytes: Uint8Array, start: number, next: number): Bytes {
  const isEnded = bytes[next - 1] === NEWLINE;
  const line = new Uint8Array(next - start + Number(!isEnded));
  line.set(bytes.subarray(start, next));
  line[line.length - 1] = NEWLINE;
  return line;
}
