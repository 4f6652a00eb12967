import { FamilySources } from "../aggregate/family_sources.ts";
import { NEWLINE } from "../exposition/bytes.ts";
import type { Engine } from "../engine/engine.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A copy of a line that passes as it is: one that could not be read, or a comment. */
export interface VerbatimLine {
  readonly bytes: Bytes;
  readonly isSample: boolean;
}

/**
 * What the kernel leaves to TypeScript of the families that are being gathered: metadata that comes
 * from several families or gets another name, and lines that pass as they are.
 */
export class GatheredFamilies {
  readonly #engine: Engine;
  readonly #stats: ScrapeStats;
  #heads = new Map<number, FamilySources>();
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
      this.#heads.set(out, head = new FamilySources());
      exports.markHead(out);
      const first = exports.sourceOf(out);
      if (first !== 0) this.#add(out, head, first);
    }
    this.#add(out, head, family);
  }

  /** A TYPE that contradicts an earlier one is counted; the earlier one stays in force. */
  #add(out: number, head: FamilySources, family: number): void {
    const { type } = this.#engine.sampleFamily(family)!;
    if (!head.add(family, type)) this.#stats.typeConflicts.add(this.#engine.outName(out));
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
    const lines = this.#heads.get(out)!.metadata(this.#engine.outName(out), this.#engine);
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
    for (const [out, { families }] of this.#heads) {
      if (exports.isBegun(out) !== 0) {
        for (const family of families) exports.releaseFamily(family);
      }
    }
    this.#heads = new Map();
    this.#verbatim = new Map();
  }
}

/** A copy of a line, ended if it was the last one: others may come after it. */
function endedLine(bytes: Uint8Array, start: number, next: number): Bytes {
  const isEnded = bytes[next - 1] === NEWLINE;
  const line = new Uint8Array(next - start + Number(!isEnded));
  line.set(bytes.subarray(start, next));
  line[line.length - 1] = NEWLINE;
  return line;
}
