export const NEWLINE: u32 = 0x0a;
export const SPACE: u32 = 0x20;
export const QUOTE: u32 = 0x22;
export const BACKSLASH: u32 = 0x5c;
export const HASH: u32 = 0x23;

/** Whether `length` bytes at `a` and `b` are equal. Reads up to 15 bytes behind them. */
// @ts-ignore: decorator
@inline
export function equal(a: usize, b: usize, length: u32): bool {
  let left = <i32> length;
  while (left >= 16) {
    if (!i8x16.all_true(i8x16.eq(v128.load(a), v128.load(b)))) return false;
    a += 16;
    b += 16;
    left -= 16;
  }
  if (left == 0) return true;
  const different = ~i8x16.bitmask(i8x16.eq(v128.load(a), v128.load(b)));
  return (different & ((1 << left) - 1)) == 0;
}

/** How many bytes at `a` and `b` are equal, at most `length`. */
// @ts-ignore: decorator
@inline
export function commonLength(a: usize, b: usize, length: u32): u32 {
  for (let at: u32 = 0; at < length; at += 16) {
    const different = 0xffff ^ i8x16.bitmask(i8x16.eq(v128.load(a + at), v128.load(b + at)));
    if (different != 0) {
      const common = at + ctz(different);
      return common < length ? common : length;
    }
  }
  return length;
}

/** Copies `length` bytes, and up to 15 more: what lies behind `to` must be free. */
// @ts-ignore: decorator
@inline
export function copy(to: usize, from: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 16) v128.store(to + at, v128.load(from + at));
}

/** Where the first quote, backslash or newline from `at` on stands; the input ends in a newline. */
// @ts-ignore: decorator
@inline
export function valueEnd(at: usize): usize {
  const quote = i8x16.splat(<i8> QUOTE);
  const backslash = i8x16.splat(<i8> BACKSLASH);
  const newline = i8x16.splat(<i8> NEWLINE);
  let found = 0;
  for (;; at += 16) {
    const bytes = v128.load(at);
    found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.eq(bytes, newline),
      ),
    );
    if (found != 0) break;
  }
  return at + ctz(found);
}

/** Bits of the bytes beyond ASCII that `notingValueEnd` went through; to be set to 0 before. */
export let highBytes: i32 = 0;

export function clearHighBytes(): void {
  highBytes = 0;
}

/** The same as `valueEnd`, which notes bytes beyond ASCII. */
// @ts-ignore: decorator
@inline
export function notingValueEnd(at: usize): usize {
  const quote = i8x16.splat(<i8> QUOTE);
  const backslash = i8x16.splat(<i8> BACKSLASH);
  const newline = i8x16.splat(<i8> NEWLINE);
  let found = 0;
  let high = 0;
  for (;; at += 16) {
    const bytes = v128.load(at);
    found = i8x16.bitmask(
      v128.or(
        v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)),
        i8x16.eq(bytes, newline),
      ),
    );
    const beyond = i8x16.bitmask(bytes);
    if (found != 0) {
      high |= beyond & ((found & -found) - 1);
      break;
    }
    high |= beyond;
  }
  if (high != 0) highBytes |= high;
  return at + ctz(found);
}

/** Whether the bytes are UTF-8: `isUtf8` of exposition/bytes.ts. */
export function isUtf8(at: usize, end: usize): bool {
  for (; at < end; at++) {
    const byte = <u32> load<u8>(at);
    if (byte < 0x80) continue;
    const more: usize = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
    if (byte < 0xc2 || byte > 0xf4 || at + more >= end) return false;
    const second = <u32> load<u8>(at, 1);
    const least: u32 = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90 : 0x80;
    const most: u32 = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f : 0xbf;
    if (second < least || second > most) return false;
    for (let next: usize = 2; next <= more; next++) {
      if ((load<u8>(at + next) & 0xc0) != 0x80) return false;
    }
    at += more;
  }
  return true;
}

/** Where the line ends that `at` lies in: its newline, which the block always has. */
// @ts-ignore: decorator
@inline
export function lineEnd(at: usize): usize {
  const newline = i8x16.splat(<i8> NEWLINE);
  let found = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
  while (found == 0) {
    at += 16;
    found = i8x16.bitmask(i8x16.eq(v128.load(at), newline));
  }
  return at + ctz(found);
}
