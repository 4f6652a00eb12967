import { GATHER_BYTES, MIN_VIEW_BYTES } from "../bounds.ts";

/**
 * The kept lines on their way out. Neighbouring lines of one chunk leave as one view of that chunk,
 * without a copy; short scattered ones are gathered, and so are those of a chunk that can be freed
 * then. Counts bytes against the output budget.
 */
export class LineOutput {
  bytesWritten = 0;
  /**
   * The chunk that will be freed unless all of it is kept: its lines are copied. Dropping half of 362 MB takes a
   * fifth less CPU time and 20 MB less memory so: the next chunk lies where this one lay.
   */
  freed: Uint8Array | undefined;
  /** Buffers of which views were handed on. */
  readonly viewed = new WeakSet<ArrayBufferLike>();
  readonly #enqueue: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly #limit: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #gather = new Uint8Array(0);
  #gatherStart = 0;
  #gatherEnd = 0;

  /** `limit` in bytes; 0 is no limit. */
  constructor(limit: number, enqueue: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#limit = limit === 0 ? Infinity : limit;
    this.#enqueue = enqueue;
  }

  /** True when `length` more bytes stay within the budget. */
  fits(length: number): boolean {
    return this.bytesWritten + length <= this.#limit;
  }

  /** Appends a range. It has to fit, and `bytes` must not change afterwards. */
  write(bytes: Uint8Array, start: number, end: number): void {
    this.bytesWritten += end - start;
    if (bytes === this.#bytes && start === this.#end) {
      this.#end = end;
      return;
    }
    this.#closeRange();
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** Hands on everything written so far. */
  flush(): void {
    this.#closeRange();
    this.#flushGathered();
  }

  #closeRange(): void {
    const length = this.#end - this.#start;
    if (length === 0) return;
    if (this.#leavesAsView(length)) {
      this.#flushGathered();
      this.viewed.add(this.#bytes.buffer);
      this.#enqueue(this.#bytes.subarray(this.#start, this.#end) as Uint8Array<ArrayBuffer>);
    } else {
      this.#append();
    }
    this.#bytes = EMPTY;
    this.#start = this.#end = 0;
  }

  #leavesAsView(length: number): boolean {
    const whole = length === this.#bytes.length && this.#gatherEnd === this.#gatherStart;
    return whole || (length >= MIN_VIEW_BYTES && this.#bytes !== this.freed);
  }

  /** Copies the range; what does not fit goes on in the next buffer. */
  #append(): void {
    for (let from = this.#start; from < this.#end;) {
      if (this.#gatherEnd === this.#gather.length) {
        this.#flushGathered();
        this.#gather = new Uint8Array(GATHER_BYTES);
        this.#gatherStart = this.#gatherEnd = 0;
      }
      const to = Math.min(this.#end, from + this.#gather.length - this.#gatherEnd);
      this.#gather.set(this.#bytes.subarray(from, to), this.#gatherEnd);
      this.#gatherEnd += to - from;
      from = to;
    }
  }

  /** What was handed on is never written again; the rest of the buffer is used up first. */
  #flushGathered(): void {
    if (this.#gatherEnd === this.#gatherStart) return;
    this.#enqueue(this.#gather.subarray(this.#gatherStart, this.#gatherEnd));
    this.#gatherStart = this.#gatherEnd;
  }
}

const EMPTY = new Uint8Array(0);
