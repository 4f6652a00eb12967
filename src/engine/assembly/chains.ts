import { CHAINS_BYTES, FIRST_CHAINS, FIRST_HEADS, NAME_CHAINS } from "../layout";
import { freeBlock, newBlock } from "./memory";

/** More chains than these would make a look-up no shorter: what is learnt is bounded, too. */
const MOST_CHAINS: u32 = 65536;

/**
 * Entries by their hash. There are more chains as there are more entries: with few of both, what a
 * scrape looks at lies side by side, and a target that is scraped now and then finds it in the
 * processor's caches. An entry has the next one of its chain and its hash, four bytes each, at `link`.
 */
@unmanaged
export class Chains {
  /** Where the entries that come first lie, four bytes each, and the number of chains less one. */
  heads: usize;
  mask: u32;
  link: u32;
  entries: u32;
  /** Where the heads lie as long as there are few. */
  first: usize;
}

/** Those at `at`, as layout.ts has it. To be called once for each. */
export function newChains(at: usize, link: u32): Chains {
  const chains = changetype<Chains>(at);
  const number = (at - NAME_CHAINS) / CHAINS_BYTES;
  chains.heads = chains.first = FIRST_HEADS + number * (FIRST_CHAINS << 2);
  chains.mask = FIRST_CHAINS - 1;
  chains.link = link;
  return chains;
}

/** The first entry of the chain that entries with the hash are in, or 0. */
// @ts-ignore: decorator
@inline
export function firstOf(chains: Chains, hash: u32): usize {
  return load<u32>(chains.heads + ((hash & chains.mask) << 2));
}

export function addEntry(chains: Chains, entry: usize, hash: u32): void {
  if (++chains.entries > chains.mask && chains.mask + 1 < MOST_CHAINS) addChains(chains);
  store<u32>(entry + chains.link, hash, 4);
  putFirst(chains, entry, hash);
}

function putFirst(chains: Chains, entry: usize, hash: u32): void {
  const head = chains.heads + ((hash & chains.mask) << 2);
  store<u32>(entry + chains.link, load<u32>(head));
  store<u32>(head, <u32> entry);
}

/** Four times as many; as many as before where there is no memory. */
function addChains(chains: Chains): void {
  const was = chains.heads;
  const count = chains.mask + 1;
  const heads = newBlock(count << 4);
  if (heads == 0) return;
  memory.fill(heads, 0, count << 4);
  chains.heads = heads;
  chains.mask = (count << 2) - 1;
  for (let chain: u32 = 0; chain < count; chain++) {
    for (let at: usize = load<u32>(was + (chain << 2)); at != 0;) {
      const next = nextOf(chains, at);
      putFirst(chains, at, load<u32>(at + chains.link, 4));
      at = next;
    }
  }
  if (was != chains.first) freeBlock(was);
}

// @ts-ignore: decorator
@inline
function nextOf(chains: Chains, entry: usize): usize {
  return load<u32>(entry + chains.link);
}

/** Forgets all entries. */
export function clearChains(chains: Chains): void {
  if (chains.heads != chains.first) freeBlock(chains.heads);
  chains.heads = chains.first;
  chains.mask = FIRST_CHAINS - 1;
  chains.entries = 0;
  memory.fill(chains.heads, 0, FIRST_CHAINS << 2);
}
