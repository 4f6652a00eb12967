import { freeBlock, newBlock } from "./memory";

const FIRST_SLOTS: u32 = 1024;

/** A set of hashes, of which 0 is none. */
@unmanaged
export class HashSet {
  slots: usize;
  slotCount: u32;
  count: u32;
}

export const HASH_SET_BYTES = 16;

export function hasHash(set: HashSet, hash: u64): bool {
  if (set.count == 0) return false;
  const mask = set.slotCount - 1;
  let slot = <u32> hash & mask;
  let known = load<u64>(set.slots + (<usize> slot << 3));
  while (known != 0 && known != hash) {
    slot = (slot + 1) & mask;
    known = load<u64>(set.slots + (<usize> slot << 3));
  }
  return known != 0;
}

/** Adds a hash that is not there. False: no memory. */
export function addHash(set: HashSet, hash: u64): bool {
  if ((set.count + 1) << 1 > set.slotCount && !growSet(set)) return false;
  put(set, hash);
  set.count++;
  return true;
}

export function clearSet(set: HashSet): void {
  if (set.slots != 0) freeBlock(set.slots);
  set.slots = 0;
  set.slotCount = set.count = 0;
}

function put(set: HashSet, hash: u64): void {
  const mask = set.slotCount - 1;
  let slot = <u32> hash & mask;
  while (load<u64>(set.slots + (<usize> slot << 3)) != 0) slot = (slot + 1) & mask;
  store<u64>(set.slots + (<usize> slot << 3), hash);
}

function growSet(set: HashSet): bool {
  const more = set.slotCount == 0 ? FIRST_SLOTS : set.slotCount << 1;
  const grown = newBlock(more << 3);
  if (grown == 0) return false;
  memory.fill(grown, 0, more << 3);
  const before = set.slots;
  const known = set.slotCount;
  set.slots = grown;
  set.slotCount = more;
  for (let slot: u32 = 0; slot < known; slot++) {
    const hash = load<u64>(before + (<usize> slot << 3));
    if (hash != 0) put(set, hash);
  }
  if (before != 0) freeBlock(before);
  return true;
}
