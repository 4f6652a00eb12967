import { combine, DROP } from "../../aggregate/combine";
import { BACKSLASH, copy, equal, NEWLINE, QUOTE, SPACE } from "./bytes";
import {
  BEGINS,
  BUCKET,
  CAME_BACK,
  COMES_BACK,
  CORRECTS,
  COUNT,
  DROPPED_UNMERGEABLE,
  DUPLICATE_SAMPLES,
  FLUSH,
  MERGED_SAMPLES,
  NATIVE,
  NO_MEMORY,
  PART_MASK,
  RECORD_BYTES,
  RISES,
  SUFFIX_SHIFT,
  TAKEN,
  UNKNOWN,
} from "../layout";
import { reader, readers } from "./families";
import { addHash, clearSet, HASH_NO_MEMORY, HASH_SET_BYTES, HashSet, hasHash } from "./hash_set";
import { hashOf } from "./hash";
import { boundOf, clearGroups, Group, groupOf, NO_GROUP } from "./groups";
import * as members from "./members";
import { allocate, commit, freeBlock, newBlock, release, reserve, table, usedBytes } from "./memory";
import { appended, beginOutput, count, room } from "./output";
import * as output from "./output";
import { forgetOrigins, isRepeated, originNumber, originOf, setMaxOrigins } from "./origin";
import { endOf, newestOut, OutFamily, Plan, Shape, startOf, Step } from "./shapes";
import * as tail from "./tail";

/** TypeScript is told of an input family that an output family has not had alone. */
// @ts-ignore: decorator
@external("weir", "enter")
declare function enterFamily(out: usize, family: u32): void;

/**
 * A series of the output, remembered from scrape to scrape; its key lies after it, then a space and
 * the text of its first sample's value.
 */
@unmanaged
export class Series {
  running: f64;
  /** Of its first sample in the pass. */
  origin: u64;
  /** Of a bucket: what its samples count more than those of their histograms' buckets before them. */
  increment: f64;
  /** Of a bucket; NaN: it is none. */
  bound: f64;
  keyLength: u32;
  /** The text of the first member's value; of native histograms, what all of them have come to. */
  textAt: usize;
  textLength: u32;
  textRoom: u32;
  /** Its first member is a native histogram. */
  isNative: u32;
  /** The last pass that it came in, and how often. */
  pass: u32;
  members: u32;
  fn: u32;
  hash: u32;
  /** The series that came next in the same family. */
  next: usize;
  /** The series whose sample came after this one's last time. */
  follower: usize;
  /** What stands after its value, if its samples ever had more. */
  tail: usize;
  /** Its number where TypeScript keeps the table. */
  number: u32;
  /** Bytes of its longest value; 0: not known. */
  longest: u32;
  /** Its histogram, or the number of one that TypeScript keeps; 0: not known. */
  group: usize;
  /** The next one of it, while that is written. */
  above: usize;
}

/** A series' timestamp, start time and exemplars: texts, and the time of the newest member that has one. */
@unmanaged
export class SeriesTail {
  stamp: f64;
  stampAt: usize;
  stampLength: u32;
  stampRoom: u32;
  /** From its `#` on, or from that of the first of several. */
  exemplarAt: usize;
  exemplarLength: u32;
  exemplarRoom: u32;
  /** From `st@` on: of a series of one sample only, as sums of others began at no one time. */
  startAt: usize;
  startLength: u32;
  startRoom: u32;
}

export const SERIES_BYTES: u32 = offsetof<Series>();

const FIRST_SLOTS: u32 = 1024;
/** What a value's text has room for, so that most texts of later scrapes fit. */
const TEXT_ROOM: u32 = 24;

let slots: usize = 0;
let slotCount: u32 = 0;
/** Series in the table, and those that came in this pass. */
export let seriesCount: u32 = 0;
export let seriesNow: u32 = 0;
let maxSeries: u32 = 0;
let maxBytes: u32 = 0;
/** Number of what is gathered between two times of writing. */
export let pass: u32 = 0;
let scrape: u32 = 0;
/** Families of the output with series in this pass. */
export let firstOut: usize = 0;
let lastOut: usize = 0;
/** Beyond so many bytes of the table a family is written when another one begins. */
let wholeBytes: u32 = 0;
let isStreaming: bool = false;
/** From so many series on, of a family or in all, TypeScript looks at the limits. */
let guardFamily: u32 = 0;
let guardAll: u32 = 0;
/** Series that came in earlier passes of the scrape. */
export let seriesBefore: u32 = 0;
/** Values longer than this go to TypeScript. */
let longestValue: u32 = 0;

