import { MAX_HELD_LINE_BYTES } from "../bounds.ts";
import { NEWLINE, QUOTE } from "./bytes.ts";

/** A line that is held, and its newline. */
const HELD_BYTES = MAX_HELD_LINE_BYTES + 1;

/** Takes what `LineBlocks` cuts. */
export interface LineBlockSink {
  /**
   * Whole lines, each with its newline (the very last of the input may have none). Returns where what
   * it has taken ends: before `end` where a sample begins whose quotes nothing closes up to there, so
   * that it may go on behind its newlines. It gets that again, with what comes next; all of it has to
   * be taken where `isLast`.
   */
  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number;
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
 * only a line that lies across chunks, or goes on in the next one, is copied together.
 */
export class LineBlocks {
  readonly #sink: LineBlockSink;
  #carry = new Uint8Array(0);
  #carried = 0;
  /** What is carried ends in a newline that may stand between quotes. */
  #isQuoted = false;
  #insideLongLine = false;

  constructor(sink: LineBlockSink) {
    this.#sink = sink;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    while (start < chunk.length && (this.#carried > 0 || this.#insideLongLine)) {
      const newline = chunk.indexOf(NEWLINE, start);
      const end = newline < 0 ? chunk.length : newline + 1;
      this.#continueLine(chunk, start, end, newline >= 0);
      start = end;
    }
    if (start >= chunk.length) return;
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end > start) this.#pass(chunk, start, end);
    const rest = Math.max(start, end);
    if (rest < chunk.length) this.#continueLine(chunk, rest, chunk.length, false);
  }

  /** The input has ended: hands on a last line without newline. */
  end(): void {
    if (this.#insideLongLine) this.#sink.linePiece(this.#carry, 0, 0, true);
    else if (this.#carried > 0) this.#sink.lines(this.#carry, 0, this.#carried, true);
    this.#reset();
  }

  /** A line that is too long to be held is one wherever it lies: what comes of it is the same. */
  #pass(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; end - at > HELD_BYTES;) {
      const newline = bytes.lastIndexOf(NEWLINE, at + HELD_BYTES - 1);
      if (newline >= at) {
        at = newline + 1;
        continue;
      }
      if (at > start) this.#sink.lines(bytes, start, at, true);
      start = bytes.indexOf(NEWLINE, at) + 1;
      this.#sink.linePiece(bytes, at, start, true);
      at = start;
    }
    while (start < end) {
      const taken = this.#sink.lines(bytes, start, end, false);
      if (taken === end) return;
      if (end - taken < HELD_BYTES) return this.#holdQuoted(bytes, taken, end);
      // Longer than may be held, nothing in it closes what the first line opens.
      start = bytes.indexOf(NEWLINE, taken) + 1;
      this.#sink.lines(bytes, taken, start, true);
    }
  }

  #holdQuoted(bytes: Uint8Array, start: number, end: number): void {
    this.#hold(bytes, start, end);
    this.#isQuoted = true;
  }

  #continueLine(bytes: Uint8Array, start: number, end: number, complete: boolean): void {
    if (this.#isQuoted) return this.#continueQuoted(bytes, start, end, complete);
    if (!this.#insideLongLine && this.#carried + end - start <= HELD_BYTES) {
      this.#hold(bytes, start, end);
      if (complete) this.#passCarried();
      return;
    }
    let at = start;
    if (this.#carried > 0) {
      at += HELD_BYTES - this.#carried;
      this.#hold(bytes, start, at);
      this.#sink.linePiece(this.#carry, 0, this.#carried, false);
    }
    this.#insideLongLine = true;
    this.#sink.linePiece(bytes, at, end, complete);
    if (complete) this.#reset();
    else this.#carried = 0;
  }

  /** The next line, or a piece of one, comes to one whose quotes are open. */
  #continueQuoted(bytes: Uint8Array, start: number, end: number, complete: boolean): void {
    if (this.#carried + end - start > HELD_BYTES) {
      const carry = this.#carry;
      const carried = this.#carried;
      this.#reset();
      // The last line of it may lack its newline yet.
      const whole = carry.lastIndexOf(NEWLINE, carried - 1) + 1;
      this.#sink.lines(carry, 0, whole, true);
      if (whole < carried) this.#hold(carry, whole, carried);
      return this.#continueLine(bytes, start, end, complete);
    }
    this.#hold(bytes, start, end);
    const quote = bytes.indexOf(QUOTE, start);
    this.#closes ||= quote >= 0 && quote < end;
    // Without a quote nothing is closed.
    if (complete && this.#closes) this.#passCarried();
  }
  #closes = false;

  #passCarried(): void {
    const carry = this.#carry;
    const carried = this.#carried;
    this.#reset();
    const taken = this.#sink.lines(carry, 0, carried, false);
    if (taken < carried) this.#holdQuoted(carry, taken, carried);
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#carried + end - start;
    if (needed > this.#carry.length) {
      const grown = new Uint8Array(Math.max(needed, this.#carry.length * 2, 1024));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes.subarray(start, end), this.#carried);
    this.#carried = needed;
  }

  /** The sink may still hold views of the old carry, so a new one is begun. */
  #reset(): void {
    this.#carry = new Uint8Array(0);
    this.#carried = 0;
    this.#isQuoted = this.#closes = this.#insideLongLine = false;
  }
}
