/** 64 bits of hash over bytes, in two halves that know nothing of each other. */
export class ByteHash {
  low = 0;
  high = 0;

  /** Hashes `bytes[start, end)`. The same bytes under another seed have another hash. */
  take(bytes: Uint8Array, start: number, end: number, seed: number): void {
    let low = seed ^ (end - start);
    let high = seed ^ 0x5bd1e995;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
      low = Math.imul(low ^ word, 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(rotated(high ^ Math.imul(word, 0xcc9e2d51), 13), 5) + 0x6b64e654 | 0;
    }
    for (; at < end; at++) {
      low = Math.imul(low ^ bytes[at], 0x9e3779b1);
      low ^= low >>> 15;
      high = Math.imul(rotated(high ^ Math.imul(bytes[at], 0xcc9e2d51), 13), 5) + 0x6b64e654 | 0;
    }
    this.low = mixed(low);
    this.high = mixed(high ^ (end - start));
  }
}

function rotated(number: number, bits: number): number {
  return number << bits | number >>> 32 - bits;
}

/** Spreads every bit over all others (the last steps of MurmurHash3). */
function mixed(hash: number): number {
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return hash ^ hash >>> 16;
}