/** Begins a scrape. The bounds are in bytes of the table, and numbers of series. */
export function beginSeries(whole: u32, mostBytes: u32, mostSeries: u32): void {
  wholeBytes = whole;
  maxBytes = mostBytes;
  maxSeries = mostSeries;
  scrape++;
  if (written.count != 0) clearSet(written);
  isStreaming = false;
  nextPass();
  const came = seriesBefore;
  seriesBefore = 0;
  // A table whose series are mostly gone would only grow.
  if (usedBytes(table) > whole || came << 1 < seriesCount) clearSeries();
}

export function setGuard(inFamily: u32, inAll: u32, longest: u32): void {
  guardFamily = inFamily;
  guardAll = inAll;
  longestValue = longest;
}

/** What was gathered is written: the next samples begin anew. */
export function nextPass(): void {
  pass++;
  forgetOrigins();
  members.forgetMembers();
  firstOut = lastOut = 0;
  seriesBefore += seriesNow;
  seriesNow = 0;
  if (changetype<usize>(reader) != 0) reader.out = 0;
}

/** The same in the midst of a scrape. */
export function flushed(): void {
  for (let at = firstOut; at != 0; at = changetype<OutFamily>(at).next) {
    changetype<OutFamily>(at).writtenIn = scrape;
  }
  if (usedBytes(table) > wholeBytes) {
    isStreaming = true;
    clearSeries();
  }
  nextPass();
}

let maxWritten: u32 = 0;

/** How many samples of series, and forgotten families, are remembered at most. */
export function setBounds(origins: u32, families: u32): void {
  setMaxOrigins(origins);
  maxWritten = families;
}

/** Families of the output that were forgotten after a part of them was written in this scrape. */
const written: HashSet = changetype<HashSet>(memory.data(HASH_SET_BYTES));

/** The families of the output are about to be forgotten. False: no memory for their names. */
export function rememberWritten(): bool {
  for (let at = newestOut; at != 0; at = changetype<OutFamily>(at).older) {
    const out = changetype<OutFamily>(at);
    if (out.writtenIn != scrape) continue;
    if (written.count >= maxWritten || addHash(written, out.name) == HASH_NO_MEMORY) return false;
  }
  return true;
}

export function clearSeries(): void {
  release(table);
  seriesCount = 0;
  if (slots != 0) freeBlock(slots);
  slots = 0;
  slotCount = 0;
  clearGroups();
  if (changetype<usize>(reader) != 0) reader.lastSeries = 0;
}

/** Where a key of `length` bytes is to be put, or 0 when there is no memory for it. */
export function keyPlace(length: u32): usize {
  const at = reserve(table, SERIES_BYTES + length + 1 + TEXT_ROOM);
  return at == 0 ? 0 : at + SERIES_BYTES;
}

/** The family that came back. */
export let returned: usize = 0;

/**
 * Enters the output family of the next sample. TAKEN, or FLUSH when others have to be written first;
 * CAME_BACK when a part of it is written already.
 */
export function enter(outAt: usize, hasMetadata: u32, family: u32): u32 {
  const out = changetype<OutFamily>(outAt);
  if (out.pass != pass) {
    if (out.writtenIn == scrape || hasHash(written, out.name)) {
      returned = outAt;
      return CAME_BACK;
    }
    if (lastOut != 0 && (isStreaming || usedBytes(table) > wholeBytes)) return FLUSH;
    out.pass = pass;
    out.series = 0;
    out.first = out.last = out.next = 0;
    out.source = out.lastSource = 0;
    out.hasHead = out.hasVerbatim = out.summedGauges = out.collides = out.isScattered = 0;
    out.groups = 0;
    if (lastOut == 0) firstOut = outAt;
    else changetype<OutFamily>(lastOut).next = outAt;
    lastOut = outAt;
  }
  reader.out = outAt;
  if (family == 0 || hasMetadata == 0 || out.lastSource == family) return TAKEN;
  out.lastSource = family;
  if (family == out.own && (out.source == 0 || out.source == family) && out.hasHead == 0) {
    out.source = family;
  } else enterFamily(outAt, family);
  return TAKEN;
}

