import { LiftedBuffer } from "./lifted_buffer.ts";

export const METADATA = 0;
/** Neither metadata nor a sample. */
export const COMMENT = 1;
export const SAMPLE = 2;

/** A terminator that was not the last line, which lies nowhere in the bytes. */
export const EARLY_TERMINATOR = 3;

/** Lines of a body, and the lifted lines of each. */
export class SourceLines {
  readonly lifted = new LiftedBuffer();
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  #kinds = new Uint8Array(256);
  #starts = new Int32Array(256);
  #ends = new Int32Array(256);
  #liftedEnds = new Int32Array(256);

  clear(): void {
    this.lifted.reset();
    this.count = 0;
  }

  /** Adds the line `[start, end)`, with its newline; what was lifted since the last one is its. */
  add(kind: number, start: number, end: number): void {
    if (this.count === this.#kinds.length) this.#grow();
    const line = this.count++;
    this.#kinds[line] = kind;
    this.#starts[line] = start;
    this.#ends[line] = end;
    this.#liftedEnds[line] = this.lifted.count;
  }

  kind(line: number): number {
    return this.#kinds[line];
  }

  start(line: number): number {
    return this.#starts[line];
  }

  end(line: number): number {
    return this.#ends[line];
  }

  /** The first of the line's lifted lines. */
  liftedStart(line: number): number {
    return line === 0 ? 0 : this.#liftedEnds[line - 1];
  }

  /** Behind the last one. */
  liftedEnd(line: number): number {
    return this.#liftedEnds[line];
  }

  #grow(): void {
    const lines = this.count * 2;
    const kinds = new Uint8Array(lines);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    this.#starts = grown(this.#starts, lines);
    this.#ends = grown(this.#ends, lines);
    this.#liftedEnds = grown(this.#liftedEnds, lines);
  }
}

function grown(numbers: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(numbers);
  return longer;
}
