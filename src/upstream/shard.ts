import type { Shard } from "../config/config.ts";

/**
 * Whether `address` is this shard's: of all shards it belongs to the one whose weight for it is the
 * highest (rendezvous hashing). So it belongs to exactly one, and a shard that is added takes its
 * share evenly from the others while nothing else moves.
 */
export function belongsToShard(address: string, { index, count }: Shard): boolean {
  const [low, high] = hashOf(address);
  let best = 0;
  let bestWeight = -1;
  for (let shard = 0; shard < count; shard++) {
    const weight = weightOf(low, high, shard);
    if (weight <= bestWeight) continue;
    best = shard;
    bestWeight = weight;
  }
  return best === index;
}

/**
 * Two hashes of FNV-1a's kind over the UTF-16 units. These and the weights must never change: replicas
 * of two versions share targets while one replaces the other.
 */
function hashOf(address: string): [low: number, high: number] {
  let low = 0x811c9dc5;
  let high = 0x41c6ce57;
  for (let at = 0; at < address.length; at++) {
    const unit = address.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x5f356495);
  }
  return [low, high];
}

/** 53 bits, so that ties do not happen, each of them a matter of the whole address and the shard. */
function weightOf(low: number, high: number, shard: number): number {
  const first = finished(low ^ finished(Math.imul(shard + 1, 0x9e3779b1)));
  const second = finished(high ^ first);
  return (second >>> 11) * 2 ** 32 + (first >>> 0);
}

/** MurmurHash3's finalizer: a change of any bit changes each bit of the result half the time. */
function finished(hash: number): number {
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