/** TypeScript keeps the table: samples become records of their series' numbers. */
let isRecording: bool = false;

export function setRecords(value: bool): void {
  isRecording = value;
}

/** Begins an exposition whose samples become records; of the table so many bytes are remembered. */
export function beginRecords(mostBytes: u32): void {
  maxBytes = mostBytes;
  maxSeries = u32.MAX_VALUE;
  if (usedBytes(table) > mostBytes && readers == 1) clearSeries();
  beginOutput(Infinity);
}

/**
 * Remembers the number of the series whose key of `length` bytes lies at `keyPlace`, and that of its
 * histogram, counted from 1; 0: none.
 */
export function remember(length: u32, number: u32, group: u32): void {
  let at = findKey(length);
  if (at == 0) at = addKey(length);
  if (at == 0) return;
  const series = changetype<Series>(at);
  series.number = number;
  series.group = group;
  series.bound = boundOf(at + SERIES_BYTES, length);
  follow(at);
}

/** Puts the record of a sample whose series is remembered. */
function record(plan: Plan, shape: Shape, line: usize, number: usize): u32 {
  if (tail.exemplarStart != 0 || tail.isComposite) return UNKNOWN;
  const family = plan.hasMetadata != 0 ? shape.family : 0;
  const out = changetype<OutFamily>(plan.out);
  if (reader.out != plan.out || out.lastReader != reader.id || out.lastSource != family) {
    reader.out = plan.out;
    out.lastReader = reader.id;
    out.lastSource = family;
    enterFamily(plan.out, family);
  }
  let series = findFollower(plan, shape, line);
  if (series == 0) {
    const keyLength = putKey(plan, shape, line);
    if (keyLength == 0) return NO_MEMORY;
    series = findKey(keyLength);
    if (series == 0) return UNKNOWN;
  }
  const part = plan.part & PART_MASK;
  const status = room(part == BUCKET ? RECORD_BYTES << 1 : RECORD_BYTES);
  if (status != TAKEN) return status;
  follow(series);
  const at = output.output + output.used;
  store<u32>(at, changetype<Series>(series).number);
  store<u32>(at, <u32> number, 4);
  store<u32>(at, <u32> (tail.valueEnd - number), 8);
  store<u32>(at, 0, 12);
  store<f64>(at, tail.value(), 16);
  store<f64>(at, tail.timestampStart == 0 ? NaN : tail.timestamp(), 24);
  store<f64>(at, 0, 32);
  store<f64>(at, originNumber(originOf(plan, shape, line)), 40);
  if (
    part != 0 && changetype<Series>(series).group != 0 &&
    !recordRise(changetype<Series>(series), part, shape, line, number, at)
  ) return UNKNOWN;
  appended(RECORD_BYTES);
  return TAKEN;
}

/**
 * Adds to the record at `at` by how much the bucket rises above the one before it. False where that is
 * for who reads the records to say: the bucket may be a sample that came before.
 */
function recordRise(
  series: Series,
  part: u32,
  shape: Shape,
  line: usize,
  number: usize,
  at: usize,
): bool {
  const value = load<f64>(at, 16);
  let flags: u32 = RISES;
  if (part == COUNT) {
    members.setShapeLine(shape, line);
    store<f64>(at, members.uncounted(<u32> series.group, value), 32);
  } else if (part == BUCKET) {
    members.setShapeLine(shape, line);
    members.rise(<u32> series.group, series.number, series.bound, value, false);
    if (members.repeats) return false;
    if (members.begins) flags |= BEGINS;
    if (members.comesBack) flags |= COMES_BACK;
    store<f64>(at, members.increment, 32);
    if (members.hasUpper) {
      const next = at + RECORD_BYTES;
      store<u32>(next, members.upper);
      store<u32>(next, CORRECTS, 12);
      store<f64>(next, members.increment, 32);
      appended(RECORD_BYTES);
    }
  } else return true;
  store<u32>(at, flags, 12);
  return true;
}

