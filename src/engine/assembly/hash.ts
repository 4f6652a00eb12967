/*
 * Hashes of text that upstreams write, under a key of the process (exposition/hash_key.ts), so that
 * nobody can work out which texts collide. Products of 128 bits, folded to 64, as in wyhash and in the
 * maps of Go where the processor has no AES; but every constant is secret. SipHash-1-3 took a twelfth
 * more of the time of a scrape whose lines are known.
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
  let seed = second;
  let left = length;
  for (; left > 16; left -= 16, bytes += 16) {
    seed = folded(load<u64>(bytes) ^ first, load<u64>(bytes, 8) ^ seed);
  }
  let a: u64 = 0;
  let b: u64 = 0;
  if (left > 8) {
    // The two overlap: together they are all that is left.
    a = load<u64>(bytes);
    b = load<u64>(bytes + left - 8);
  } else if (left > 0) a = load<u64>(bytes) << ((8 - left) << 3);
  const hash = mixed(folded(a ^ first, b ^ seed), length);
  return hash ^ (hash >> 32);
}

/** The upper half of the product of 128 bits, folded into the lower. */
// @ts-ignore: decorator
@inline
function folded(a: u64, b: u64): u64 {
  const aLow = <u64> <u32> a;
  const bLow = <u64> <u32> b;
  const middle = (a >> 32) * bLow + (aLow * bLow >> 32);
  const other = aLow * (b >> 32) + <u64> <u32> middle;
  return (a * b) ^ ((a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32));
}

/** Joins two hashes to one, which depends on their order. */
// @ts-ignore: decorator
@inline
export function mixed(a: u64, b: u64): u64 {
  const both = (rotl(a, 31) ^ b ^ first) * 0x9fb21c651e98df25;
  return (both ^ (both >> 28)) * 0xc4ceb9fe1a85ec53;
}
