import { equal, HASH, lineEnd, NEWLINE } from "./bytes";
import {
  BUDGET_FULL,
  DROP_AS_INVALID,
  DROP_BY_POLICY,
  DROP_BY_RULES,
  DROPPED_AS_INVALID,
  DROPPED_BY_POLICY,
  DROPPED_BY_RULES,
  FIRST_INPUT,
  FIRST_INPUT_BYTES,
  GATHER,
  INPUT_LINES,
  INPUT_SAMPLES,
  KEEP,
  NO_MEMORY,
  TAKEN,
  TYPE,
  UNKNOWN,
} from "../layout";
import {
  clearFamilies,
  ENTRY_LINE,
  ENTRY_SHAPE,
  findLine,
  freeReader,
  isLate,
  keepsLines,
  lineOf,
  MetadataLine,
  needsTwin,
  nextBlock,
  noteKept,
  noteWritten,
  Reader,
  reader,
  stateOf,
  takeMetadata,
} from "./families";
import * as membersModule from "./members";
import { freeBlock, newBlock } from "./memory";
import { count, keepLine, passLine } from "./output";
import { origin, originNumber } from "./origin";
import * as seriesModule from "./series";
import { gather, rememberWritten, take as takeSample } from "./series";
import * as shapes from "./shapes";
import { clearOuts, countPlan, findShape, isShape, number, Plan, planOf, Shape } from "./shapes";
import { readTail } from "./tail";

export { longHashOf, setHashKey } from "./hash";
export { addChanged, addCopied, beginOrigin, endUnchanged } from "./origin";
export {
  addLine,
  clearReader,
  currentFamily,
  findLine,
  knownBytes,
  needsTwin,
  newFamily,
  noteKept,
  newReader,
  readers,
  setKeepsLines,
  setReadsMetadata,
  setSuffixedTypes,
  setTwin,
  setWrittenOf,
  targetValuesOf,
  useReader,
  writtenOf,
} from "./families";
export {
  beginOutput,
  closeRange,
  drained,
  hasEof,
  keepLine,
  output,
  passLine,
  passLines,
  putHeld,
  rangeEnd,
  rangeStart,
  setLimit,
  setNotesKept,
  setWritten,
  used,
  written,
} from "./output";
export { walkedBuckets, walkedOwn, walkedSums, walkMetrics, walkStatus } from "./metrics";
export {
  addLabel,
  begins,
  comesBack,
  hasUpper,
  increment,
  repeats,
  rise,
  setLine,
  setMostOpen,
  uncounted,
  upper,
} from "./members";
export {
  beginRender,
  endRender,
  putVerbatim,
  releaseFamily,
  render,
  renderedOut,
  setHead,
  setTakesLate,
  setTimestamp,
} from "./render";
export {
  beginRecords,
  beginSeries,
  clearSeries,
  enter,
  findKey,
  keyPlace,
  lastSeries,
  returned,
  setBounds,
  seriesBefore,
  seriesNow,
  remember,
  setGuard,
  setNative,
  setRecords,
} from "./series";
export {
  addName,
  addOut,
  addPlan,
  addShape,
  addSignature,
  addTally,
  allocateLearnt,
  clearLearnt,
  familyOfName,
  findName,
  hashOfPieces,
  helpOf,
  learntBytes,
  hasSignature,
  lessonsOf,
  matchLine,
  nextTouched,
  resolveFamily,
  setBound,
  setHidden,
  setHistogram,
  setName,
  setPiece,
  setRead,
  setStep,
  takenOf,
  tokenLength,
  touchedLines,
  typeOf,
  unitOf,
} from "./shapes";

/** The block of lines. */
export let input: usize = FIRST_INPUT;
export let inputBytes: u32 = FIRST_INPUT_BYTES;
/** Why the last call of `take` came back. */
export let status: u32 = TAKEN;

/** Makes room for a block of `length` bytes. False: no memory. */
export function growInput(length: u32): bool {
  const grown = newBlock(length + 128);
  if (grown == 0) return false;
  input = grown;
  inputBytes = length;
  return true;
}

const SCRATCH: usize = memory.data(32);

/** Room for `length` bytes for TypeScript, the same for each number until it is asked for again. */
export function scratch(number: u32, length: u32): usize {
  const slot = SCRATCH + (number << 3);
  const known: usize = load<u32>(slot);
  if (known != 0 && load<u32>(slot, 4) >= length) return known;
  if (known != 0) freeBlock(known);
  const block = newBlock(length);
  store<u32>(slot, <u32> block);
  store<u32>(slot, length, 4);
  return block;
}

/** The origin that was put together last, as a number of 53 bits. */
export function lastOrigin(): f64 {
  return originNumber(origin);
}

/** Lets the plan know the part of the origin that was put together last. */
export function setOrigin(plan: usize): void {
  changetype<Plan>(plan).origin = origin;
}

