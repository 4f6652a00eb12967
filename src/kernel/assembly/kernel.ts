import {
  DROPPED_AS_INVALID,
  DROPPED_BY_POLICY,
  DROPPED_BY_RULES,
  INPUT,
  LINES,
  MAX_RANGES,
  MERGED,
  MERGED_GAUGES,
  NEWLINE,
  OUTPUT,
  RANGE_BYTES,
  RANGES,
  TOUCHED,
  UNMERGEABLE,
} from "./layout";
import { matchShape, planOf } from "./match";
import { lastNumber, readNumber } from "./number";
import * as table from "./series";
import { DROP, Series } from "./series";
import { firstShape, forgetLines, Plan, PlanKind, Shape } from "./templates";

export { nextSeries, render, renderedLines, renderOne } from "./render";
export { addSignature } from "./match";
export { addShape, allocateTemplate, clearTemplates } from "./templates";
export { clearSeries, findKey, firstSeries, hasRoom, keyPlace, seriesCount } from "./series";
export { addKey, merge } from "./series";

/** The shape that was met last. */
let current: usize = 0;

/**
 * Takes the lines of the input block, `length` bytes, from offset `from` on, each of at most `maxLine`
 * bytes. Returns the offset of the first one that TypeScript has to take, or `length`.
 */
export function take(from: u32, length: u32, maxLine: u32): u32 {
  const end = INPUT + length;
  store<u8>(end, <u8> NEWLINE);
  if (from == 0) forgetLines();
  current = firstShape;
  store<u32>(RANGES, 0);
  let line = INPUT + from;
  while (line < end && load<u32>(RANGES) < MAX_RANGES) {
    const next = takeLine(line, end, maxLine);
    if (next == 0) break;
    line = next;
  }
  return <u32> (line - INPUT);
}

/** Where the next line begins, or 0 when this one is none for the kernel. */
function takeLine(line: usize, end: usize, maxLine: u32): usize {
  let number: usize = 0;
  let at = current;
  // From the last line's shape on round: samples of one series come in the same order mostly.
  do {
    if (at == 0) at = firstShape;
    if (at == 0) return 0;
    number = matchShape(changetype<Shape>(at), line);
    if (number != 0) break;
    at = changetype<Shape>(at).next;
    if (at == 0) at = firstShape;
  } while (at != current);
  if (number == 0) return 0;
  current = at;
  const shape = changetype<Shape>(at);
  const planned = planOf(shape, line);
  if (planned == 0) return 0;
  const numberEnd = readNumber(number);
  if (numberEnd == 0 || numberEnd >= end || numberEnd - line > maxLine) return 0;
  const plan = changetype<Plan>(planned);
  switch (plan.kind) {
    case PlanKind.Gather:
      if (!gather(plan, shape, line, number, numberEnd)) return 0;
      break;
    case PlanKind.Keep:
      keep(<u32> (line - INPUT), <u32> (numberEnd + 1 - INPUT));
      break;
    case PlanKind.DroppedByRules:
      count(DROPPED_BY_RULES);
      break;
    case PlanKind.DroppedByPolicy:
      count(DROPPED_BY_POLICY);
      break;
    default:
      count(DROPPED_AS_INVALID);
  }
  if (plan.taken++ == 0) {
    plan.nextTouched = load<u32>(TOUCHED);
    store<u32>(TOUCHED, <u32> planned);
  }
  count(LINES);
  return numberEnd + 1;
}

/** Adds a line to the ranges of kept ones. */
// @ts-ignore: decorator
@inline
function keep(start: u32, end: u32): void {
  const ranges = load<u32>(RANGES);
  const last = OUTPUT + (ranges - 1) * RANGE_BYTES;
  if (ranges > 0 && load<u32>(last, 4) == start) {
    store<u32>(last, end, 4);
    store<u32>(last, load<u32>(last, 8) + 1, 8);
    return;
  }
  const next = OUTPUT + ranges * RANGE_BYTES;
  store<u32>(next, start);
  store<u32>(next, end, 4);
  store<u32>(next, 1, 8);
  store<u32>(RANGES, ranges + 1);
}

/** Takes the line into its series. False when there is no room for a new one. */
function gather(plan: Plan, shape: Shape, line: usize, number: usize, numberEnd: usize): bool {
  let series = table.findFollower(plan, shape, line);
  if (series == 0) {
    if (!table.reserve(table.HEADROOM)) return false;
    const keyLength = table.putKey(plan, shape, line);
    series = table.findKey(keyLength);
    if (series == 0) {
      if (!table.hasRoom(keyLength)) return false;
      table.addKey(keyLength, number, <u32> (numberEnd - number), plan.fn);
      return true;
    }
  }
  const members = table.merge(series, lastNumber(number, numberEnd));
  if (changetype<Series>(series).fn == DROP) {
    store<u32>(UNMERGEABLE, load<u32>(UNMERGEABLE) + (members == 2 ? 2 : 1));
    return true;
  }
  count(MERGED);
  if (plan.isGaugeSum != 0) count(MERGED_GAUGES);
  return true;
}

// @ts-ignore: decorator
@inline
function count(counter: usize): void {
  store<u32>(counter, load<u32>(counter) + 1);
}
