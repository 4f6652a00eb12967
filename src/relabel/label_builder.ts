import { compareNames } from "./label_name.ts";

/** "The value of input label number i, not decoded": never that of a label whose value is empty. */
export type ValueRef = number;

/** A value that is known, or a copy of an input label's value that nobody needed to read. */
export type LabelValue = string | ValueRef;

export type LabelEntry = readonly [name: string, value: LabelValue];

/**
 * The labels of one sample while rules work on them: Prometheus's `labels.Builder` over symbolic
 * values. What `reads` does not name had no influence on the outcome, so that the outcome holds for
 * every sample with the same labels and the same values of those that `reads` names.
 */
export class LabelBuilder {
  /** The input labels whose values were read. */
  readonly reads: Set<number> = new Set();
  /** How often a label was set, or one that was there removed. */
  edits = 0;

  readonly #base: readonly LabelEntry[];
  readonly #resolve: (input: ValueRef) => string;
  readonly #madeBy: (rule: unknown) => ValueRef | undefined;
  readonly #texts: (string | undefined)[] = [];
  readonly #added: [name: string, value: LabelValue][] = [];
  readonly #deleted = new Set<string>();

  /**
   * `base` are the input labels in any order, `__name__` among them. A label whose value is empty
   * is absent: give it as "" or leave it out, for a reference stands for a value that is not empty.
   * `resolve` returns the unescaped value of an input label; it is called at most once for each.
   * `madeBy` returns a reference for the values that a rule makes, if they are not to be read.
   */
  constructor(
    base: Iterable<LabelEntry>,
    resolve: (input: ValueRef) => string = noReferences,
    madeBy: (rule: unknown) => ValueRef | undefined = () => undefined,
  ) {
    this.#base = [...base]
      .filter(([, value]) => value !== "")
      .sort(([left], [right]) => compareNames(left, right));
    this.#resolve = resolve;
    this.#madeBy = madeBy;
  }

  /** Returns the value of a label as text, "" when it is absent, and notes what was read for it. */
  get(name: string): string {
    const value = this.value(name);
    if (typeof value === "string") return value;
    this.reads.add(value);
    return this.#texts[value] ??= this.#resolve(value);
  }

  /** Returns the value of a label without reading it; "" when it is absent. */
  value(name: string): LabelValue {
    for (const added of this.#added) if (added[0] === name) return added[1];
    if (this.#deleted.has(name)) return "";
    for (const [baseName, value] of this.#base) if (baseName === name) return value;
    return "";
  }

  /** Returns the value that a label had before any change, unread; "" when it was absent. */
  original(name: string): LabelValue {
    return this.#base.find(([baseName]) => baseName === name)?.[1] ?? "";
  }

  /** Sets a label: one added before keeps its place. The empty value deletes it. */
  set(name: string, value: LabelValue): void {
    if (value === "") return this.delete(name);
    this.edits++;
    const added = this.#added.find((entry) => entry[0] === name);
    if (added === undefined) this.#added.push([name, value]);
    else added[1] = value;
  }

  /** Sets a label to what a rule has made of values. */
  setMade(rule: unknown, name: string, value: string): void {
    this.set(name, value === "" ? value : this.#madeBy(rule) ?? value);
  }

  delete(name: string): void {
    if (this.value(name) !== "") this.edits++;
    const index = this.#added.findIndex((entry) => entry[0] === name);
    if (index >= 0) this.#added.splice(index, 1);
    this.#deleted.add(name);
  }

  /**
   * Returns the labels as they are now, unread, in the order of `Builder.Range`: those of the base
   * that were neither deleted nor overridden, by name, and then the added ones as they came. Later
   * changes do not show in it.
   */
  range(): LabelEntry[] {
    const overridden = new Set(this.#deleted);
    for (const [name] of this.#added) overridden.add(name);
    const labels = this.#base.filter(([name]) => !overridden.has(name));
    for (const [name, value] of this.#added) labels.push([name, value]);
    return labels;
  }

  /** Returns the labels by name, as `Builder.Labels` does: with `__name__`, values unread. */
  result(): LabelEntry[] {
    return this.range().sort(([left], [right]) => compareNames(left, right));
  }
}

function noReferences(input: ValueRef): string {
  throw new RangeError(`no value for input label ${input}`);
}