/**
 * Forgets all families, in the midst of a scrape or after it. False when there is no memory to know
 * those again that the scrape has written.
 */
export function forgetFamilies(isMidst: bool): bool {
  if (isMidst && !rememberWritten()) return false;
  clearOuts();
  clearFamilies();
  return true;
}

/** Whether some of the family was written. */
export function isBegun(out: usize): bool {
  return changetype<shapes.OutFamily>(out).isBegun != 0;
}

/** Begins another block of lines, `length` bytes, which lie in the input. */
export function beginBlock(length: u32): void {
  store<u8>(input + length, <u8> NEWLINE);
  nextBlock();
}

/**
 * Takes the lines of the block from offset `from` on, each of at most `maxLine` bytes. Returns the
 * offset of the first one that was not taken, or `length`; `status` tells why.
 */
export function take(from: u32, length: u32, maxLine: u32): u32 {
  const end = input + length;
  let line = input + from;
  status = TAKEN;
  while (line < end) {
    const next = load<u8>(line) == HASH ? takeComment(line, end) : takeLine(line, end, maxLine);
    if (next == 0) break;
    line = next;
  }
  return <u32> (line - input);
}

/** Where the line after a metadata line begins, or 0 when it is not known. */
function takeComment(line: usize, end: usize): usize {
  let found: usize = 0;
  if (reader.last != 0) {
    // A line and a shape have these two fields first.
    const guess = changetype<MetadataLine>(changetype<MetadataLine>(reader.last).follower);
    if (
      changetype<usize>(guess) != 0 && guess.entry == ENTRY_LINE && line + guess.length <= end &&
      equal(line, guess.text, guess.length)
    ) found = changetype<usize>(guess);
  }
  if (found == 0) {
    const next = lineEnd(line);
    if (next < end) found = findLine(line, <u32> (next + 1 - line));
    if (found == 0) {
      status = UNKNOWN;
      return 0;
    }
  }
  const known = changetype<MetadataLine>(found);
  if (known.kind == TYPE && needsTwin(found)) {
    status = UNKNOWN;
    return 0;
  }
  const late = keepsLines && isLate(known);
  if (late) {
    status = passLine(line, line + known.length);
    if (status != TAKEN) return 0;
  }
  if (!takeMetadata(known, line)) {
    status = NO_MEMORY;
    return 0;
  }
  if (late) noteWritten(known);
  follow(found);
  count(INPUT_LINES, 1);
  return line + known.length;
}

// @ts-ignore: decorator
@inline
function follow(entry: usize): void {
  if (reader.last != 0) changetype<MetadataLine>(reader.last).follower = entry;
  reader.last = entry;
}

/** Where the line after a sample begins, or 0 when it was not taken. */
function takeLine(line: usize, end: usize, maxLine: u32): usize {
  let at: usize = 0;
  if (reader.last != 0) {
    const guess = changetype<MetadataLine>(reader.last).follower;
    if (
      guess != 0 && changetype<MetadataLine>(guess).entry == ENTRY_SHAPE &&
      isShape(changetype<Shape>(guess), line)
    ) at = guess;
  }
  if (at == 0) at = findShape(line);
  if (at == 0) {
    status = UNKNOWN;
    return 0;
  }
  const shape = changetype<Shape>(at);
  const numberAt = number;
  const planned = planOf(shape, line);
  const next = lineEnd(numberAt) + 1;
  if (
    planned == 0 || next > end || next - 1 - line > <usize> maxLine || !readTail(numberAt, next - 1)
  ) {
    status = UNKNOWN;
    return 0;
  }
  const plan = changetype<Plan>(planned);
  switch (plan.kind) {
    case KEEP:
      status = keepLine(shape.family, line, next);
      if (shape.family == 0) noteNameKept(shape);
      break;
    case GATHER:
      status = gather(plan, shape, line, numberAt, next - 1);
      break;
    default:
      drop(plan.kind);
  }
  if (status != TAKEN && status != BUDGET_FULL) return 0;
  follow(at);
  shape.taken++;
  countPlan(plan);
  count(INPUT_LINES, 1);
  count(INPUT_SAMPLES, 1);
  // A line that the budget has no room for came all the same.
  return status == TAKEN ? next : 0;
}

/** What may be said later of a family that the shape's samples belong to comes after them. */
function noteNameKept(shape: Shape): void {
  const name = changetype<shapes.Name>(shape.name);
  noteKept(name.exact);
  noteKept(name.stripped);
}

/** Counts a sample that is dropped by a plan of the kind. */
export function drop(kind: u32): void {
  if (kind == DROP_BY_POLICY) count(DROPPED_BY_POLICY, 1);
  else if (kind == DROP_BY_RULES) count(DROPPED_BY_RULES, 1);
  else if (kind == DROP_AS_INVALID) count(DROPPED_AS_INVALID, 1);
}

const OWN_PLAN: usize = memory.data(96);

