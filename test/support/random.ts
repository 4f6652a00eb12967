/** A small generator with a fixed course per seed: `next(n)` is an integer from 0 to n. */
export function random(seed: number): (largest: number) => number {
  let state = seed * 2654435761 + 1;
  return (largest) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % (largest + 1);
  };
}
