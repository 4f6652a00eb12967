import { ByteHash } from "./byte_hash.ts";

/**
 * A bounded map from byte strings to the numbers 0, 1, 2… in order of their arrival: open addressing
 * over keys in one arena, so that a look-up allocates nothing.
 */
export class ByteTable {
  readonly #maxEntries: number;
  readonly #maxBytes: number;
  #arena = new Uint8Array(4096);
  #used = 0;
  /** Where each entry's key ends; it begins where the one before ends. */
  #ends = new Int32Array(256);
  #hashes = new Int32Array(256);
  #count = 0;
  /** Entry number plus one; 0 is free. The length is a power of two. */
  #slots = new Int32Array(512);

  constructor(maxEntries: number, maxBytes: number) {
    this.#maxEntries = maxEntries;
    this.#maxBytes = maxBytes;
  }

  get size(): number {
    return this.#count;
  }

  /** The number of the key `bytes[start, end)`, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const hash = hashOf(bytes, start, end);
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = this.#slots[slot] - 1;
      if (this.#hashes[entry] === hash && this.#holds(entry, bytes, start, end)) return entry;
    }
    return -1;
  }

  /** All keys; those of an entry lie from `keyStart` to `keyEnd`. Valid until the next `add`. */
  get bytes(): Uint8Array {
    return this.#arena;
  }

  keyStart(entry: number): number {
    return entry === 0 ? 0 : this.#ends[entry - 1];
  }

  keyEnd(entry: number): number {
    return this.#ends[entry];
  }

  /** True when a key of `length` bytes can be added within the bounds. */
  hasRoom(length: number): boolean {
    return this.#count < this.#maxEntries && this.#used + length <= this.#maxBytes;
  }

  /** Adds a key that is not there yet and returns its number. Throws when it has no room. */
  add(bytes: Uint8Array, start: number, end: number): number {
    if (!this.hasRoom(end - start)) throw new RangeError("the table is full");
    const used = this.#used + end - start;
    this.#reserve(used);
    this.#arena.set(bytes.subarray(start, end), this.#used);
    this.#used = used;
    const entry = this.#count++;
    this.#ends[entry] = used;
    this.#hashes[entry] = hashOf(bytes, start, end);
    this.#place(entry);
    return entry;
  }

  /** Forgets all keys; numbers begin at 0 again. */
  clear(): void {
    this.#count = this.#used = 0;
    this.#slots.fill(0);
  }

  #holds(entry: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.keyStart(entry);
    if (this.#ends[entry] - from !== end - start) return false;
    const arena = this.#arena;
    for (let i = start, k = from; i < end; i++, k++) {
      if (bytes[i] !== arena[k]) return false;
    }
    return true;
  }

  #place(entry: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[entry] & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = entry + 1;
  }

  #reserve(used: number): void {
    if (used > this.#arena.length) {
      const arena = new Uint8Array(Math.max(used, this.#arena.length * 2));
      arena.set(this.#arena.subarray(0, this.#used));
      this.#arena = arena;
    }
    if (this.#count < this.#ends.length) return;
    this.#ends = doubled(this.#ends);
    this.#hashes = doubled(this.#hashes);
    this.#slots = new Int32Array(this.#ends.length * 2);
    for (let entry = 0; entry < this.#count; entry++) this.#place(entry);
  }
}

function doubled(numbers: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(numbers.length * 2);
  grown.set(numbers);
  return grown;
}

const hash = new ByteHash();

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  hash.take(bytes, start, end);
  return hash.low;
}
