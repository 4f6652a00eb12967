import { copy, HASH, lineEnd } from "./bytes";
import {
  BUDGET_FULL,
  INPUT_LINES,
  INPUT_SAMPLES,
  OUTPUT_BYTES,
  OUTPUT_FULL,
  OUTPUT_LINES,
  OUTPUT_SAMPLES,
  TAKEN,
} from "../layout";
import { block, FamilyState, heldBytes, lineOf, stateOf } from "./families";
import { freeBlock, newBlock } from "./memory";

/**
 * The kept lines on their way out. Neighbouring lines of the input block are one range, which is
 * copied when another one begins: a block that passes whole is not copied at all.
 */
export let output: usize = 0;
let capacity: u32 = 0;
/** Bytes that lie in the buffer. */
export let used: u32 = 0;
/** The range of the input block that comes after them. */
export let rangeStart: usize = 0;
export let rangeEnd: usize = 0;
/** Bytes of this scrape's output so far, the range included, and how many there may be. */
export let written: f64 = 0;
let limit: f64 = Infinity;

/** Kept lines are not copied: the buffer has where each sample of them begins, in four bytes. */
let notesKept: bool = false;

export function setNotesKept(value: bool): void {
  notesKept = value;
}

/** Begins a scrape's output of at most `most` bytes. False: no memory. */
export function beginOutput(most: f64): bool {
  written = 0;
  limit = most;
  used = 0;
  rangeStart = rangeEnd = 0;
  return output != 0 || growOutput(OUTPUT_BYTES);
}

function growOutput(length: u32): bool {
  const grown = newBlock(length);
  if (grown == 0) return false;
  if (output != 0) {
    memory.copy(grown, output, used);
    freeBlock(output);
  }
  output = grown;
  capacity = length;
  return true;
}

export function setWritten(bytes: f64): void {
  written = bytes;
}

export function setLimit(most: f64): void {
  limit = most;
}

/** Whether so many bytes more stay within the budget. */
export function fits(length: u32): bool {
  return written + <f64> length <= limit;
}

/** Copies the range to the buffer: the input block is about to change. */
export function closeRange(): void {
  if (rangeEnd == rangeStart) return;
  const length = <u32> (rangeEnd - rangeStart);
  copy(output + used, rangeStart, length);
  used += length;
  rangeStart = rangeEnd = 0;
}

/** What the buffer held has been taken away, and the range with it. */
export function drained(): void {
  used = 0;
  rangeStart = rangeEnd = 0;
}

/** TAKEN when so many bytes more, and the range, find room in the buffer. */
export function room(length: u32): u32 {
  const range = <u32> (rangeEnd - rangeStart);
  if (used + range + length <= capacity) return TAKEN;
  if (used + range > 0 && range <= capacity) return OUTPUT_FULL;
  return growOutput(used + range + length) ? TAKEN : OUTPUT_FULL;
}

/** Appends bytes that lie anywhere; there has to be room. */
export function append(from: usize, length: u32): void {
  closeRange();
  copy(output + used, from, length);
  used += length;
  written += <f64> length;
}

/** Counts bytes that were written behind the buffer's last ones; there was room, and no range. */
export function appended(length: u32): void {
  used += length;
  written += <f64> length;
}

/** Keeps a line of the input block that is no sample. */
export function passLine(line: usize, next: usize): u32 {
  if (!notesKept) {
    const length = <u32> (next - line);
    if (!fits(length)) return BUDGET_FULL;
    const full = room(length);
    if (full != TAKEN) return full;
    extend(line, next);
  }
  count(OUTPUT_LINES, 1);
  return TAKEN;
}

/** Keeps a sample's line, the metadata that its family holds before it. */
export function keepLine(family: u32, line: usize, next: usize): u32 {
  const state = family == 0 ? changetype<FamilyState>(0) : stateOf(family);
  const isHeld = changetype<usize>(state) != 0 && state.written < state.count;
  const length = <u32> (next - line);
  if (notesKept) {
    const full = room(4);
    if (full != TAKEN) return full;
    store<u32>(output + used, <u32> line);
    used += 4;
  } else if (!isHeld) {
    if (!fits(length)) return BUDGET_FULL;
    const full = room(length);
    if (full != TAKEN) return full;
    extend(line, next);
  } else {
    const held = heldBytes(state);
    if (!fits(length + held)) return BUDGET_FULL;
    const full = room(length + held);
    if (full != TAKEN) return full;
    if (state.block == block && state.end == line) extend(state.start, next);
    else {
      appendHeld(state);
      extend(line, next);
    }
  }
  if (isHeld) {
    count(OUTPUT_LINES, state.count - state.written);
    state.written = state.count;
  }
  count(OUTPUT_LINES, 1);
  count(OUTPUT_SAMPLES, 1);
  return TAKEN;
}

/** Writes what the family holds where `length` bytes more stay within the budget after it. */
export function putHeld(family: u32, length: u32): u32 {
  const state = stateOf(family);
  const held = heldBytes(state);
  if (!fits(held + length)) return BUDGET_FULL;
  const full = room(held);
  if (full != TAKEN) return full;
  appendHeld(state);
  count(OUTPUT_LINES, state.count - state.written);
  state.written = state.count;
  return TAKEN;
}

/**
 * Passes whole lines of the block from `at` to `end` as they are, as many as the budget allows, and
 * counts them. Returns where the rest begins.
 */
export function passLines(at: usize, end: usize): usize {
  const length = <u32> (end - at);
  const room = limit - written;
  let isCut = false;
  let last = end;
  if (<f64> length > room) {
    isCut = true;
    last = at + <usize> max(room, 0);
  }
  hasEof = false;
  let line = at;
  while (line < end) {
    const newline = lineEnd(line);
    const next = min(newline + 1, end);
    const isSample = isSampleLine(line, min(newline, end));
    count(INPUT_LINES, 1);
    if (isSample) count(INPUT_SAMPLES, 1);
    if (isCut && next > last) break;
    // "# EO" and "F".
    if (newline - line == 5 && load<u32>(line) == 0x4f452023 && load<u8>(line, 4) == 0x46) {
      hasEof = true;
    }
    count(OUTPUT_LINES, 1);
    if (isSample) count(OUTPUT_SAMPLES, 1);
    line = next;
  }
  if (line > at) extend(at, line);
  return line;
}

/** A terminator of OpenMetrics was among the lines that passed. */
export let hasEof: bool = false;

/** True for a line that is neither blank nor a comment, even if it turns out to be no sample. */
function isSampleLine(at: usize, end: usize): bool {
  while (at < end && (load<u8>(at) == 0x20 || load<u8>(at) == 0x09)) at++;
  if (at == end || load<u8>(at) == HASH) return false;
  return at + 1 < end || load<u8>(at) != 0x0d;
}

/** Appends the family's metadata that is not written; there has to be room. */
export function appendHeld(state: FamilyState): void {
  for (let at = state.written; at < state.count; at++) {
    const line = lineOf(state, at);
    append(line.text, line.length);
  }
}

function extend(start: usize, end: usize): void {
  if (rangeEnd != start) {
    closeRange();
    rangeStart = start;
  }
  rangeEnd = end;
  written += <f64> (end - start);
}

// @ts-ignore: decorator
@inline
export function count(counter: usize, more: u32): void {
  store<u32>(counter, load<u32>(counter) + more);
}