/** Takes the line into its series. */
export function gather(plan: Plan, shape: Shape, line: usize, number: usize, lineEnd: usize): u32 {
  if (isRecording) return record(plan, shape, line, number);
  if (reader.out != plan.out || changetype<OutFamily>(plan.out).pass != pass ||
    changetype<OutFamily>(plan.out).lastSource != shape.family) {
    const status = enter(plan.out, plan.hasMetadata, shape.family);
    if (status != TAKEN) return status;
  }
  let series = findFollower(plan, shape, line);
  if (series == 0) {
    const keyLength = putKey(plan, shape, line);
    if (keyLength == 0) return NO_MEMORY;
    series = findKey(keyLength);
    if (series == 0) {
      series = addKey(keyLength);
      if (series == 0) return NO_MEMORY;
    }
  }
  if (changetype<Series>(series).pass != pass) {
    if (!mayCome(plan.out, series)) return UNKNOWN;
  } else if (tail.isComposite || changetype<Series>(series).isNative != 0) return UNKNOWN;
  const part = plan.part & PART_MASK;
  if (part == BUCKET || part == COUNT) members.setShapeLine(shape, line);
  return take(series, plan, originOf(plan, shape, line), number, lineEnd);
}

/** False when the series, as one more in its family, might be beyond a limit. */
function mayCome(outAt: usize, series: usize): bool {
  if (guardFamily == 0) return true;
  const out = changetype<OutFamily>(outAt);
  return out.series < guardFamily && seriesBefore + seriesNow < guardAll &&
    longestOf(changetype<Series>(series)) <= longestValue;
}

/** Bytes of the longest text between quotes in the key. */
function longestOf(series: Series): u32 {
  if (series.longest != 0) return series.longest;
  let longest: u32 = 1;
  const key = changetype<usize>(series) + SERIES_BYTES;
  const end = key + series.keyLength;
  for (let at = key; at < end; at++) {
    if (load<u8>(at) != QUOTE) continue;
    const start = at + 1;
    for (at = start; at < end && load<u8>(at) != QUOTE; at++) if (load<u8>(at) == BACKSLASH) at++;
    longest = max(longest, <u32> (at - start));
  }
  series.longest = longest;
  return longest;
}

/** Takes a sample of this origin into a series; `tail` has read it. */
export function take(at: usize, plan: Plan, its: u64, number: usize, lineEnd: usize): u32 {
  follow(at);
  const series = changetype<Series>(at);
  if (series.pass == pass && isRepeated(at, series.origin, its)) {
    count(DUPLICATE_SAMPLES, 1);
    return TAKEN;
  }
  let value: f64 = 0;
  if (series.pass == pass && (tail.isComposite || series.isNative != 0)) {
    return takeNative(series, plan, lineEnd);
  }
  if (plan.part != 0 && !tail.isComposite) {
    value = tail.value();
    const isNext = series.pass == pass &&
      members.risesNext(<u32> series.group, <u32> at, series.bound, value);
    if (isNext) {
      series.increment += members.increment;
      changetype<Group>(series.group).samples++;
    } else join(series, plan, value);
  }
  if (series.pass != pass) {
    series.origin = its;
    return first(at, plan, number, lineEnd);
  }
  if (series.members++ == 1) {
    series.running = firstValue(series);
    tail.readTail(number, lineEnd);
  } else if (series.fn == DROP) {
    count(DROPPED_UNMERGEABLE, 1);
    return TAKEN;
  }
  if (series.fn == DROP) {
    // The first member is lost with the second.
    count(DROPPED_UNMERGEABLE, 2);
    return TAKEN;
  }
  series.running = combine(series.fn, series.running, plan.part == 0 ? tail.value() : value);
  count(MERGED_SAMPLES, 1);
  noteGaugeSum(plan);
  return tail.timestampStart != 0 || tail.exemplarStart != 0 || series.tail != 0
    ? mergeTail(series, lineEnd)
    : TAKEN;
}

/**
 * Takes a sample into a series where one of both is a native histogram. NATIVE, if both are and are to be
 * added; a number and a histogram make no sum: the first one stays.
 */
