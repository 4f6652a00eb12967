import { longHashOf, mixed } from "./hash";
import { addHash, clearSet, emptySet, HASH_KNOWN, HASH_SET_BYTES, HashSet } from "./hash_set";
import { endOf, Hidden, Plan, Shape, startOf } from "./shapes";

/*
 * Which series of the input a sample is of. Where samples collide, those of one series of the input
 * are repetitions, and those of several are members of a sum. The key of the output's series tells
 * all that the plan copied; the origin tells the rest, as a sum of hashes, so that the order of
 * labels is nothing. It is 0 where nothing was left out or changed: the key tells all.
 */

/** Origins of second and later members in this pass; forgotten whole when they are `maxOrigins`. */
let maxOrigins: u32 = 0;
const members: HashSet = changetype<HashSet>(memory.data(HASH_SET_BYTES));

/** The origin that TypeScript puts together. */
export let origin: u64 = 0;

/** Its first 53 bits, as a number for TypeScript. */
export function originNumber(its: u64): f64 {
  return <f64> (its >> 11);
}

/** Begins an origin with the sample's name. */
export function beginOrigin(name: usize, length: u32): void {
  origin = mixed(longHashOf(name, length), 1);
}

/** Adds a label whose value stands in the output's series under its own name. */
export function addCopied(name: usize, length: u32): void {
  origin += mixed(longHashOf(name, length), 2);
}

/** Adds a label whose value does not. */
export function addChanged(name: usize, length: u32, value: usize, valueLength: u32): void {
  origin += labelHash(name, length, value, valueLength);
}

/** Everything of the sample stands in the output's series. */
export function endUnchanged(): void {
  origin = 0;
}

/** The origin of the line, of which the plan knows the part that lines of its signature share. */
export function originOf(plan: Plan, shape: Shape, line: usize): u64 {
  let its = plan.origin;
  for (let number: u32 = 0, at = plan.firstHidden; number < plan.hidden; number++) {
    const hidden = changetype<Hidden>(at);
    its += valueHash(hidden.name, shape, line, hidden.value);
    at += offsetof<Hidden>();
  }
  return its;
}

/** A hash of a label's name and value; those of several labels are added up, in whatever order. */
export function labelHash(name: usize, length: u32, value: usize, valueLength: u32): u64 {
  return mixed(longHashOf(name, length), longHashOf(value, valueLength));
}

/** The same for value number `value` of a line of the shape, and a hash of its label's name. */
// @ts-ignore: decorator
@inline
export function valueHash(name: u64, shape: Shape, line: usize, value: u32): u64 {
  const start = startOf(shape, value);
  return mixed(name, longHashOf(line + start, endOf(shape, value) - start));
}

/**
 * Whether a sample of this origin came into the series before, whose first one had the origin
 * `first`; otherwise remembers it.
 */
export function isRepeated(series: usize, first: u64, its: u64): bool {
  if (its == first) return true;
  const hash = mixed(its, series) | 1;
  if (members.count >= maxOrigins) emptySet(members);
  return addHash(members, hash) == HASH_KNOWN;
}

export function setMaxOrigins(most: u32): void {
  maxOrigins = most;
}

export function forgetOrigins(): void {
  if (members.count != 0) clearSet(members);
}
