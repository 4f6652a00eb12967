import { classicPartsOf, type HistogramGroup, type HistogramGroups } from "./histogram_groups.ts";
import type { MergedSeries } from "./merged_series.ts";
import type { TargetRead } from "./target_read.ts";

// A histogram has a native part, a classic one, or both, and what is composed of lines has one count for
// both. So where targets differ the part is written that all of them have.

const CLASSIC = 1;
const NATIVE = 2;

/** Which parts of a histogram one metric may have. */
export interface Forms {
  readonly classic: boolean;
  readonly native: boolean;
  /** Targets have the other part alone: it is missing in what is written. */
  readonly isPartial: boolean;
}

const BOTH: Forms = { classic: true, native: true, isPartial: false };

/** In which form the targets of one scrape have their histograms. */
export class HistogramForms {
  /** By the group's number, the parts that some target has without the other, as bits. */
  readonly #alone = new Map<number, number>();

  /** Begins the next scrape. */
  begin(): void {
    this.#alone.clear();
  }

  /** Takes note of a target that was read whole. */
  note(read: TargetRead, series: MergedSeries, groups: HistogramGroups): void {
    const done = new Set<number>();
    read.forEach((number) => {
      const group = series.groupOf(number);
      if (group < 0 || done.has(group)) return;
      done.add(group);
      const parts = groups.get(group);
      if (parts.native < 0) return;
      const hasNative = read.natives.has(parts.native);
      const hasClassic = classicPartsOf(parts).some((part) => read.membersOf(part) > 0);
      if (hasNative === hasClassic) return;
      this.#alone.set(group, (this.#alone.get(group) ?? 0) | (hasNative ? NATIVE : CLASSIC));
    });
  }

  /**
   * What can be written of a group with a native part as one metric. `ownersOf` tells how many have a
   * series: targets, or their samples.
   */
  of(
    number: number,
    group: HistogramGroup,
    series: MergedSeries,
    ownersOf: (part: number) => number,
  ): Forms {
    const parts = classicPartsOf(group);
    const seenAt = Math.max(...parts.map((part) => series.seenAt(part)));
    const alone = this.#alone.get(number) ?? 0;
    // What a target shows in other formats only is older than what it shows now.
    if (parts.length === 0 || seenAt < series.seenAt(group.native)) {
      return { ...BOTH, classic: false };
    }
    const more = Math.max(...parts.map(ownersOf)) - ownersOf(group.native);
    if (alone === (CLASSIC | NATIVE)) return { classic: false, native: true, isPartial: true };
    if (alone === CLASSIC || more > 0) return { ...BOTH, native: false };
    return alone === NATIVE || more < 0 ? { ...BOTH, classic: false } : BOTH;
  }
}