function takeNative(series: Series, plan: Plan, lineEnd: usize): u32 {
  if (!tail.isComposite || series.isNative == 0) {
    count(DROPPED_UNMERGEABLE, 1);
    return TAKEN;
  }
  const isSecond = series.members++ == 1;
  if (series.fn == DROP) {
    // The first member is lost with the second.
    count(DROPPED_UNMERGEABLE, isSecond ? 2 : 1);
    return TAKEN;
  }
  noteGaugeSum(plan);
  const status = tail.timestampStart != 0 || series.tail != 0 ? mergeTail(series, lineEnd) : TAKEN;
  return status == TAKEN ? NATIVE : status;
}

function noteGaugeSum(plan: Plan): void {
  if (plan.isGaugeSum != 0) changetype<OutFamily>(plan.out).summedGauges = 1;
}

/** Sets what the native histograms of a series have come to, and their exemplars. False: no memory. */
export function setNative(
  at: usize,
  text: usize,
  length: u32,
  exemplars: usize,
  exemplarsLength: u32,
): bool {
  const series = changetype<Series>(at);
  if (!keepText(at + offsetof<Series>("textAt"), text, length)) return false;
  if (exemplarsLength == 0) return true;
  if (series.tail == 0 && !addTail(series)) return false;
  return keepText(
    series.tail + offsetof<SeriesTail>("exemplarAt"),
    exemplars,
    exemplarsLength,
  );
}

/** The series that the last sample went into. */
export function lastSeries(): usize {
  return reader.lastSeries;
}

function beginGroup(group: Group, out: OutFamily): void {
  group.pass = pass;
  group.members = group.samples = group.buckets = group.counts = 0;
  group.most = group.state = group.repeats = group.isMixed = group.isLossy = 0;
  group.count = 0;
  group.next = out.groups;
  out.groups = changetype<usize>(group);
}

/** Another histogram of the input goes into the group; or one goes on that was taken to be whole. */
function begun(group: Group, out: OutFamily): void {
  const identity = members.identityOfLine();
  if (group.members++ == 0) group.identity = identity;
  else if (group.identity != identity) group.isMixed = out.collides = 1;
}

/** Takes a sample into its histogram. */
function join(series: Series, plan: Plan, value: f64): void {
  const part = plan.part & PART_MASK;
  const at = changetype<usize>(series);
  if (series.group == 0) {
    const key = at + SERIES_BYTES;
    series.bound = part == BUCKET ? boundOf(key, series.keyLength) : NaN;
    // A bound that is no number has no place among the others.
    series.group = part == BUCKET && isNaN(series.bound)
      ? NO_GROUP
      : groupOf(key, series.keyLength, part == BUCKET, plan.part >> SUFFIX_SHIFT);
  }
  if (series.group <= NO_GROUP) return;
  const group = changetype<Group>(series.group);
  const out = changetype<OutFamily>(plan.out);
  if (group.pass != pass) beginGroup(group, out);
  else if (series.pass != pass && changetype<Series>(out.last).group != series.group) {
    out.isScattered = 1;
  }
  if (series.pass != pass) series.increment = 0;
  else out.collides = 1;
  if (part == BUCKET) {
    group.samples++;
    if (series.pass != pass) group.buckets++;
    members.rise(<u32> series.group, <u32> at, series.bound, value, true);
    series.increment += members.increment;
    if (members.hasUpper) changetype<Series>(members.upper).increment -= members.increment;
    if (members.repeats) group.repeats = 1;
    if (members.begins) begun(group, out);
    if (members.comesBack) group.isLossy = 1;
  } else if (part == COUNT) {
    group.count = at;
    group.counts++;
    series.increment += members.uncounted(<u32> series.group, value);
  }
}

function first(at: usize, plan: Plan, number: usize, lineEnd: usize): u32 {
  const series = changetype<Series>(at);
  const length = <u32> (tail.valueEnd - number);
  if (!keepText(at + offsetof<Series>("textAt"), number, length)) return NO_MEMORY;
  series.isNative = u32(tail.isComposite);
  // It may have been a part of a classic one in another pass.
  if (tail.isComposite) series.group = 0;
  series.pass = pass;
  series.members = 1;
  series.fn = plan.fn;
  if (series.tail != 0) {
    const known = changetype<SeriesTail>(series.tail);
    known.stamp = NaN;
    known.stampLength = known.startLength = known.exemplarLength = 0;
  }
  series.next = 0;
  const out = changetype<OutFamily>(plan.out);
  if (out.first == 0) out.first = at;
  else changetype<Series>(out.last).next = at;
  out.last = at;
  out.series++;
  seriesNow++;
  return tail.hasMore() ? mergeTail(series, lineEnd) : TAKEN;
}

