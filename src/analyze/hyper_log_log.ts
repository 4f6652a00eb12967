/** 4,096 registers: a standard error of 1.6 %. */
const REGISTER_BITS = 12;
const REGISTERS = 1 << REGISTER_BITS;
/** A register holds the position of the first set bit of 32, or 33. */
const MOST = 33;

/** Estimates how many distinct hashes there were, in 4 KiB: HyperLogLog. */
export class HyperLogLog {
  static readonly bytes = REGISTERS;
  readonly #registers = new Uint8Array(REGISTERS);

  add(low: number, high: number): void {
    const register = low >>> 32 - REGISTER_BITS;
    const rank = Math.clz32(high) + 1;
    if (rank > this.#registers[register]) this.#registers[register] = rank;
  }

  addAll(other: HyperLogLog): void {
    for (let i = 0; i < REGISTERS; i++) {
      this.#registers[i] = Math.max(this.#registers[i], other.#registers[i]);
    }
  }

  /** Ertl's estimator, unbiased over the whole range ("New cardinality estimation algorithms"). */
  get estimate(): number {
    const counts = new Float64Array(MOST + 1);
    for (const rank of this.#registers) counts[rank]++;
    let sum = REGISTERS * tau(1 - counts[MOST] / REGISTERS);
    for (let rank = MOST - 1; rank >= 1; rank--) sum = 0.5 * (sum + counts[rank]);
    sum += REGISTERS * sigma(counts[0] / REGISTERS);
    return Math.round(REGISTERS * REGISTERS / (2 * Math.LN2 * sum));
  }
}

function sigma(x: number): number {
  if (x === 1) return Infinity;
  let sum = x;
  for (let before = -1, weight = 1; sum !== before; weight *= 2) {
    before = sum;
    x *= x;
    sum += x * weight;
  }
  return sum;
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let sum = 1 - x;
  for (let before = -1, weight = 0.5; sum !== before; weight /= 2) {
    before = sum;
    x = Math.sqrt(x);
    sum -= (1 - x) ** 2 * weight;
  }
  return sum / 3;
}
