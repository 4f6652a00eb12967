/**
 * A set of label values: some texts, or all texts but some. These are closed under what rules do, so
 * that "which values can this label have here" always has an answer, if only "any".
 */
export class ValueSet {
  static readonly any: ValueSet = new ValueSet([], true);
  /** Of a label that is absent. */
  static readonly empty: ValueSet = new ValueSet([""], false);
  static readonly nonEmpty: ValueSet = new ValueSet([""], true);

  /** The members, or with `isComplement` all that are none. */
  readonly values: ReadonlySet<string>;
  readonly isComplement: boolean;

  private constructor(values: Iterable<string>, isComplement: boolean) {
    this.values = new Set(values);
    this.isComplement = isComplement;
  }

  static of(values: Iterable<string>): ValueSet {
    return new ValueSet(values, false);
  }

  has(value: string): boolean {
    return this.values.has(value) !== this.isComplement;
  }

  /** True when no value is possible: no sample gets here. */
  get isNothing(): boolean {
    return !this.isComplement && this.values.size === 0;
  }

  /** True when the label is absent in every sample. */
  get isAbsent(): boolean {
    return !this.isComplement && this.values.size === 1 && this.values.has("");
  }

  /** The members where they can be counted. */
  get list(): readonly string[] | undefined {
    return this.isComplement ? undefined : [...this.values];
  }

  intersect(other: ValueSet): ValueSet {
    if (this.isComplement && other.isComplement) {
      return new ValueSet([...this.values, ...other.values], true);
    }
    const [finite, filter] = this.isComplement ? [other, this] : [this, other];
    return new ValueSet([...finite.values].filter((value) => filter.has(value)), false);
  }

  union(other: ValueSet): ValueSet {
    return this.complement().intersect(other.complement()).complement();
  }

  minus(other: ValueSet): ValueSet {
    return this.intersect(other.complement());
  }

  complement(): ValueSet {
    return new ValueSet(this.values, !this.isComplement);
  }

  equals(other: ValueSet): boolean {
    return this.isComplement === other.isComplement && this.values.size === other.values.size &&
      [...this.values].every((value) => other.values.has(value));
  }
}
