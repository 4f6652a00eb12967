import { unionAt, unionCount } from "../../aggregate/bucket_union";
import { LEFT_OUT_BUCKETS } from "../layout";
import { reader } from "./families";
import { Group, NO_GROUP } from "./groups";
import { isLossy } from "./members";
import { count } from "./output";
import { firstValue, Series } from "./series";
import { OutFamily } from "./shapes";

/*
 * Histograms in which samples have collided, before they are written. Those whose members all have
 * the same bounds are plain sums already. Of others the union is made, their buckets in order.
 */

/** Where a group is on its way: its series stand side by side, or not. */
const TOGETHER: u32 = 1;
const SCATTERED: u32 = 2;
/** Its series were set, and are to be put into order; its first one has the place of all. */
const ODD: u32 = 3;
const PLACED: u32 = 4;

/** Makes unions of the family's histograms that need one, and puts the series of each together. */
export function unite(out: OutFamily): void {
  if (out.isScattered == 0 && areSums(out)) return;
  collect(out);
  let isAnyOdd = false;
  for (let at = out.groups; at != 0; at = changetype<Group>(at).next) {
    const group = changetype<Group>(at);
    // What is not known of all members holds for those of the bounds that most of them have.
    const all = isLossy(reader.members) ? group.most : group.members;
    const isOdd = needsUnion(group, all);
    if (!isOdd && group.state != SCATTERED) continue;
    group.first = sorted(group.first);
    if (isOdd) setUnion(group, all);
    group.state = ODD;
    isAnyOdd = true;
  }
  if (isAnyOdd) putInOrder(out);
}

/** Whether all samples of each histogram's members went into all of its buckets, and its count. */
function areSums(out: OutFamily): bool {
  for (let at = out.groups; at != 0; at = changetype<Group>(at).next) {
    const group = changetype<Group>(at);
    if (group.samples != group.members * group.buckets || group.repeats != 0) return false;
    if (group.counts != 0 && group.counts != group.members) return false;
  }
  return true;
}

/** Lists the series of each of the family's histograms. */
function collect(out: OutFamily): void {
  let previous: usize = 0;
  for (let at = out.first; at != 0; at = changetype<Series>(at).next) {
    const series = changetype<Series>(at);
    const groupAt = series.group;
    const isFirst = groupAt != previous;
    previous = groupAt;
    if (groupAt <= NO_GROUP) continue;
    const group = changetype<Group>(groupAt);
    series.above = 0;
    if (group.state == 0) {
      group.state = TOGETHER;
      group.first = at;
    } else {
      if (isFirst) group.state = SCATTERED;
      changetype<Series>(group.last).above = at;
    }
    group.last = at;
    if (isBucket(at)) group.most = max(group.most, series.members);
  }
}

/** Whether something collides in it, and its series are no sums of the same `all` members. */
function needsUnion(group: Group, all: u32): bool {
  let isOdd = group.repeats != 0;
  let collide = group.isMixed != 0;
  for (let at = group.first; at != 0; at = changetype<Series>(at).above) {
    const members = changetype<Series>(at).members;
    if (members > 1) collide = true;
    if (members != all && (at == group.count || isBucket(at))) isOdd = true;
  }
  return isOdd && collide && group.most > 0;
}

// @ts-ignore: decorator
@inline
function isBucket(at: usize): bool {
  return !isNaN(changetype<Series>(at).bound);
}

/** The list by ascending bound, what has none behind, and otherwise in the order that it has. */
function sorted(list: usize): usize {
  if (list == 0 || changetype<Series>(list).above == 0) return list;
  let middle = list;
  for (let end = changetype<Series>(list).above; end != 0;) {
    end = changetype<Series>(end).above;
    if (end == 0) break;
    end = changetype<Series>(end).above;
    middle = changetype<Series>(middle).above;
  }
  const half = changetype<Series>(middle).above;
  changetype<Series>(middle).above = 0;
  let one = sorted(list);
  let other = sorted(half);
  let first: usize = 0;
  let last: usize = 0;
  while (one != 0 || other != 0) {
    const isOther = one == 0 || (other != 0 && isBelow(other, one));
    const at = isOther ? other : one;
    if (isOther) other = changetype<Series>(at).above;
    else one = changetype<Series>(at).above;
    if (last == 0) first = at;
    else changetype<Series>(last).above = at;
    last = at;
  }
  changetype<Series>(last).above = 0;
  return first;
}

