/** What becomes of a family's samples where their names alone decide, and all go the same way. */
export interface FamilyFate {
  readonly isKept: boolean;
}

/** A family of a body of composite metrics. */
export interface NamedFamily {
  readonly name: Uint8Array;
  /** Prometheus's MetricType. */
  readonly type: number;
  /** What was found last, and by whom; for the walker. */
  judged: { readonly by: object; readonly version: number; readonly fate: FamilyFate | undefined };
}

/**
 * Looks through metrics which need not be lifted, as their samples' names alone decide what becomes of
 * them. Metrics that a lifted way may treat otherwise, it leaves to that.
 */
export interface MetricWalker {
  /** Other bytes come. */
  begin(): void;
  /** Undefined where it rests on more than names, or the samples go different ways. */
  fateOf(family: NamedFamily): FamilyFate | undefined;
  /**
   * Returns where the metrics end, at most `most`, that lie one after the other from `start` on and can be
   * left unlifted: `start` where the first one cannot, or is not there as a whole. They are held until
   * `count` or `forget`.
   */
  walk(
    bytes: Uint8Array,
    start: number,
    end: number,
    family: NamedFamily,
    most?: number,
  ): number;
  /** Counts what was walked, and so many lines of metadata. Returns how many samples it is. */
  count(fate: FamilyFate, metadataLines: number): number;
  forget(): void;
}