/**
 * Takes a sample that TypeScript has read and planned into the series with the key of `length` bytes
 * at `keyPlace`. Its value begins at `valueAt`, and `end` is after its last byte.
 */
export function takeKey(
  length: u32,
  fn: u32,
  isGaugeSum: u32,
  part: u32,
  out: usize,
  valueAt: usize,
  end: usize,
): u32 {
  const plan = changetype<Plan>(OWN_PLAN);
  shapes.setPlan(plan, GATHER, fn, isGaugeSum, part, out, 0);
  if (!readTail(valueAt, end)) return UNKNOWN;
  let series = findKeyOf(length);
  if (series == 0) return NO_MEMORY;
  return takeSample(series, plan, origin, valueAt, end);
}

/** The reader's exposition has ended. */
export function endReader(at: usize): void {
  membersModule.freeMembers(changetype<Reader>(at).members);
  freeReader(at);
}

/** Whether a histogram of the reader was forgotten before it was whole: increments may be wrong. */
export function isLossy(at: usize): bool {
  return membersModule.isLossy(changetype<Reader>(at).members);
}

function findKeyOf(length: u32): usize {
  const found = seriesModule.findKey(length);
  return found == 0 ? seriesModule.addKey(length) : found;
}
/** Whether the series has come in this pass. */
export function hasCome(series: usize): bool {
  return changetype<seriesModule.Series>(series).pass == seriesModule.pass;
}

/** The first series of a family in this pass, and the one after another; 0: none. */
export function firstOf(out: usize): usize {
  const family = changetype<shapes.OutFamily>(out);
  return family.pass == seriesModule.pass ? family.first : 0;
}
export function seriesAfter(series: usize): usize {
  return changetype<seriesModule.Series>(series).next;
}
export function seriesIn(out: usize): u32 {
  const family = changetype<shapes.OutFamily>(out);
  return family.pass == seriesModule.pass ? family.series : 0;
}
export function keyOf(series: usize): usize {
  return series + seriesModule.SERIES_BYTES;
}
/** The text of the series' value so far, and its first member's exemplars. */
export function textOf(series: usize): usize {
  return changetype<seriesModule.Series>(series).textAt;
}
export function textLengthOf(series: usize): u32 {
  return changetype<seriesModule.Series>(series).textLength;
}
export function exemplarsOf(series: usize): usize {
  return changetype<seriesModule.SeriesTail>(tailOf(series)).exemplarAt;
}
export function exemplarsLengthOf(series: usize): u32 {
  return tailOf(series) == 0
    ? 0
    : changetype<seriesModule.SeriesTail>(tailOf(series)).exemplarLength;
}
function tailOf(series: usize): usize {
  return changetype<seriesModule.Series>(series).tail;
}
export function keyLengthOf(series: usize): u32 {
  return changetype<seriesModule.Series>(series).keyLength;
}
/** The next family of this pass in which gauges were summed, behind this one or, for 0, the first; 0: none. */
export function nextSummed(out: usize): usize {
  let at = out == 0 ? seriesModule.firstOut : changetype<shapes.OutFamily>(out).next;
  while (at != 0 && changetype<shapes.OutFamily>(at).summedGauges == 0) {
    at = changetype<shapes.OutFamily>(at).next;
  }
  return at;
}
/** The input family of the same name. */
export function ownOf(out: usize): u32 {
  return changetype<shapes.OutFamily>(out).own;
}
/** The input family whose metadata it has so far. */
export function sourceOf(out: usize): u32 {
  return changetype<shapes.OutFamily>(out).source;
}
export function markHead(out: usize): void {
  changetype<shapes.OutFamily>(out).hasHead = 1;
}
export function markVerbatim(out: usize): void {
  changetype<shapes.OutFamily>(out).hasVerbatim = 1;
}
/** The family that the last sample went into, in this pass; 0: none. */
export function currentOut(): usize {
  return reader.out;
}
/** Lines of a family in order, at most three; for TypeScript, which puts metadata together. */
export function metadataOf(family: u32, index: u32): usize {
  const state = stateOf(family);
  return index < state.count ? changetype<usize>(lineOf(state, index)) : 0;
}
export function textOfLine(line: usize): usize {
  return changetype<MetadataLine>(line).text;
}
export function lengthOfLine(line: usize): u32 {
  return changetype<MetadataLine>(line).length;
}
/** Whether a metadata line is to be passed at once, and that it was. */
export function isLateLine(line: usize): bool {
  return keepsLines && isLate(changetype<MetadataLine>(line));
}
export function noteLateWritten(line: usize): void {
  noteWritten(changetype<MetadataLine>(line));
}
/** Takes a metadata line that TypeScript has just let the kernel learn, which stands at `at`. */
export function takeLearnt(line: usize, at: usize): bool {
  if (!takeMetadata(changetype<MetadataLine>(line), at)) return false;
  follow(line);
  return true;
}
