import { hashKey } from "./hash_key.ts";

/**
 * 64 bits of keyed hash over bytes: `low` is HalfSipHash-1-3 as Linux has it (`hsiphash`), `high` what
 * its rounds have made of the other half of the state.
 */
export class ByteHash {
  low = 0;
  high = 0;

  /** Hashes `bytes[start, end)`. The same bytes under another seed have another hash. */
  take(bytes: Uint8Array, start: number, end: number, seed = 0): void {
    let v0 = hashKey[4] ^ seed;
    let v1 = hashKey[5] | 0;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462;
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24;
      v3 ^= word;
      v0 = v0 + v1 | 0;
      v1 = (v1 << 5 | v1 >>> 27) ^ v0;
      v0 = v0 << 16 | v0 >>> 16;
      v2 = v2 + v3 | 0;
      v3 = (v3 << 8 | v3 >>> 24) ^ v2;
      v0 = v0 + v3 | 0;
      v3 = (v3 << 7 | v3 >>> 25) ^ v0;
      v2 = v2 + v1 | 0;
      v1 = (v1 << 13 | v1 >>> 19) ^ v2;
      v2 = v2 << 16 | v2 >>> 16;
      v0 ^= word;
    }
    // The rest and the length, then three rounds without any more.
    let word = end - start << 24;
    for (let shift = 0; at < end; at++, shift += 8) word |= bytes[at] << shift;
    for (let rounds = 0; rounds < 4; rounds++) {
      v3 ^= word;
      v0 = v0 + v1 | 0;
      v1 = (v1 << 5 | v1 >>> 27) ^ v0;
      v0 = v0 << 16 | v0 >>> 16;
      v2 = v2 + v3 | 0;
      v3 = (v3 << 8 | v3 >>> 24) ^ v2;
      v0 = v0 + v3 | 0;
      v3 = (v3 << 7 | v3 >>> 25) ^ v0;
      v2 = v2 + v1 | 0;
      v1 = (v1 << 13 | v1 >>> 19) ^ v2;
      v2 = v2 << 16 | v2 >>> 16;
      v0 ^= word;
      if (rounds === 0) v2 ^= 0xff;
      word = 0;
    }
    this.low = v1 ^ v3;
    this.high = v0 ^ v2;
  }
}
