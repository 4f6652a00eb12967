import { BACKSLASH, equal, QUOTE, SPACE } from "./bytes";
import { hashOf } from "./hash";
import { allocate, freeBlock, newBlock, table } from "./memory";
import { numberAt, scanNumber } from "./number";

const BRACE_OPEN: u32 = 0x7b;
const BRACE_CLOSE: u32 = 0x7d;
/** `le=`, as it lies in memory. */
const LE: u32 = 0x3d656c;

/**
 * A histogram of the output, in one family: its series differ in suffix and bound only. Lives as long
 * as they do.
 */
@unmanaged
export class Group {
  hash: u32;
  /** What its keys have before the suffix and behind it, in the key of its first series. */
  name: usize;
  nameLength: u32;
  labels: usize;
  labelsLength: u32;
  /** The last pass that it came in, and the input's histograms that went into it. */
  pass: u32;
  members: u32;
  /** Samples of its buckets, and of its count; its buckets, and the series of its count. */
  samples: u32;
  counts: u32;
  buckets: u32;
  count: usize;
  /** The next one of the family. */
  next: usize;
  /** While it is written: its series, in the order in which they are. */
  first: usize;
  last: usize;
  state: u32;
  /** The first of those histograms, and whether another one went into it, too. */
  identity: u64;
  isMixed: u32;
  /** One of them came back after it was let go as whole. */
  isLossy: u32;
  /** A histogram has several buckets in one of its series: those are no sum. */
  repeats: u32;
  /** The most samples that one of its buckets has. */
  most: u32;
}

/** In place of a group, for a series that belongs to none. */
export const NO_GROUP: usize = 1;

/** The bound of a bucket by its key; NaN for the key of another series. */
export function boundOf(key: usize, length: u32): f64 {
  const start = boundStart(key, length);
  if (start == 0) return NaN;
  const end = key + length - 2;
  return scanNumber(start) == end ? numberAt(start, end) : NaN;
}

/** Where the value of `le` begins, which stands last in the keys of buckets; 0: in another key. */
function boundStart(key: usize, length: u32): usize {
  let at = key + length - 2;
  if (length < 8 || load<u16>(at) != 0x7d22) return 0;
  while (at > key + 4 && load<u8>(at - 1) != QUOTE) at--;
  return (load<u32>(at - 4) & 0xffffff) == LE ? at : 0;
}

let slots: usize = 0;
let slotCount: u32 = 0;
let groupCount: u32 = 0;
/** The one that was found last: the next series is mostly of the same. */
let lastGroup: usize = 0;

export function clearGroups(): void {
  if (slots != 0) freeBlock(slots);
  slots = 0;
  slotCount = groupCount = 0;
  lastGroup = 0;
}

/**
 * The group of the series with this key, whose name ends in a suffix of so many bytes; 0 without
 * memory.
 */
export function groupOf(key: usize, length: u32, isBucket: bool, suffix: u32): usize {
  const isQuoted = load<u8>(key) == BRACE_OPEN;
  let end = key + length;
  // Before `,le="` or `{le="`.
  if (isBucket) end = boundStart(key, length) - 5;
  else if (load<u8>(end - 1) == BRACE_CLOSE) end--;
  if (lastGroup != 0 && isKeyOf(changetype<Group>(lastGroup), key, end, suffix + u32(isQuoted))) {
    return lastGroup;
  }
  const nameEnd = endOfName(key, length);
  const nameLength = <u32> (nameEnd - key) - suffix - u32(isQuoted);
  const labelsLength = <u32> (end - nameEnd);
  const hash = hashOf(key, nameLength) ^ rotl(hashOf(nameEnd, labelsLength), 13);
  if ((groupCount + 1) << 1 > slotCount && !growSlots()) return 0;
  const mask = slotCount - 1;
  let slot = hash & mask;
  for (;; slot = (slot + 1) & mask) {
    const at: usize = load<u32>(slots + (slot << 2));
    if (at == 0) break;
    const group = changetype<Group>(at);
    if (
      group.hash == hash && group.nameLength == nameLength && group.labelsLength == labelsLength &&
      equal(group.name, key, nameLength) && equal(group.labels, nameEnd, labelsLength)
    ) return lastGroup = at;
  }
  const added = allocate(table, offsetof<Group>());
  if (added == 0) return 0;
  memory.fill(added, 0, offsetof<Group>());
  const group = changetype<Group>(added);
  group.hash = hash;
  group.name = key;
  group.nameLength = nameLength;
  group.labels = nameEnd;
  group.labelsLength = labelsLength;
  store<u32>(slots + (slot << 2), <u32> added);
  groupCount++;
  return lastGroup = added;
}

/** Whether the key is one of the group's; `suffix` bytes stand between its name and its labels. */
function isKeyOf(group: Group, key: usize, end: usize, suffix: u32): bool {
  const labels = key + group.nameLength + suffix;
  return labels + group.labelsLength == end && equal(group.name, key, group.nameLength) &&
    equal(group.labels, labels, group.labelsLength);
}

/** Behind the name that a key begins with: a quoted one stands in the braces. */
export function endOfName(key: usize, length: u32): usize {
  const end = key + length;
  let at = key;
  if (load<u8>(key) != BRACE_OPEN) {
    while (at < end && load<u8>(at) != BRACE_OPEN && load<u8>(at) != SPACE) at++;
    return at;
  }
  for (at = key + 2; load<u8>(at) != QUOTE; at++) if (load<u8>(at) == BACKSLASH) at++;
  return at + 1;
}

function growSlots(): bool {
  const more: u32 = slotCount == 0 ? 256 : slotCount << 1;
  const grown = newBlock(more << 2);
  if (grown == 0) return false;
  memory.fill(grown, 0, more << 2);
  for (let from: u32 = 0; from < slotCount; from++) {
    const at = load<u32>(slots + (from << 2));
    if (at == 0) continue;
    let slot = changetype<Group>(<usize> at).hash & (more - 1);
    while (load<u32>(grown + (slot << 2)) != 0) slot = (slot + 1) & (more - 1);
    store<u32>(grown + (slot << 2), at);
  }
  if (slots != 0) freeBlock(slots);
  slots = grown;
  slotCount = more;
  return true;
}
