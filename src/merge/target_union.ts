import { unionAt, unionCount } from "../aggregate/bucket_union.ts";
import type { HistogramGroup, HistogramGroups } from "./histogram_groups.ts";
import type { MergedSeries } from "./merged_series.ts";
import type { TargetRead } from "./target_read.ts";

/**
 * Makes one histogram of those of a target that fell into one group, where that has to be more than
 * plain sums: as `unions.ts` of the kernel does it in front of one target. The target has been read
 * whole.
 */
export function uniteHistograms(
  read: TargetRead,
  series: MergedSeries,
  groups: HistogramGroups,
): void {
  const members = new Map<number, number>();
  for (const [number, page] of read.pages.entries()) {
    for (const [at, begun] of page?.begun?.entries() ?? []) {
      if (begun === 0) continue;
      const group = series.groupOf(number * page!.begun!.length + at);
      members.set(group, (members.get(group) ?? 0) + begun);
    }
  }
  for (const [number, all] of members) {
    const group = groups.get(number);
    const had = group.buckets.map((bucket) => read.membersOf(bucket)).filter((count) => count > 0);
    const counted = group.count < 0 ? 0 : read.membersOf(group.count);
    const collide = all > 1 || counted > 1 || had.some((count) => count > 1);
    const whole = read.isLossy ? Math.max(...had) : all;
    const isOdd = had.some((count) => count !== whole) || (counted > 0 && counted !== whole) ||
      isRepeated(read, group);
    if (collide && isOdd) unite(read, group, whole);
  }
}

function isRepeated(read: TargetRead, { buckets }: HistogramGroup): boolean {
  return read.repeated.size > 0 && buckets.some((bucket) => read.repeated.has(bucket));
}

/** `all`: how many histograms the target has in the group. */
function unite(read: TargetRead, group: HistogramGroup, all: number): void {
  const { buckets, bounds, count } = group;
  const areSums = !isRepeated(read, group);
  let below = 0;
  let top: number[] = [];
  for (let at = 0; at < buckets.length;) {
    let increment = 0;
    let value = 0;
    let members = 0;
    // Two spellings of one bound are two series where it is text.
    const ties: number[] = [];
    for (const bound = bounds[at]; at < buckets.length && bounds[at] === bound; at++) {
      const bucket = buckets[at];
      const had = read.membersOf(bucket);
      if (had === 0) continue;
      if (read.isLossy && had !== all) {
        read.leaveOut(bucket);
        continue;
      }
      ties.push(bucket);
      increment += read.incrementOf(bucket);
      if (had === all && areSums) {
        value = read.valueOf(bucket);
        members = all;
      }
    }
    if (ties.length === 0) continue;
    below = unionAt(below, increment, value, members, all);
    setAll(read, ties, below);
    top = ties;
  }
  if (count < 0 || read.membersOf(count) === 0 || top.length === 0) return;
  const total = unionCount(below + read.incrementOf(count), read.valueOf(count));
  setAll(read, [count], total);
  if (bounds[buckets.indexOf(top[0])] === Infinity) setAll(read, top, total);
}

function setAll(read: TargetRead, series: readonly number[], value: number): void {
  for (const number of series) if (read.valueOf(number) !== value) read.set(number, value);
}
