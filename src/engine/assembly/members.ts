import { copy, equal, hashOf } from "./bytes";
import { block, reader } from "./families";
import { endOfName } from "./groups";
import { allocate, Arena, freeBlock, newBlock, release } from "./memory";
import { changed, comparedWith, endOf, Shape, startOf } from "./shapes";

/*
 * The histograms of the input, while their buckets come: what each bucket counts more than the one
 * before it. The buckets of nearly all come in a row up to that for all, and are forgotten with the
 * next histogram's first one. Others are kept as lists, as more of their buckets may come.
 */

/** A bucket in the row, and in a list. */
@unmanaged
class Bucket {
  bound: f64;
  value: f64;
  /** What the caller knows its series by. */
  series: u32;
  above: usize;
}

const BUCKET_BYTES: u32 = 24;

/** A histogram whose buckets are kept as a list. */
@unmanaged
class Member {
  next: usize;
  hash: u32;
  scope: u32;
  /** What its lines say before the bound, and behind it. */
  before: usize;
  beforeLength: u32;
  behind: usize;
  behindLength: u32;
  /** Its buckets by ascending bound, the highest, and the one that came last. */
  first: usize;
  top: usize;
  last: usize;
  isKept: u32;
}

/** The histograms of one reader; chains and the row come after it. */
@unmanaged
class Members {
  /** The arena. */
  first: usize;
  at: usize;
  end: usize;
  size: u32;
  /** The histogram at hand: where its buckets go, and its text as `Member` has it. */
  scope: u32;
  before: usize;
  beforeLength: u32;
  behind: usize;
  behindLength: u32;
  /** Its buckets in the row; or its list, where they are kept. Neither: there is none. */
  count: u32;
  list: usize;
  /** Where the last bucket's line lies, in the block `block`. */
  line: usize;
  block: u32;
  /** Room for a text out of the block. */
  text: usize;
  textRoom: u32;
  kept: u32;
  isLossy: u32;
}

const COMMA: u32 = 0x2c;
const CHAINS: u32 = 4096;
/** Buckets in the row at most. */
const MOST_ROW: u32 = 512;
/** What may be remembered of histograms whose buckets do not come together, in bytes. */
let mostBytes: u32 = 0;
/** So many buckets are looked through for the place of one that comes out of order. */
const MOST_STEPS: u32 = 4096;

/** What the last bucket counts more than the one before it in its histogram. */
export let increment: f64 = 0;
/** It is the first one of its histogram. */
export let begins: bool = false;
/** The histogram has had a bucket of the same series. */
export let repeats: bool = false;
/** There is a bucket after it, of the series `upper`, which counts so much less now. */
export let hasUpper: bool = false;
export let upper: u32 = 0;

/** Those whose histogram at hand has its text in the block; 0: none. */
let inBlock: usize = 0;

/** The line at hand, the bound in it, and the end of its labels. */
let line: usize = 0;
let boundStart: usize = 0;
let boundEnd: usize = 0;
let labelsEnd: usize = 0;
/** Whether it is of the same histogram as the line before it; UNSURE where nothing tells. */
let likeness: u32 = 0;
const UNSURE: u32 = 0;
const SAME: u32 = 1;
const OTHER: u32 = 2;

export function setMostOpen(bytes: u32): void {
  mostBytes = bytes;
}

/** Sets the line that `rise` is to take. */
export function setLine(at: usize, from: usize, to: usize, end: usize): void {
  line = at;
  boundStart = from;
  boundEnd = to;
  labelsEnd = end;
  likeness = UNSURE;
}

/** The same for a line of the shape, which was matched just now. */
export function setShapeLine(shape: Shape, at: usize, end: usize): void {
  const bound = <u32> shape.bound;
  setLine(at, at + startOf(shape, bound), at + endOf(shape, bound), end);
  const members = changetype<Members>(reader.members);
  if (reader.members == 0 || comparedWith == 0) return;
  if (members.line != comparedWith || members.block != block) return;
  // What stands before the first value that has changed is the same in both lines.
  if (changed < bound) likeness = OTHER;
  else if (bound + 1 == shape.values) likeness = SAME;
}

