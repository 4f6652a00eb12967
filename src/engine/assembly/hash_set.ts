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

/** What `addHash` has found. */
export const HASH_KNOWN: u32 = 0;
const HASH_ADDED: u32 = 1;
export const HASH_NO_MEMORY: u32 = 2;

export function hasHash(set: HashSet, hash: u64): bool {
  return set.count != 0 && load<u64>(slotOf(set, hash)) == hash;
}

/** Adds a hash if it is not there. */
export function addHash(set: HashSet, hash: u64): u32 {
  if ((set.count + 1) << 1 > set.slotCount && !growSet(set)) return HASH_NO_MEMORY;
  const slot = slotOf(set, hash);
  if (load<u64>(slot) == hash) return HASH_KNOWN;
  store<u64>(slot, hash);
  set.count++;
  return HASH_ADDED;
}

/** Takes all hashes out; the room for them stays. */
export function emptySet(set: HashSet): void {
  memory.fill(set.slots, 0, set.slotCount << 3);
  set.count = 0;
}

/** Gives the room back, too. */
export function clearSet(set: HashSet): void {
  if (set.slots != 0) freeBlock(set.slots);
  set.slots = 0;
  set.slotCount = set.count = 0;
}

/** Where the hash lies, or would lie. */
// @ts-ignore: decorator
@inline
function slotOf(set: HashSet, hash: u64): usize {
  const mask = set.slotCount - 1;
  // The lowest bit is set in all hashes that must not be 0.
  let slot = <u32> (hash >> 1) & mask;
  let at = set.slots + (<usize> slot << 3);
  let known = load<u64>(at);
  while (known != 0 && known != hash) {
    slot = (slot + 1) & mask;
    at = set.slots + (<usize> slot << 3);
    known = load<u64>(at);
  }
  return at;
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
    if (hash != 0) store<u64>(slotOf(set, hash), hash);
  }
  if (before != 0) freeBlock(before);
  return true;
}
