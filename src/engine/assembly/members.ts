import { block, reader } from "./families";
import { allocate, Arena, freeBlock, newBlock, release } from "./memory";
import { addHash, clearSet, emptySet, HashSet, hasHash } from "./hash_set";
import { longHashOf, mixed } from "./hash";
import { labelHash, valueHash } from "./origin";
import { changed, comparedWith, nameOf, Shape } from "./shapes";

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
  scope: u32;
  /** A hash of its labels but the bound, whatever their order. */
  identity: u64;
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
  /** The histogram at hand: where its buckets go, and its identity as `Member` has it. */
  scope: u32;
  identity: u64;
  /** Its buckets in the row; or its list, where they are kept. Neither: there is none. */
  count: u32;
  list: usize;
  /** Where the last bucket's line lies, in the block `block`. */
  line: usize;
  block: u32;
  kept: u32;
  isLossy: u32;
  /** Those that were let go as whole: a `HashSet`. */
  goneSlots: usize;
  goneSlotCount: u32;
  goneCount: u32;
}

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
/** The histogram was let go as whole: what the bucket rises is not known. */
export let comesBack: bool = false;
/** There is a bucket after it, of the series `upper`, which counts so much less now. */
export let hasUpper: bool = false;
export let upper: u32 = 0;

/** The line at hand, its shape if the kernel knows it, and its identity once that is needed. */
let line: usize = 0;
let lineShape: usize = 0;
let identity: u64 = 0;
let isIdentified: bool = false;
/** Whether it is of the same histogram as the line before it; UNSURE where nothing tells. */
let likeness: u32 = 0;
const UNSURE: u32 = 0;
const SAME: u32 = 1;
const OTHER: u32 = 2;

export function setMostOpen(bytes: u32): void {
  mostBytes = bytes;
}

/**
 * Sets the line that `rise` is to take, whose histogram has the name at `name`; its labels but the
 * bound are to be added.
 */
export function setLine(at: usize, name: usize, length: u32): void {
  line = at;
  lineShape = 0;
  identity = longHashOf(name, length);
  isIdentified = true;
  likeness = UNSURE;
}

export function addLabel(name: usize, length: u32, value: usize, valueLength: u32): void {
  identity += labelHash(name, length, value, valueLength);
}

/** Sets a line of the shape, which was matched just now. */
export function setShapeLine(shape: Shape, at: usize): void {
  line = at;
  lineShape = changetype<usize>(shape);
  isIdentified = false;
  likeness = UNSURE;
  if (shape.bound < 0) return;
  const members = changetype<Members>(reader.members);
  if (reader.members == 0 || comparedWith == 0) return;
  if (members.line != comparedWith || members.block != block) return;
  // What stands before the first value that has changed is the same in both lines.
  if (changed < <u32> shape.bound) likeness = OTHER;
  else if (<u32> shape.bound + 1 == shape.values) likeness = SAME;
}