/**
 * The same as `rise` for the next bucket in the row, as nearly all are. False: it is not known to be
 * that.
 */
// @ts-ignore: decorator
@inline
export function risesNext(scope: u32, series: u32, bound: f64, value: f64): bool {
  if (likeness != SAME) return false;
  const members = changetype<Members>(reader.members);
  const count = members.count;
  if (count == 0 || count == MOST_ROW || members.scope != scope) return false;
  const last = changetype<Bucket>(row(members) + <usize> (count - 1) * BUCKET_BYTES);
  // Not of a sum or a count either, which have no bound.
  if (!(last.bound < bound) || !isFinite(value)) return false;
  put(members, series, bound, value);
  members.line = line;
  increment = value - last.value;
  return true;
}

/**
 * Takes a bucket of the line that was set into its histogram, and sets `increment`, `begins`,
 * `repeats`, `hasUpper` and `upper`. `scope` is where the bucket goes: parts of a histogram that go
 * elsewhere are others.
 */
export function rise(scope: u32, series: u32, bound: f64, value: f64): void {
  increment = 0;
  begins = hasUpper = repeats = false;
  // What is no number counts nothing.
  if (!isFinite(value)) return;
  if (reader.members == 0 && !newMembers()) return;
  const members = changetype<Members>(reader.members);
  const isSame = (members.count > 0 || members.list != 0) && members.scope == scope &&
    (likeness == SAME || (likeness == UNSURE && isAtHand(members)));
  members.line = line;
  members.block = block;
  if (!isSame && !begin(members, scope)) {
    put(members, series, bound, value);
    begins = true;
    increment = value;
    return;
  }
  if (members.count > 0) {
    const last = changetype<Bucket>(row(members) + <usize> (members.count - 1) * BUCKET_BYTES);
    if (last.bound < bound && members.count < MOST_ROW) {
      increment = value - last.value;
      put(members, series, bound, value);
      return;
    }
    if (!listRow(members)) return forget(members);
  }
  insert(members, series, bound, value);
}

/** Puts the bucket behind those in the row. */
// @ts-ignore: decorator
@inline
function put(members: Members, series: u32, bound: f64, value: f64): void {
  const bucket = changetype<Bucket>(row(members) + <usize> members.count * BUCKET_BYTES);
  bucket.bound = bound;
  bucket.value = value;
  bucket.series = series;
  members.count++;
}

/** Inserts the bucket into the list at hand. */
function insert(members: Members, series: u32, bound: f64, value: f64): void {
  const member = changetype<Member>(members.list);
  let below = member.last;
  if (below != 0 && bound < changetype<Bucket>(below).bound) below = 0;
  let above = below == 0 ? member.first : changetype<Bucket>(below).above;
  let steps: u32 = 0;
  for (; above != 0 && changetype<Bucket>(above).bound <= bound && steps < MOST_STEPS; steps++) {
    below = above;
    above = changetype<Bucket>(above).above;
  }
  const place = steps == MOST_STEPS || members.size > mostBytes
    ? 0
    : allocate(changetype<Arena>(members), offsetof<Bucket>());
  if (place == 0) return forget(members);
  const bucket = changetype<Bucket>(place);
  bucket.bound = bound;
  bucket.value = value;
  bucket.series = series;
  bucket.above = above;
  begins = member.first == 0;
  increment = value;
  if (below == 0) member.first = place;
  else {
    changetype<Bucket>(below).above = place;
    increment -= changetype<Bucket>(below).value;
    repeats = changetype<Bucket>(below).series == series;
  }
  if (above == 0) member.top = place;
  else {
    hasUpper = true;
    upper = changetype<Bucket>(above).series;
  }
  member.last = place;
}

/**
 * What a histogram that has no bucket for all counts beyond its highest one, by the `_count` of the
 * line that was set, if that comes after its buckets.
 */
