import { copy, equal, hashOf } from "./bytes";
import { HEAP, NEWLINE, SPACE } from "./layout";
import { endOf, startOf } from "./match";
import { lastNumber, readNumber } from "./number";
import { Plan, Shape, Step } from "./templates";

/** A series; its key, a space, the text of its first member's value and a newline lie behind it. */
@unmanaged
export class Series {
  running: f64;
  keyLength: u32;
  textLength: u32;
  members: u32;
  fn: u32;
  hash: u32;
  /** The series that was added next. */
  next: usize;
  /** The series whose sample came after this one's last time. */
  follower: usize;
  /** Has a timestamp or an exemplar, which TypeScript keeps. */
  isLong: u32;
}

export const SERIES_BYTES: u32 = offsetof<Series>();

const FIRST_SLOTS: u32 = 1024;
/** Room that is there behind the last series before a line is looked at: its key and text fit. */
export const HEADROOM: u32 = 393_216;
const GROWTH_PAGES: i32 = 16;

let slots: usize = HEAP;
let slotMask: u32 = FIRST_SLOTS - 1;
/** Where the next series will lie. */
let top: usize = HEAP + (FIRST_SLOTS << 2);
export let firstSeries: usize = 0;
let newest: usize = 0;
/** The series of the last sample. */
let last: usize = 0;
export let seriesCount: u32 = 0;
let keyBytes: u64 = 0;
let maxSeries: u32 = 0;
let maxKeyBytes: u64 = 0;

export function clearSeries(mostSeries: u32, mostKeyBytes: f64): void {
  maxSeries = mostSeries;
  maxKeyBytes = <u64> mostKeyBytes;
  slots = HEAP;
  slotMask = FIRST_SLOTS - 1;
  memory.fill(HEAP, 0, FIRST_SLOTS << 2);
  top = HEAP + (FIRST_SLOTS << 2);
  firstSeries = newest = last = 0;
  seriesCount = 0;
  keyBytes = 0;
}

/** Where a key of `length` bytes is to be put, or 0 when there is no memory for it. */
export function keyPlace(length: u32): usize {
  return reserve(length + HEADROOM) ? top + SERIES_BYTES : 0;
}

/** True when a key of so many bytes can be added within the bounds. */
export function hasRoom(length: u32): bool {
  return seriesCount < maxSeries && keyBytes + length <= maxKeyBytes;
}

export function reserve(length: u32): bool {
  const needed = (<u64> top + length + SERIES_BYTES + 0xffff) >> 16;
  const missing = <i64> needed - memory.size();
  if (missing <= 0) return true;
  // By an eighth, so that growing stays rare.
  const wanted = max(max(<i32> missing, GROWTH_PAGES), memory.size() >> 3);
  return memory.grow(wanted) >= 0 || memory.grow(<i32> missing) >= 0;
}

/** The series whose sample came after the last one's before, if its key is that of the line; or 0. */
export function findFollower(plan: Plan, shape: Shape, line: usize): usize {
  if (last == 0) return 0;
  const found = changetype<Series>(last).follower;
  if (found == 0) return 0;
  let at = found + SERIES_BYTES;
  const end = at + changetype<Series>(found).keyLength;
  for (let number: u32 = 0, place = plan.firstStep; number < plan.steps; number++) {
    const step = changetype<Step>(place);
    if (at + step.literalLength > end) return 0;
    if (!equal(at, step.literal, step.literalLength)) return 0;
    at += step.literalLength;
    if (step.to >= 0) {
      const start = runStart(step, shape);
      const length = endOf(shape, step.to) - start;
      if (at + length > end || !equal(at, line + start, length)) return 0;
      at += length;
    }
    place += offsetof<Step>();
  }
  return at == end ? found : 0;
}

/** Puts the line's key where the next series will lie, and returns its length. */
export function putKey(plan: Plan, shape: Shape, line: usize): u32 {
  const start = top + SERIES_BYTES;
  let at = start;
  for (let number: u32 = 0, place = plan.firstStep; number < plan.steps; number++) {
    const step = changetype<Step>(place);
    copy(at, step.literal, step.literalLength);
    at += step.literalLength;
    if (step.to >= 0) {
      const from = runStart(step, shape);
      const length = endOf(shape, step.to) - from;
      copy(at, line + from, length);
      at += length;
    }
    place += offsetof<Step>();
  }
  return <u32> (at - start);
}

