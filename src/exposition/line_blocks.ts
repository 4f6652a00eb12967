import { MAX_HELD_LINE_BYTES } from "../bounds.ts";
import { NEWLINE } from "./bytes.ts";

/** Takes what `LineBlocks` cuts. */
export interface LineBlockSink {
  /** Whole lines, each with its newline (the very last of the input may have none). */
  lines(bytes: Uint8Array, start: number, end: number): void;
  /**
   * A piece of a line that is longer than can be held; `last` ends that line. The first piece has
   * at least MAX_HELD_LINE_BYTES, wherever the chunks were cut.
   */
  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void;
}

/** Calls `take` for each line of a block with where it begins and where it ends, before its newline. */
export function eachLine(
  bytes: Uint8Array,
  start: number,
  end: number,
  take: (start: number, end: number) => void,
): void {
  while (start < end) {
    const newline = bytes.indexOf(NEWLINE, start);
    const lineEnd = newline >= 0 && newline < end ? newline : end;
    take(start, lineEnd);
    start = lineEnd + 1;
  }
}

/**
 * Cuts chunks of any size into blocks of whole lines. Complete lines are handed on where they lie;
 * only a line that lies across chunks is copied together.
 */
export class LineBlocks {
  readonly #sink: LineBlockSink;
  #carry = new Uint8Array(0);
  #carried = 0;
  #insideLongLine = false;

  constructor(sink: LineBlockSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    if (this.#carried > 0 || this.#insideLongLine) {
      const newline = chunk.indexOf(NEWLINE);
      start = newline < 0 ? chunk.length : newline + 1;
      this.#continueLine(chunk, start, newline >= 0);
    }
    if (start >= chunk.length) return;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > start) this.#pass(chunk, start, end);
    const rest = Math.max(start, end);
    if (rest < chunk.length) this.#continueLine(chunk.subarray(rest), chunk.length - rest, false);
  }

  /** The input has ended: hands on a last line without newline. */
  end(): void {
    if (this.#insideLongLine) this.#sink.linePiece(this.#carry, 0, 0, true);
    else if (this.#carried > 0) this.#sink.lines(this.#carry, 0, this.#carried);
    this.#reset();
  }

  /** A line that is too long to be held is one wherever it lies: what comes of it is the same. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; end - at > MAX_HELD_LINE_BYTES;) {
      const newline = bytes.lastIndexOf(NEWLINE, at + MAX_HELD_LINE_BYTES - 1);
      if (newline >= at) {
        at = newline + 1;
        continue;
      }
      if (at > start) this.#sink.lines(bytes, start, at);
      start = bytes.indexOf(NEWLINE, at) + 1;
      this.#sink.linePiece(bytes, at, start, true);
      at = start;
    }
    if (end > start) this.#sink.lines(bytes, start, end);
  }

  #continueLine(bytes: Uint8Array, end: number, complete: boolean): void {
    if (!this.#insideLongLine && this.#carried + end <= MAX_HELD_LINE_BYTES) {
      this.#hold(bytes, end);
      if (!complete) return;
      this.#sink.lines(this.#carry, 0, this.#carried);
    } else {
      let start = 0;
      if (this.#carried > 0) {
        start = MAX_HELD_LINE_BYTES - this.#carried;
        this.#hold(bytes, start);
        this.#sink.linePiece(this.#carry, 0, this.#carried, false);
      }
      this.#insideLongLine = true;
      this.#sink.linePiece(bytes, start, end, complete);
      if (!complete) {
        this.#carried = 0;
        return;
      }
    }
    this.#reset();
  }

  #hold(bytes: Uint8Array, end: number): void {
    const needed = this.#carried + end;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2, 1024));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(0, end), this.#carried);
    this.#carried = needed;
  }

  /** The sink may still hold views of the old carry, so a new one is begun. */
  #reset(): void {
    this.#carry = new Uint8Array(0);
    this.#carried = 0;
    this.#insideLongLine = false;
  }
}
