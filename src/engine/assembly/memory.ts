import { HEAP, SEGMENT_BYTES } from "../layout";

/**
 * Memory in segments: a freed one is taken again by whoever asks next, since WebAssembly memory never
 * shrinks. Its header is its size and the next segment of its list.
 */
const HEADER: u32 = 16;
/** Behind every allocation: copies and comparisons go on for up to 15 bytes. */
const SLACK: u32 = 16;

let top: usize = HEAP;
let freed: usize = 0;

/** A list of segments, filled one after the other. */
@unmanaged
export class Arena {
  first: usize;
  /** Where the next allocation lies, and the end of the segment. */
  at: usize;
  end: usize;
  /** Bytes in all its segments. */
  size: u32;
}

// @ts-ignore: decorator
@inline
function sizeOf(segment: usize): u32 {
  return load<u32>(segment);
}

// @ts-ignore: decorator
@inline
function nextOf(segment: usize): usize {
  return load<u32>(segment, 4);
}

// @ts-ignore: decorator
@inline
function setNext(segment: usize, next: usize): void {
  store<u32>(segment, <u32> next, 4);
}

/** A segment with room for `length` bytes behind its header, or 0. */
function takeSegment(length: u32): usize {
  const least = (length + HEADER + SLACK + 15) & ~15;
  let before: usize = 0;
  for (let at = freed; at != 0; at = nextOf(at)) {
    // A much larger one is left to whoever needs it.
    if (sizeOf(at) >= least && (sizeOf(at) >> 2) <= max(least, <u32> SEGMENT_BYTES)) {
      if (before == 0) freed = nextOf(at);
      else setNext(before, nextOf(at));
      setNext(at, 0);
      return at;
    }
    before = at;
  }
  const size = max(least, <u32> SEGMENT_BYTES);
  const needed = (<u64> top + size + 0xffff) >> 16;
  const missing = <i64> needed - memory.size();
  if (missing > 0 && !grow(missing)) return 0;
  const segment = top;
  top += size;
  store<u32>(segment, size);
  setNext(segment, 0);
  return segment;
}

/** Seldom and then by much: each time the host begins another view of the memory. */
function grow(missing: i64): bool {
  if (missing + memory.size() > 65_536) return false;
  const wanted = max(<i32> missing, min(memory.size() >> 1, 64));
  return memory.grow(wanted) >= 0 || memory.grow(<i32> missing) >= 0;
}

function giveSegment(segment: usize): void {
  setNext(segment, freed);
  freed = segment;
}

/** Memory of its own, for `freeBlock`; 0 when there is none. */
export function newBlock(length: u32): usize {
  const segment = takeSegment(length);
  return segment == 0 ? 0 : segment + HEADER;
}

export function freeBlock(block: usize): void {
  giveSegment(block - HEADER);
}

/** Room for `length` bytes at the place that is returned, to be kept by `commit`; 0: no memory. */
export function reserve(arena: Arena, length: u32): usize {
  if (arena.at + length + SLACK <= arena.end && arena.at != 0) return arena.at;
  const segment = takeSegment(length);
  if (segment == 0) return 0;
  setNext(segment, arena.first);
  arena.first = segment;
  arena.at = segment + HEADER;
  arena.end = segment + sizeOf(segment);
  arena.size += sizeOf(segment);
  return arena.at;
}

/** Keeps the first `length` bytes of what was reserved last. */
// @ts-ignore: decorator
@inline
export function commit(arena: Arena, length: u32): void {
  arena.at = (arena.at + length + 7) & ~7;
}

export function allocate(arena: Arena, length: u32): usize {
  const at = reserve(arena, length);
  if (at != 0) commit(arena, length);
  return at;
}

/** Bytes that are taken of its segments; what is left in the last one is not. */
export function usedBytes(arena: Arena): u32 {
  return arena.size - <u32> (arena.end - arena.at);
}

/** Gives all its segments back. */
export function release(arena: Arena): void {
  for (let at = arena.first; at != 0;) {
    const next = nextOf(at);
    giveSegment(at);
    at = next;
  }
  arena.first = arena.at = arena.end = 0;
  arena.size = 0;
}

const ARENAS: usize = memory.data(96);
/** Names, shapes, signatures and plans. */
export const learnt: Arena = changetype<Arena>(ARENAS);
/** Metadata lines, and families of the output. */
export const known: Arena = changetype<Arena>(ARENAS + 32);
/** Series. */
export const table: Arena = changetype<Arena>(ARENAS + 64);
