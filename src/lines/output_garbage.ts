import { memoryBounds } from "../memory_bounds.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Bytes that were handed on, in whatever scrape, since garbage was collected, less what was freed. */
let garbage = 0;
let counted = new WeakSet<ArrayBufferLike>();

/**
 * Counts bytes of the output that are handed on: they are garbage soon, of which the runtime would let
 * pile up much. Collects it where it has become too much.
 */
export function countGarbage({ buffer, length }: Bytes, collectGarbage?: () => void): void {
  garbage += length;
  counted.add(buffer);
  if (garbage < memoryBounds.garbageBytes) return;
  garbage = 0;
  counted = new WeakSet();
  collectGarbage?.();
}

/**
 * Frees the memory of bytes that nobody reads any more: they are empty afterwards. What is a view of
 * more is left to the garbage collector.
 */
export function free(bytes: Bytes): void {
  const { buffer, length } = bytes;
  if (length === 0 || length !== buffer.byteLength) return;
  if (counted.delete(buffer)) garbage -= length;
  buffer.transfer?.(0);
}