/**
 * Keeps the timestamp and the exemplar of a member if it is the newest. One without a timestamp is
 * from now, and so is what it has become a part of.
 */
function mergeTail(series: Series, lineEnd: usize): u32 {
  if (series.tail == 0 && !addTail(series)) return NO_MEMORY;
  const known = changetype<SeriesTail>(series.tail);
  known.startLength = 0;
  if (tail.startTimeStart != 0 && series.members == 1) {
    const length = <u32> (tail.startTimeEnd - tail.startTimeStart);
    const fields = series.tail + offsetof<SeriesTail>("startAt");
    if (!keepText(fields, tail.startTimeStart, length)) return NO_MEMORY;
  }
  const isNow = tail.timestampStart == 0 || (series.members > 1 && isNaN(known.stamp));
  const stamp = isNow ? Infinity : tail.timestamp();
  const isOlder = stamp < known.stamp;
  if (isNow) {
    known.stamp = Infinity;
    known.stampLength = 0;
  } else if (!isOlder) {
    const length = <u32> (tail.timestampEnd - tail.timestampStart);
    const fields = series.tail + offsetof<SeriesTail>("stampAt");
    if (!keepText(fields, tail.timestampStart, length)) return NO_MEMORY;
    known.stamp = stamp;
  }
  if (tail.exemplarStart == 0 || (isOlder && known.exemplarLength != 0)) return TAKEN;
  // Those of native histograms are put together by TypeScript.
  if (series.isNative != 0 && series.members > 1) return TAKEN;
  const length = <u32> (lineEnd - tail.exemplarStart);
  const fields = series.tail + offsetof<SeriesTail>("exemplarAt");
  return keepText(fields, tail.exemplarStart, length) ? TAKEN : NO_MEMORY;
}

/** False: no memory. */
function addTail(series: Series): bool {
  series.tail = allocate(table, offsetof<SeriesTail>());
  if (series.tail == 0) return false;
  memory.fill(series.tail, 0, offsetof<SeriesTail>());
  changetype<SeriesTail>(series.tail).stamp = NaN;
  return true;
}

/** Copies a text; three fields tell where it lies, its length, and for how much there is room. */
function keepText(fields: usize, from: usize, length: u32): bool {
  // A newline ends a value where it is read.
  if (length + 1 > load<u32>(fields, 8)) {
    const place = allocate(table, roomFor(length));
    if (place == 0) return false;
    store<u32>(fields, <u32> place);
    store<u32>(fields, roomFor(length), 8);
  }
  copyShort(load<u32>(fields), from, length);
  store<u32>(fields, length, 4);
  return true;
}

/** Copies `length` bytes, and up to 7 more. */
// @ts-ignore: decorator
@inline
function copyShort(to: usize, from: usize, length: u32): void {
  for (let at: u32 = 0; at < length; at += 8) store<u64>(to + at, load<u64>(from + at));
}

/** Room for a text that is a little longer, in steps of what `copyShort` writes. */
// @ts-ignore: decorator
@inline
function roomFor(length: u32): u32 {
  return (length + 15) & ~7;
}

export function firstValue(series: Series): f64 {
  store<u8>(series.textAt + series.textLength, <u8> NEWLINE);
  tail.readTail(series.textAt, series.textAt + series.textLength);
  return tail.value();
}

/** The series whose sample came after the last one's before, if its key is that of the line; or 0. */
function findFollower(plan: Plan, shape: Shape, line: usize): usize {
  if (reader.lastSeries == 0) return 0;
  const found = changetype<Series>(reader.lastSeries).follower;
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
    } else if (step.to < -2) {
      const value = targetValue(step.to);
      const length = load<u32>(value);
      if (at + length > end || !equal(at, value + 4, length)) return 0;
      at += length;
    }
    place += offsetof<Step>();
  }
  return at == end ? found : 0;
}

