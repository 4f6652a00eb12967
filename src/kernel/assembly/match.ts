import { commonLength, equal, valueEnd } from "./bytes";
import { CHAIN_COUNT, CHAINS, QUOTE } from "./layout";
import { PIECE_BYTES, Shape, Signature, SPAN_BYTES } from "./templates";

/** The first value that is another one than in the shape's last line. */
let changed: u32 = 0;

/**
 * Where the number begins in a line of the shape, with the shape's spans set; 0 when the line has
 * another shape, or a value with an escape.
 */
export function matchShape(shape: Shape, line: usize): usize {
  const count = shape.values;
  let at = line;
  let value: u32 = 0;
  if (shape.line != 0) {
    const common = commonLength(line, shape.line, lastEnd(shape));
    value = count;
    while (value > 0 && endOf(shape, value - 1) >= common) value--;
    if (value < count && startOf(shape, value) > common) return 0;
    if (value < count) at = line + startOf(shape, value);
    else {
      at = line + endOf(shape, count - 1);
      const length = pieceLength(shape, count);
      if (!equal(at, pieceAt(shape, count), length)) return 0;
      at += length;
    }
    shape.line = 0;
  } else {
    const length = pieceLength(shape, 0);
    if (!equal(line, pieceAt(shape, 0), length)) return 0;
    at += length;
  }
  changed = value;
  for (; value < count; value++) {
    const end = valueEnd(at);
    if (load<u8>(end) != QUOTE || end == at) return 0;
    const span = shape.spans + value * SPAN_BYTES;
    store<u32>(span, <u32> (at - line));
    store<u32>(span, <u32> (end - line), 4);
    const length = pieceLength(shape, value + 1);
    if (!equal(end, pieceAt(shape, value + 1), length)) return 0;
    at = end + length;
  }
  if (count > 0) shape.line = line;
  return at;
}

/** The plan of a line whose shape was matched just now, or 0 when its signature is new. */
export function planOf(shape: Shape, line: usize): usize {
  const reads = shape.reads;
  if (shape.plan != 0) {
    if (reads == 0) return shape.plan;
    const last = load<u32>(shape.readNumbers + ((reads - 1) << 2));
    if (changed > last) return shape.plan;
  }
  const plan = findSignature(shape, line, hashOfReads(shape, line));
  shape.plan = plan;
  return plan;
}

/** Takes in a signature whose values TypeScript has put into memory. */
export function addSignature(at: usize): void {
  const signature = changetype<Signature>(at);
  const shape = changetype<Shape>(signature.shape);
  let hash = <u32> signature.shape;
  let value = signature.values;
  for (let read: u32 = 0; read < shape.reads; read++) {
    const length = load<u32>(value);
    hash = hashOfValue(hash, value + 4, length);
    value += 4 + length;
  }
  signature.hash = hash;
  const chain = CHAINS + ((hash & (CHAIN_COUNT - 1)) << 2);
  signature.next = load<u32>(chain);
  store<u32>(chain, <u32> at);
  shape.plan = 0;
}

function findSignature(shape: Shape, line: usize, hash: u32): usize {
  let at: usize = load<u32>(CHAINS + ((hash & (CHAIN_COUNT - 1)) << 2));
  while (at != 0) {
    const signature = changetype<Signature>(at);
    if (
      signature.hash == hash && signature.shape == changetype<usize>(shape) &&
      hasValues(signature, shape, line)
    ) return signature.plan;
    at = signature.next;
  }
  return 0;
}

function hasValues(signature: Signature, shape: Shape, line: usize): bool {
  let at = signature.values;
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    const start = startOf(shape, value);
    const length = endOf(shape, value) - start;
    if (load<u32>(at) != length || !equal(at + 4, line + start, length)) return false;
    at += 4 + length;
  }
  return true;
}

function hashOfReads(shape: Shape, line: usize): u32 {
  let hash = <u32> changetype<usize>(shape);
  for (let read: u32 = 0; read < shape.reads; read++) {
    const value = load<u32>(shape.readNumbers + (read << 2));
    const start = startOf(shape, value);
    hash = hashOfValue(hash, line + start, endOf(shape, value) - start);
  }
  return hash;
}

// @ts-ignore: decorator
@inline
function hashOfValue(hash: u32, at: usize, length: u32): u32 {
  let wide = <u64> hash ^ ((<u64> length) << 32);
  let left = length;
  for (; left >= 8; left -= 8) {
    wide = (wide ^ load<u64>(at)) * 0xff51afd7ed558ccd;
    wide ^= wide >> 32;
    at += 8;
  }
  if (left > 0) {
    const tail = load<u64>(at) & (((<u64> 1) << (left << 3)) - 1);
    wide = (wide ^ tail) * 0xff51afd7ed558ccd;
  }
  return <u32> (wide ^ (wide >> 32));
}

// @ts-ignore: decorator
@inline
export function startOf(shape: Shape, value: u32): u32 {
  return load<u32>(shape.spans + value * SPAN_BYTES);
}

// @ts-ignore: decorator
@inline
export function endOf(shape: Shape, value: u32): u32 {
  return load<u32>(shape.spans + value * SPAN_BYTES, 4);
}

/** Behind the last value and its quote in the shape's last line. */
// @ts-ignore: decorator
@inline
function lastEnd(shape: Shape): u32 {
  return endOf(shape, shape.values - 1) + 1;
}

// @ts-ignore: decorator
@inline
function pieceAt(shape: Shape, piece: u32): usize {
  return load<u32>(shape.pieces + piece * PIECE_BYTES);
}

// @ts-ignore: decorator
@inline
function pieceLength(shape: Shape, piece: u32): u32 {
  return load<u32>(shape.pieces + piece * PIECE_BYTES, 4);
}
