import { GuardedFamily } from "../aggregate/cardinality_guard.ts";
import { type FamilyMetadata, textTypeOf, type TypedMetadata } from "./merged_metadata.ts";

interface Offer {
  readonly metadata: FamilyMetadata;
  /** The target's place in the order of targets. */
  readonly rank: number;
  readonly agrees: boolean;
}

/**
 * One family of an output that many targets fill, as long as any of them has it. Of targets that
 * differ the first in order is heard; but a TYPE once in force stays as long as any target has it.
 */
export class MergedFamily {
  readonly name: string;
  readonly guarded = new GuardedFamily();
  /** Numbers of its series, by first appearance. */
  series: number[] = [];
  metadata: FamilyMetadata | undefined;
  /** Whether a `_bucket` was seen in it, which makes `_sum` and `_count` counters without a TYPE. */
  hasBuckets = false;
  #best: Offer | undefined;
  /** The first that had a TYPE. */
  #first: TypedMetadata | undefined;
  #isContested = false;
  /** Targets without a TYPE had its samples before one was in force. */
  #isBare = false;

  constructor(name: string) {
    this.name = name;
  }

  get seriesCount(): number {
    return this.series.length;
  }

  /** Whether the TYPE is the one in force, if one is. */
  agrees(metadata: TypedMetadata): boolean {
    return this.metadata?.type === undefined || isSameType(metadata, this.metadata);
  }

  /** Takes what a target that was read whole says of the family. */
  offer(metadata: FamilyMetadata, rank: number): void {
    const { type } = metadata;
    if (type !== undefined) {
      this.#first ??= metadata;
      if (!isSameType(metadata, this.#first)) this.#isContested = true;
    } else if (this.metadata?.type === undefined) this.#isBare = true;
    const agrees = type !== undefined && this.agrees(metadata);
    const best = this.#best;
    const isBetter = best === undefined || (agrees && !best.agrees) ||
      (agrees === best.agrees && rank < best.rank);
    if (isBetter) this.#best = { metadata, rank, agrees };
  }

  /** All targets of a scrape are read. Tells whether their TYPEs differed, and whether its changed. */
  settle(): { readonly isContested: boolean; readonly isRetyped: boolean } {
    const before = this.metadata?.type;
    if (this.#best !== undefined) this.metadata = this.#best.metadata;
    const isContested = this.#isContested;
    this.#best = this.#first = undefined;
    this.#isContested = false;
    const after = this.metadata?.type;
    // Where none was in force, what came first taught what the samples are, whatever its place.
    const isTaughtAnyhow = isContested || (this.#isBare && after !== undefined);
    const isRetyped = before === undefined ? isTaughtAnyhow : after !== before;
    if (after !== undefined) this.#isBare = false;
    return { isContested, isRetyped };
  }

  /** Its series have other numbers now; -1 for one that is gone. */
  move(moved: Int32Array): void {
    this.series = this.series.map((series) => moved[series]).filter((series) => series >= 0);
  }
}

/** Of two formats, one has no word for some types of the other: text has the fewest. */
function isSameType(one: TypedMetadata, other: TypedMetadata): boolean {
  if (one.format === other.format) return one.type === other.type;
  return textTypeOf(one.type) === textTypeOf(other.type);
}
