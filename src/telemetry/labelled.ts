import { MAX_METRIC_CHILDREN } from "../bounds.ts";

/** One string per label name, in the order of the names. */
export type LabelValues<Names extends readonly string[]> = { readonly [K in keyof Names]: string };

const overflowValue = "weir_overflow";

/**
 * The children of a metric by their label values, bounded: once `maxChildren` exist, further
 * combinations share one child whose values all read `weir_overflow`, so that totals stay right.
 */
export class Labelled<Names extends readonly string[], Child> {
  readonly #names: readonly string[];
  readonly #make: () => Child;
  readonly #maxChildren: number;
  readonly #children = new Map<string, { values: LabelValues<Names>; child: Child }>();
  #overflow: Child | undefined;

  constructor(
    names: Names | undefined,
    make: () => Child,
    maxChildren: number = MAX_METRIC_CHILDREN,
  ) {
    this.#names = names ?? [];
    this.#make = make;
    this.#maxChildren = maxChildren;
  }

  /** How many children there are, the overflow child included. */
  get size(): number {
    return this.#children.size + (this.#overflow === undefined ? 0 : 1);
  }

  /**
   * The child of these label values, made when it is not there yet. It may be kept, but after its
   * removal what it records is shown nowhere.
   */
  with(...values: LabelValues<Names>): Child {
    const key = keyOf(values);
    const known = this.#children.get(key);
    if (known) return known.child;
    if (this.#children.size >= this.#maxChildren) return this.#overflow ??= this.#make();
    const child = this.#make();
    this.#children.set(key, { values, child });
    return child;
  }

  /** Returns whether there was such a child. */
  remove(...values: LabelValues<Names>): boolean {
    return this.#children.delete(keyOf(values));
  }

  /** Removes the children that `keep` refuses. The overflow child stays: it stands for many. */
  retain(keep: (...values: LabelValues<Names>) => boolean): void {
    for (const [key, { values }] of this.#children) {
      if (!keep(...values)) this.#children.delete(key);
    }
  }

  /** Label pairs and child, in the order of creation, the overflow child last. */
  *children(): Generator<[labels: [string, string][], child: Child]> {
    for (const { values, child } of this.#children.values()) {
      yield [this.#names.map((name, i) => [name, values[i]]), child];
    }
    if (this.#overflow !== undefined) {
      yield [this.#names.map((name) => [name, overflowValue]), this.#overflow];
    }
  }
}

/** No two sequences of as many values are alike. */
function keyOf(values: readonly string[]): string {
  if (values.length <= 1) return values[0] ?? "";
  let key = "";
  for (const value of values) key += `${value.length}:${value}`;
  return key;
}