// @ts-ignore: decorator
@inline
function isBelow(one: usize, other: usize): bool {
  const bound = changetype<Series>(one).bound;
  return bound < changetype<Series>(other).bound || (!isBucket(other) && isBucket(one));
}

/** Sets the buckets and the count of a sorted group to the union of its `all` members. */
function setUnion(group: Group, all: u32): void {
  if (group.isLossy != 0 || isLossy(reader.members)) leaveOut(group, all);
  let below: f64 = 0;
  let top: usize = 0;
  let at = group.first;
  while (at != 0 && isBucket(at)) {
    const bound = changetype<Series>(at).bound;
    // Two spellings of one bound are two series where it is text.
    let increment: f64 = 0;
    let value: f64 = 0;
    let members: u32 = 0;
    top = at;
    for (; at != 0 && changetype<Series>(at).bound == bound; at = changetype<Series>(at).above) {
      increment += changetype<Series>(at).increment;
      if (changetype<Series>(at).members == all && group.repeats == 0) {
        value = valueOf(at);
        members = all;
      }
    }
    below = unionAt(below, increment, value, members, all);
    for (let tie = top; tie != at; tie = changetype<Series>(tie).above) setValue(tie, below);
  }
  if (group.count == 0 || top == 0) return;
  const more = changetype<Series>(group.count).increment;
  const total = unionCount(below + more, valueOf(group.count));
  setValue(group.count, total);
  if (changetype<Series>(top).bound != Infinity) return;
  for (; top != at; top = changetype<Series>(top).above) setValue(top, total);
}

/** Takes buckets that not all members have out of the group, and what they are made of is lost. */
function leaveOut(group: Group, all: u32): void {
  let last: usize = 0;
  for (let at = group.first; at != 0; at = changetype<Series>(at).above) {
    const series = changetype<Series>(at);
    if (isBucket(at) && series.members != all) {
      count(LEFT_OUT_BUCKETS, series.members);
      continue;
    }
    if (last == 0) group.first = at;
    else changetype<Series>(last).above = at;
    last = at;
  }
  if (last != 0) changetype<Series>(last).above = 0;
}

function valueOf(at: usize): f64 {
  const series = changetype<Series>(at);
  return series.members == 1 ? firstValue(series) : series.running;
}

/** A sample that is worth the same by itself keeps its text. */
function setValue(at: usize, value: f64): void {
  const series = changetype<Series>(at);
  if (series.members == 1) {
    if (firstValue(series) == value) return;
    series.members = 2;
  }
  series.running = value;
}

/** Puts the series of the groups that were set side by side, where the first of each stands. */
function putInOrder(out: OutFamily): void {
  let last: usize = 0;
  for (let at = out.first; at != 0; at = changetype<Series>(at).next) {
    const group = changetype<Group>(changetype<Series>(at).group);
    if (changetype<usize>(group) > NO_GROUP && group.state == PLACED) continue;
    if (changetype<usize>(group) > NO_GROUP && group.state == ODD) {
      group.state = PLACED;
    }
    if (last == 0) out.first = at;
    else changetype<Series>(last).next = at;
    last = at;
  }
  changetype<Series>(last).next = 0;
  last = 0;
  for (let at = out.first; at != 0;) {
    const next = changetype<Series>(at).next;
    const group = changetype<Group>(changetype<Series>(at).group);
    const isPlace = changetype<usize>(group) > NO_GROUP && group.state == PLACED;
    let put = isPlace ? group.first : at;
    while (put != 0) {
      if (last == 0) out.first = put;
      else changetype<Series>(last).next = put;
      last = put;
      put = isPlace ? changetype<Series>(put).above : 0;
    }
    at = next;
  }
  changetype<Series>(last).next = 0;
  out.last = last;
}
