import { isSample, NEWLINE } from "../bytes.ts";
import { isFamilyType } from "../family_type.ts";
import { LineSpans, scanAgain, scanLine } from "../lifted_line.ts";
import { LineBlocks, type LineBlockSink } from "../line_blocks.ts";
import { commentEnd, readMetadataLine } from "../metadata_line.ts";
import { OPEN, UNREADABLE } from "../scan_sample.ts";
import { decodePlain, decodeQuoted } from "../text.ts";
import { FamilyComposer } from "./family_composer.ts";
import type { ComposedFamily, FamilyEncoder } from "./family_encoder.ts";

/**
 * Puts lifted lines together into families of metrics: whole families, each in one block, its metadata
 * before its samples. What text formats say besides is taken, too: `_created`, bounds in any spelling,
 * `_gsum` and `_gcount` as well as `_sum` and `_count`. No sample is lost: one that no metric of its
 * family takes becomes a family of its own name.
 */
export class Composer {
  readonly #lines: ComposedLines;
  readonly #blocks: LineBlocks;

  /**
   * `hasOneCount`: the lines are sums of one scrape. Where not all of a metric's members had buckets,
   * those are left out beside the native part, which all had.
   */
  constructor(encoder: FamilyEncoder, hasOneCount = false) {
    this.#lines = new ComposedLines(encoder, hasOneCount);
    this.#blocks = new LineBlocks(this.#lines);
  }

  /** Lines that were no samples, and are left out. */
  get unreadable(): number {
    return this.#lines.unreadable;
  }

  /** Samples of buckets that are left out, as their metric's native part counts others. */
  get leftOutBuckets(): number {
    return this.#lines.leftOutBuckets;
  }

  /** Takes the next bytes of the lines, wherever they are cut. */
  push(bytes: Uint8Array): void {
    this.#blocks.push(bytes);
  }

  /** Gives the encoder what is held: the next line begins another family. */
  flush(): void {
    this.#lines.flush();
  }

  /** There are no more lines. */
  end(): void {
    this.#blocks.end();
    this.#lines.end();
  }
}

class ComposedLines implements LineBlockSink {
  unreadable = 0;
  readonly #encoder: FamilyEncoder;
  readonly #spans = new LineSpans();
  readonly #composer: FamilyComposer;
  /** What the metadata lines say that came since the last sample. */
  #said: { -readonly [part in keyof ComposedFamily]: ComposedFamily[part] } | undefined;

  constructor(encoder: FamilyEncoder, hasOneCount: boolean) {
    this.#encoder = encoder;
    this.#composer = new FamilyComposer(encoder, hasOneCount);
  }

  get leftOutBuckets(): number {
    return this.#composer.leftOutBuckets;
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    // The sample of the line before, which went to the family's composer.
    let before = -1;
    while (start < end && !this.#encoder.isFull) {
      const newline = bytes.indexOf(NEWLINE, start);
      const lineEnd = newline >= 0 && newline < end ? newline : end;
      const isComment = !isSample(bytes, start, lineEnd);
      let read = !isComment && before >= 0
        ? scanAgain(bytes, before, start, end, this.#spans)
        : UNREADABLE;
      const isAgain = read >= 0;
      if (isComment) read = commentEnd(bytes, start, lineEnd, end);
      else if (!isAgain) read = scanLine(bytes, start, end, this.#spans, false);
      if (read === OPEN && !isLast) return start;
      if (isComment) this.#comment(bytes, start, Math.max(read, lineEnd));
      else if (read < 0) this.unreadable++;
      else this.#sample(bytes, start, read, isAgain);
      before = !isComment && read >= 0 ? start : -1;
      start = Math.max(read, lineEnd) + 1;
    }
    return end;
  }

  linePiece(_bytes: Uint8Array, _start: number, _end: number, last: boolean): void {
    if (last) this.unreadable++;
  }

  flush(): void {
    this.#composer.flush();
    this.#said = undefined;
  }

  end(): void {
    this.flush();
    this.#encoder.end();
  }

  #comment(bytes: Uint8Array, start: number, end: number): void {
    const line = readMetadataLine(bytes, start, end);
    if (line === undefined) return;
    if (this.#said?.name !== line.family) {
      this.#said = { name: line.family, type: undefined, help: undefined, unit: undefined };
    }
    if (line.kind === "TYPE") {
      const type = decodePlain(bytes, line.textStart, line.textEnd);
      this.#said.type ??= isFamilyType(type) ? type : undefined;
    } else {
      const text = decodeQuoted(bytes, line.textStart, line.textEnd);
      if (line.kind === "HELP") this.#said.help ??= text;
      else this.#said.unit ??= text;
    }
  }

  #sample(bytes: Uint8Array, start: number, end: number, isAgain: boolean): void {
    const composer = this.#composer;
    const spans = this.#spans;
    if (this.#said !== undefined) {
      composer.begin(this.#said);
      this.#said = undefined;
    }
    if (composer.take(bytes, start, end, spans, isAgain)) return;
    const name = decodeQuoted(bytes, spans.nameStart, spans.nameEnd);
    composer.begin({ name, type: undefined, help: undefined, unit: undefined });
    composer.take(bytes, start, end, spans, false);
  }
}