export function uncounted(scope: u32, count: f64): f64 {
  if (reader.members == 0) return 0;
  const members = changetype<Members>(reader.members);
  if ((members.count == 0 && members.list == 0) || members.scope != scope) return 0;
  const top = changetype<Bucket>(
    members.list == 0
      ? row(members) + <usize> (members.count - 1) * BUCKET_BYTES
      : changetype<Member>(members.list).top,
  );
  if (top.bound == Infinity || !(count > top.value) || !isCountOf(members)) return 0;
  const more = count - top.value;
  // Once.
  leave(members);
  return more;
}

/** Whether increments may be wrong, as some histogram was forgotten before it was whole. */
export function isLossy(at: usize): bool {
  return at != 0 && changetype<Members>(at).isLossy != 0;
}

/** What is summed up begins anew. */
export function forgetMembers(): void {
  if (changetype<usize>(reader) == 0 || reader.members == 0) return;
  const members = changetype<Members>(reader.members);
  clear(members);
  members.isLossy = 0;
}

/** Forgets histograms before they are whole. */
function forget(members: Members): void {
  clear(members);
  members.isLossy = 1;
}

function clear(members: Members): void {
  release(changetype<Arena>(members));
  if (members.kept > 0) memory.fill(chains(members), 0, CHAINS << 2);
  members.kept = 0;
  drop(members);
}

/** No histogram is at hand. */
function drop(members: Members): void {
  members.count = 0;
  members.list = members.line = 0;
  if (inBlock == changetype<usize>(members)) inBlock = 0;
}

/** The reader of these ends; 0: it has none. */
export function freeMembers(at: usize): void {
  if (at == 0) return;
  const members = changetype<Members>(at);
  clear(members);
  if (members.text != 0) freeBlock(members.text);
  freeBlock(at);
}

const MEMBERS_BYTES: u32 = <u32> offsetof<Members>() + (CHAINS << 2) + MOST_ROW * BUCKET_BYTES + 8;

function newMembers(): bool {
  const at = newBlock(MEMBERS_BYTES);
  if (at == 0) return false;
  memory.fill(at, 0, MEMBERS_BYTES);
  reader.members = at;
  return true;
}

// @ts-ignore: decorator
@inline
function chains(members: Members): usize {
  return changetype<usize>(members) + offsetof<Members>();
}

// @ts-ignore: decorator
@inline
function row(members: Members): usize {
  return (chains(members) + (CHAINS << 2) + 7) & ~7;
}

/** Whether the line is one of the histogram's with this text. */
function isOf(before: usize, beforeLength: u32, behind: usize, behindLength: u32): bool {
  return beforeLength == <u32> (boundStart - line) &&
    behindLength == <u32> (labelsEnd - boundEnd) &&
    equal(before, line, beforeLength) && equal(behind, boundEnd, behindLength);
}

function isAtHand(members: Members): bool {
  return isOf(members.before, members.beforeLength, members.behind, members.behindLength);
}

/** Whether the line has the labels of the histogram's buckets, without the bound. */
function isCountOf(member: Members): bool {
  let at = endOfName(line, <u32> (labelsEnd - line));
  let known = endOfName(member.before, member.beforeLength);
  // Before `,le="` or `{le="`.
  const separator = member.before + member.beforeLength - 5;
  if (known > separator) return false;
  let behind = member.behind + 1;
  let left = <u32> (labelsEnd - at);
  const length = <u32> (separator - known);
  if (length > 0) {
    if (length > left || !equal(at, known, length)) return false;
    at += length;
    left -= length;
  } else if (load<u8>(behind) == COMMA) {
    // What stands after the bound comes first without it.
    if (left == 0 || load<u8>(at) != load<u8>(separator)) return false;
    at++;
    left--;
    behind++;
  } else if (load<u8>(at) != load<u8>(separator)) behind++;
  const rest = <u32> (member.behind + member.behindLength - behind);
  return rest == left && equal(at, behind, rest);
}

/** The block is about to be another one: keeps what is needed of it. */
export function endBlock(): void {
  if (inBlock == 0) return;
  const members = changetype<Members>(inBlock);
  inBlock = 0;
  const length = members.beforeLength + members.behindLength;
  if (length > members.textRoom) {
    if (members.text != 0) freeBlock(members.text);
    members.text = newBlock(length);
    members.textRoom = members.text == 0 ? 0 : length;
    if (members.text == 0) return forget(members);
  }
  copyText(members, members.text);
}

