type Numbers = Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** Numbers by series: an array that grows with the table. */
export class Column<T extends Numbers> {
  values: T;
  readonly #make: (length: number) => T;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.values = make(FIRST_LENGTH);
  }

  /** Makes room for `index`; what is new is 0. */
  reserve(index: number): void {
    if (index < this.values.length) return;
    const grown = this.#make(Math.max(index + 1, this.values.length * 2));
    grown.set(this.values);
    this.values = grown;
  }
}

const FIRST_LENGTH = 64;

export const floats = (length: number) => new Float64Array(length);
export const integers = (length: number) => new Int32Array(length);
export const bytes = (length: number) => new Uint8Array(length);
