/*
 * Hashes of text that upstreams write: SipHash-1-3 under a key of the process (exposition/hash_key.ts),
 * so that nobody can work out which texts collide.
 */

let first: u64 = 0;
let second: u64 = 0;

/** Sets the key, 64 bits in two halves each; nothing may be known yet. */
export function setHashKey(lowFirst: u32, highFirst: u32, lowSecond: u32, highSecond: u32): void {
  first = (<u64> highFirst << 32) | lowFirst;
  second = (<u64> highSecond << 32) | lowSecond;
}

/** A hash of `length` bytes. Reads up to 7 bytes behind them. */
export function hashOf(bytes: usize, length: u32): u32 {
  return <u32> longHashOf(bytes, length);
}

/** The same in 64 bits, which stand for the bytes themselves. */
export function longHashOf(bytes: usize, length: u32): u64 {
  let v0 = first ^ 0x736f6d6570736575;
  let v1 = second ^ 0x646f72616e646f6d;
  let v2 = first ^ 0x6c7967656e657261;
  let v3 = second ^ 0x7465646279746573;
  const end = bytes + (length & ~7);
  for (; bytes < end; bytes += 8) {
    const word = load<u64>(bytes);
    v3 ^= word;
    v0 += v1;
    v1 = rotl(v1, 13) ^ v0;
    v0 = rotl(v0, 32);
    v2 += v3;
    v3 = rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
    v0 ^= word;
  }
  // The rest and the length, then three rounds without any more.
  const rest = load<u64>(bytes) & ((<u64> 1 << ((length & 7) << 3)) - 1);
  let word = rest | (<u64> length << 56);
  for (let rounds = 0; rounds < 4; rounds++) {
    v3 ^= word;
    v0 += v1;
    v1 = rotl(v1, 13) ^ v0;
    v0 = rotl(v0, 32);
    v2 += v3;
    v3 = rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = rotl(v1, 17) ^ v2;
    v2 = rotl(v2, 32);
    v0 ^= word;
    if (rounds == 0) v2 ^= 0xff;
    word = 0;
  }
  return v0 ^ v1 ^ v2 ^ v3;
}

/** Joins two hashes to one, which depends on their order. */
// @ts-ignore: decorator
@inline
export function mixed(a: u64, b: u64): u64 {
  const both = (rotl(a, 31) ^ b ^ first) * 0x9fb21c651e98df25;
  return (both ^ (both >> 28)) * 0xc4ceb9fe1a85ec53;
}