/** Copies the text of the histogram at hand to where there is room for it. */
function copyText(members: Members, to: usize): void {
  const behind = to + members.beforeLength;
  copy(to, members.before, members.beforeLength);
  copy(behind, members.behind, members.behindLength);
  members.before = to;
  members.behind = behind;
}

function hashOfParts(before: usize, length: u32, behind: usize, behindLength: u32): u32 {
  return hashOf(before, length) ^ rotl(hashOf(behind, behindLength), 13);
}

/** The line's histogram comes to be at hand. True if it has a list already, false if it is new. */
function begin(members: Members, scope: u32): bool {
  leave(members);
  members.scope = scope;
  const before = <u32> (boundStart - line);
  const behind = <u32> (labelsEnd - boundEnd);
  if (members.kept > 0) {
    const hash = hashOfParts(line, before, boundEnd, behind);
    let at: usize = load<u32>(chains(members) + ((hash & (CHAINS - 1)) << 2));
    for (; at != 0; at = changetype<Member>(at).next) {
      const member = changetype<Member>(at);
      if (member.hash != hash || member.scope != scope) continue;
      if (!isOf(member.before, member.beforeLength, member.behind, member.behindLength)) continue;
      members.list = at;
      members.before = member.before;
      members.beforeLength = member.beforeLength;
      members.behind = member.behind;
      members.behindLength = member.behindLength;
      members.line = line;
      return true;
    }
  }
  members.before = line;
  members.beforeLength = before;
  members.behind = boundEnd;
  members.behindLength = behind;
  members.line = line;
  inBlock = changetype<usize>(members);
  return false;
}

/** Another histogram's buckets come: keeps the one at hand if more of it may come. */
function leave(members: Members): void {
  if (members.count > 0) {
    const last = changetype<Bucket>(row(members) + <usize> (members.count - 1) * BUCKET_BYTES);
    const isWhole = members.count > 1 && last.bound == Infinity;
    if (!isWhole && !listRow(members)) forget(members);
  }
  const at = members.list;
  drop(members);
  if (at == 0 || changetype<Member>(at).isKept != 0) return;
  const member = changetype<Member>(at);
  member.hash = hashOfParts(
    member.before,
    member.beforeLength,
    member.behind,
    member.behindLength,
  );
  const chain = chains(members) + ((member.hash & (CHAINS - 1)) << 2);
  member.next = load<u32>(chain);
  store<u32>(chain, <u32> at);
  member.isKept = 1;
  members.kept++;
}

/** Makes the row a list. False where there is too much, or no memory. */
function listRow(members: Members): bool {
  const arena = changetype<Arena>(members);
  const textLength = members.beforeLength + members.behindLength;
  if (members.size > mostBytes) return false;
  const at = allocate(arena, offsetof<Member>());
  const text = at == 0 ? 0 : allocate(arena, textLength);
  const buckets = text == 0 ? 0 : allocate(arena, members.count * <u32> offsetof<Bucket>());
  if (buckets == 0) return false;
  copyText(members, text);
  if (inBlock == changetype<usize>(members)) inBlock = 0;
  const member = changetype<Member>(at);
  memory.fill(at, 0, offsetof<Member>());
  member.scope = members.scope;
  member.before = members.before;
  member.beforeLength = members.beforeLength;
  member.behind = members.behind;
  member.behindLength = members.behindLength;
  member.first = buckets;
  for (let number: u32 = 0; number < members.count; number++) {
    const from = changetype<Bucket>(row(members) + <usize> number * BUCKET_BYTES);
    const place = buckets + <usize> number * offsetof<Bucket>();
    const bucket = changetype<Bucket>(place);
    bucket.bound = from.bound;
    bucket.value = from.value;
    bucket.series = from.series;
    bucket.above = number + 1 < members.count ? place + offsetof<Bucket>() : 0;
    member.last = member.top = place;
  }
  members.count = 0;
  members.list = at;
  return true;
}