// @ts-ignore: decorator
@inline
function runStart(step: Step, shape: Shape): u32 {
  return step.from < 0 ? 0 : startOf(shape, step.from);
}

/** The series with the key that lies where the next one will, or 0. */
export function findKey(length: u32): usize {
  const key = top + SERIES_BYTES;
  const hash = hashOf(key, length);
  changetype<Series>(top).hash = hash;
  let slot = hash & slotMask;
  let at: usize = load<u32>(slots + (slot << 2));
  while (at != 0) {
    const series = changetype<Series>(at);
    if (
      series.hash == hash && series.keyLength == length && equal(at + SERIES_BYTES, key, length)
    ) break;
    slot = (slot + 1) & slotMask;
    at = load<u32>(slots + (slot << 2));
  }
  return at;
}

/** Makes the key that `findKey` looked for in vain a series. The text is its first value's. */
export function addKey(keyLength: u32, text: usize, textLength: u32, fn: u32): usize {
  const at = top;
  const series = changetype<Series>(at);
  series.keyLength = keyLength;
  series.textLength = textLength;
  series.members = 1;
  series.fn = fn;
  series.next = 0;
  series.follower = 0;
  series.isLong = 0;
  let behind = at + SERIES_BYTES + keyLength;
  store<u8>(behind, SPACE);
  copy(behind + 1, text, textLength);
  behind += 1 + textLength;
  store<u8>(behind, NEWLINE);
  top = (behind + 8) & ~7;
  if (newest == 0) firstSeries = at;
  else changetype<Series>(newest).next = at;
  newest = at;
  seriesCount++;
  keyBytes += keyLength;
  follow(at);
  if (seriesCount << 1 > slotMask) growSlots();
  else place(at, series.hash);
  return at;
}

/** Takes one more sample into a series. Returns how many it has then. */
export function merge(at: usize, value: f64): u32 {
  follow(at);
  const series = changetype<Series>(at);
  if (series.members == 1) series.running = firstValue(at);
  series.running = combine(series.fn, series.running, value);
  return ++series.members;
}

/** Numbers of the functions, as in aggregate_function.ts: sum, min, max, avg, count, last, drop. */
export const SUM: u32 = 0;
const MIN: u32 = 1;
const MAX: u32 = 2;
export const AVG: u32 = 3;
export const COUNT: u32 = 4;
const LAST: u32 = 5;
export const DROP: u32 = 6;

// @ts-ignore: decorator
@inline
function combine(fn: u32, running: f64, value: f64): f64 {
  switch (fn) {
    case SUM:
    case AVG:
      return running + value;
    case MIN:
      return isNaN(running) || value < running ? value : running;
    case MAX:
      return isNaN(running) || value > running ? value : running;
    case LAST:
      return value;
    default:
      return running;
  }
}

function firstValue(at: usize): f64 {
  const series = changetype<Series>(at);
  const text = at + SERIES_BYTES + series.keyLength + 1;
  const end = text + series.textLength;
  // A spelling that the kernel does not read was read by TypeScript.
  return readNumber(text) == end ? lastNumber(text, end) : series.running;
}

// @ts-ignore: decorator
@inline
function follow(at: usize): void {
  if (last != 0) changetype<Series>(last).follower = at;
  last = at;
}

// @ts-ignore: decorator
@inline
function place(at: usize, hash: u32): void {
  let slot = hash & slotMask;
  while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & slotMask;
  store<u32>(slots + (slot << 2), <u32> at);
}

/** Twice the slots, behind the last series. The old ones stay unused. */
function growSlots(): void {
  const count = (slotMask + 1) << 1;
  // Without memory the old ones get fuller; `reserve` fails before they are full.
  if (!reserve((count << 2) + HEADROOM)) {
    place(newest, changetype<Series>(newest).hash);
    return;
  }
  slots = top;
  slotMask = count - 1;
  top += count << 2;
  memory.fill(slots, 0, count << 2);
  for (let at = firstSeries; at != 0;) {
    const series = changetype<Series>(at);
    place(at, series.hash);
    at = series.next;
  }
}