/** Puts the line's key where the next series will lie; returns its length, 0 without memory. */
function putKey(plan: Plan, shape: Shape, line: usize): u32 {
  let length: u32 = 0;
  for (let number: u32 = 0, place = plan.firstStep; number < plan.steps; number++) {
    const step = changetype<Step>(place);
    length += step.literalLength;
    if (step.to >= 0) length += endOf(shape, step.to) - runStart(step, shape);
    else if (step.to < -2) length += load<u32>(targetValue(step.to));
    place += offsetof<Step>();
  }
  let at = keyPlace(length);
  if (at == 0) return 0;
  for (let number: u32 = 0, place = plan.firstStep; number < plan.steps; number++) {
    const step = changetype<Step>(place);
    copy(at, step.literal, step.literalLength);
    at += step.literalLength;
    if (step.to >= 0) {
      const from = runStart(step, shape);
      const run = endOf(shape, step.to) - from;
      copy(at, line + from, run);
      at += run;
    } else if (step.to < -2) {
      const value = targetValue(step.to);
      copy(at, value + 4, load<u32>(value));
      at += load<u32>(value);
    }
    place += offsetof<Step>();
  }
  return length;
}

/** A value of the reader's target: -3 is the first. */
function targetValue(to: i32): usize {
  let at = reader.targetValues;
  for (let skip = -3 - to; skip > 0; skip--) at += 4 + load<u32>(at);
  return at;
}

// @ts-ignore: decorator
@inline
function runStart(step: Step, shape: Shape): u32 {
  return step.from < 0 ? 0 : startOf(shape, step.from);
}

/** The series with the key of `length` bytes that lies where the next one will, or 0. */
export function findKey(length: u32): usize {
  if (slots == 0) return 0;
  const place = table.at;
  const key = place + SERIES_BYTES;
  const hash = hashOf(key, length);
  const mask = slotCount - 1;
  let slot = hash & mask;
  let at: usize = load<u32>(slots + (slot << 2));
  while (at != 0) {
    const series = changetype<Series>(at);
    if (
      series.hash == hash && series.keyLength == length && equal(at + SERIES_BYTES, key, length)
    ) break;
    slot = (slot + 1) & mask;
    at = load<u32>(slots + (slot << 2));
  }
  return at;
}

/** Makes the key that `findKey` looked for in vain a series; 0 when there is no room for it. */
export function addKey(keyLength: u32): usize {
  if (seriesCount >= maxSeries || usedBytes(table) > maxBytes) return 0;
  if ((seriesCount + 1) << 1 > slotCount && !growSlots()) return 0;
  const at = table.at;
  memory.fill(at, 0, SERIES_BYTES);
  const series = changetype<Series>(at);
  series.keyLength = keyLength;
  series.hash = hashOf(at + SERIES_BYTES, keyLength);
  const end = at + SERIES_BYTES + keyLength;
  store<u8>(end, <u8> SPACE);
  series.textAt = end + 1;
  series.textRoom = TEXT_ROOM;
  commit(table, SERIES_BYTES + keyLength + 1 + TEXT_ROOM);
  seriesCount++;
  place(at, series.hash);
  return at;
}

// @ts-ignore: decorator
@inline
function follow(at: usize): void {
  if (reader.lastSeries != 0) changetype<Series>(reader.lastSeries).follower = at;
  reader.lastSeries = at;
}

// @ts-ignore: decorator
@inline
function place(at: usize, hash: u32): void {
  const mask = slotCount - 1;
  let slot = hash & mask;
  while (load<u32>(slots + (slot << 2)) != 0) slot = (slot + 1) & mask;
  store<u32>(slots + (slot << 2), <u32> at);
}

function growSlots(): bool {
  const more = slotCount == 0 ? FIRST_SLOTS : slotCount << 1;
  const grown = newBlock(more << 2);
  if (grown == 0) return false;
  memory.fill(grown, 0, more << 2);
  const before = slots;
  const known = slotCount;
  slots = grown;
  slotCount = more;
  for (let slot: u32 = 0; slot < known; slot++) {
    const at: usize = load<u32>(before + (slot << 2));
    if (at != 0) place(at, changetype<Series>(at).hash);
  }
  if (before != 0) freeBlock(before);
  return true;
}
