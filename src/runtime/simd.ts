/** The shortest module whose one function uses a vector: `i8x16.popcnt` of `i8x16.splat` of 0. */
const PROBE = Uint8Array.of(
  ...[0, 97, 115, 109, 1, 0, 0, 0],
  ...[1, 5, 1, 96, 0, 1, 123],
  ...[3, 2, 1, 0],
  ...[10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11],
);

/** Whether the runtime runs WebAssembly with SIMD. */
export function hasSimd(): boolean {
  return WebAssembly.validate(PROBE);
}