/** The identity of the histogram that the line is of. */
export function identityOfLine(): u64 {
  if (isIdentified) return identity;
  const shape = changetype<Shape>(lineShape);
  identity = shape.histogram;
  for (let value: u32 = 0; value < shape.values; value++) {
    if (value == <u32> shape.bound) continue;
    identity += valueHash(nameOf(shape, value), shape, line, value);
  }
  isIdentified = true;
  return identity;
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
 * elsewhere are others. Without `mayRepeat` one that `repeats` is not taken, as it may be a sample
 * that came before, which counts nothing.
 */
export function rise(scope: u32, series: u32, bound: f64, value: f64, mayRepeat: bool): void {
  increment = 0;
  begins = hasUpper = repeats = comesBack = false;
  // What is no number counts nothing.
  if (!isFinite(value)) return;
  if (reader.members == 0 && !newMembers()) return;
  const members = changetype<Members>(reader.members);
  const isSame = (members.count > 0 || members.list != 0) && members.scope == scope &&
    (likeness == SAME || (likeness == UNSURE && members.identity == identityOfLine()));
  members.line = line;
  members.block = block;
  if (!isSame && !begin(members, scope)) {
    comesBack = hasHash(goneOf(members), goneHash(members));
    if (comesBack) return drop(members);
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
  insert(members, series, bound, value, mayRepeat);
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
function insert(
  members: Members,
  series: u32,
  bound: f64,
  value: f64,
  mayRepeat: bool,
): void {
  const member = changetype<Member>(members.list);
  let below = member.last;
  if (below != 0 && bound < changetype<Bucket>(below).bound) below = 0;
  let above = below == 0 ? member.first : changetype<Bucket>(below).above;
  let steps: u32 = 0;
  for (; above != 0 && changetype<Bucket>(above).bound <= bound && steps < MOST_STEPS; steps++) {
    below = above;
    above = changetype<Bucket>(above).above;
  }
  const isRepeat = below != 0 && changetype<Bucket>(below).series == series;
  if (isRepeat && !mayRepeat) {
    repeats = true;
    return;
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
    repeats = isRepeat;
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
  if (top.bound == Infinity || !(count > top.value)) return 0;
  if (members.identity != identityOfLine()) return 0;
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

// @ts-ignore: decorator
@inline
function goneOf(members: Members): HashSet {
  return changetype<HashSet>(changetype<usize>(members) + offsetof<Members>("goneSlots"));
}

// @ts-ignore: decorator
@inline
function goneHash(members: Members): u64 {
  return mixed(members.identity, members.scope) | 1;
}

/** Remembers that the one at hand was whole, as long as there are not too many. */
function letGo(members: Members): void {
  const gone = goneOf(members);
  if (gone.slotCount << 7 > mostBytes && (gone.count + 1) << 1 > gone.slotCount) emptySet(gone);
  addHash(gone, goneHash(members));
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
  if (members.goneCount > 0) clearSet(goneOf(members));
  drop(members);
}

/** No histogram is at hand. */
function drop(members: Members): void {
  members.count = 0;
  members.list = members.line = 0;
}

/** The reader of these ends; 0: it has none. */
export function freeMembers(at: usize): void {
  if (at == 0) return;
  const members = changetype<Members>(at);
  clear(members);
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

/** The line's histogram comes to be at hand. True if it has a list already, false if it is new. */
function begin(members: Members, scope: u32): bool {
  leave(members);
  members.scope = scope;
  members.identity = identityOfLine();
  members.line = line;
  if (members.kept == 0) return false;
  let at: usize = load<u32>(chainOf(members, members.identity));
  for (; at != 0; at = changetype<Member>(at).next) {
    const member = changetype<Member>(at);
    if (member.identity != members.identity || member.scope != scope) continue;
    members.list = at;
    return true;
  }
  return false;
}

// @ts-ignore: decorator
@inline
function chainOf(members: Members, identity: u64): usize {
  return chains(members) + ((<usize> identity & (CHAINS - 1)) << 2);
}

/** Another histogram's buckets come: keeps the one at hand if more of it may come. */
function leave(members: Members): void {
  if (members.count > 0) {
    const last = changetype<Bucket>(row(members) + <usize> (members.count - 1) * BUCKET_BYTES);
    // Where buckets came in pieces, more of this one's may come, too.
    const isTidy = members.kept == 0 || members.size << 1 > mostBytes;
    const isWhole = isTidy && members.count > 1 && last.bound == Infinity;
    if (!isWhole && !listRow(members)) forget(members);
    else if (isWhole) letGo(members);
  }
  const at = members.list;
  drop(members);
  if (at == 0 || changetype<Member>(at).isKept != 0) return;
  const member = changetype<Member>(at);
  const chain = chainOf(members, member.identity);
  member.next = load<u32>(chain);
  store<u32>(chain, <u32> at);
  member.isKept = 1;
  members.kept++;
}

/** Makes the row a list. False where there is too much, or no memory. */
function listRow(members: Members): bool {
  const arena = changetype<Arena>(members);
  if (members.size > mostBytes) return false;
  const at = allocate(arena, offsetof<Member>());
  const buckets = at == 0 ? 0 : allocate(arena, members.count * <u32> offsetof<Bucket>());
  if (buckets == 0) return false;
  const member = changetype<Member>(at);
  memory.fill(at, 0, offsetof<Member>());
  member.scope = members.scope;
  member.identity = members.identity;
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
