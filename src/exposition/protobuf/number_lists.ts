/** Integers of 32 bits, in an array that grows. */
export class IntList {
  values = new Int32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Int32Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}

/** Doubles, in an array that grows. */
export class DoubleList {
  values = new Float64Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.values.length) {
      const grown = new Float64Array(this.length * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.length++] = value;
  }
}

/**
 * Integers of 64 bits, each as two halves of 32 bits: `low` and `high` of a varint. Whether they have
 * a sign is their reader's matter.
 */
export class LongList {
  readonly #halves = new IntList();

  get length(): number {
    return this.#halves.length / 2;
  }

  clear(): void {
    this.#halves.length = 0;
  }

  push(low: number, high: number): void {
    this.#halves.push(low);
    this.#halves.push(high);
  }

  low(index: number): number {
    return this.#halves.values[2 * index] >>> 0;
  }

  high(index: number): number {
    return this.#halves.values[2 * index + 1] >>> 0;
  }
}
