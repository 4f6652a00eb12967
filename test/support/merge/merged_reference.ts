import type { Process } from "./target_model.ts";

/** Contributions by output series (`c_total{code="200"}`). */
type Contributions = Map<string, number>;

interface Known {
  contributions: Contributions;
  startedAt: number | undefined;
  readAt: number;
  /** It was asked, and never read. */
  isBaseline: boolean;
}

/** A target as a scrape found it; no process: it was not read. */
export interface Found {
  readonly address: string;
  readonly process: Process | undefined;
}

/** Every bound of the model, the last as `+Inf`. */
const BOUNDS = ["1.0", "2.0", "5.0", "8.0", "+Inf"];

/**
 * What the specification says of sums over targets, done slowly. A histogram is taken at every bound
 * there is: where a target has none, it counts what its next lower bucket does.
 */
export class ReferenceGateway {
  readonly totals: Contributions = new Map();
  readonly #known = new Map<string, Known>();
  readonly #ttl: number;
  #previous = -Infinity;

  constructor(ttlSeconds: number) {
    this.#ttl = ttlSeconds;
  }

  /** Returns the value of each output series. */
  scrape(now: number, targets: readonly Found[]): Map<string, number> {
    const oldest = Math.min(now - this.#ttl, this.#previous);
    for (const [address, { readAt }] of this.#known) {
      if (readAt < oldest) this.#known.delete(address);
    }
    const gauges: number[] = [];
    for (const { address, process } of targets) {
      if (process !== undefined) {
        gauges.push(process.events.size);
        this.#read(now, address, process);
      } else if (this.#previous === -Infinity) {
        const nothing = { contributions: new Map(), startedAt: undefined };
        this.#known.set(address, { ...nothing, readAt: now, isBaseline: true });
      }
    }
    if (this.#known.size > 0) this.#previous = now;
    const output = new Map<string, number>();
    for (const { contributions } of this.#known.values()) {
      for (const series of contributions.keys()) output.set(series, this.totals.get(series) ?? 0);
    }
    if (gauges.length > 0) output.set("g", gauges.reduce((sum, value) => sum + value));
    return output;
  }

  #read(now: number, address: string, process: Process): void {
    const known = this.#known.get(address);
    const contributions = contributionsOf(process);
    const startedAt = process.showsStart ? process.startedAt : undefined;
    const mode = this.#modeOf(known, contributions, startedAt);
    this.#known.set(address, { contributions, startedAt, readAt: now, isBaseline: false });
    if (mode === "baseline") return;
    const before = mode === "full" ? new Map() : known!.contributions;
    for (const [series, value] of contributions) {
      if (!series.startsWith("c_total")) continue;
      const increase = value - (before.get(series) ?? 0);
      if (increase > 0) this.#raise(series, increase);
    }
    const codes = [...contributions.keys()].filter((series) => series.startsWith("h_count"))
      .map((series) => series.slice("h_count".length));
    for (const code of codes) this.#raiseHistogram(code, before, contributions);
  }

  #modeOf(
    known: Known | undefined,
    now: Contributions,
    startedAt: number | undefined,
  ): "baseline" | "full" | "rise" {
    if (this.#previous === -Infinity) return "baseline";
    if (known === undefined || known.isBaseline) {
      if (startedAt !== undefined) return startedAt >= this.#previous ? "full" : "baseline";
      return known === undefined ? "full" : "baseline";
    }
    if (startedAt !== undefined && known.startedAt !== undefined) {
      return startedAt !== known.startedAt ? "full" : "rise";
    }
    const compared = [...known.contributions].filter(([series, value]) =>
      value !== 0 && now.has(series)
    );
    const fallen = compared.filter(([series, value]) => now.get(series)! < value);
    return fallen.length > compared.length / 2 ? "full" : "rise";
  }

  #raiseHistogram(code: string, before: Contributions, now: Contributions): void {
    const own = [...now.keys()].filter((series) =>
      series === `h_count${code}` || (series.startsWith("h_bucket") && series.includes(inner(code)))
    );
    if (own.some((series) => now.get(series)! < (before.get(series) ?? 0))) return;
    let value = 0;
    let last = 0;
    let increase = 0;
    for (const bound of BOUNDS) {
      const series = bucket(code, bound);
      value = now.get(series) ?? value;
      last = before.get(series) ?? last;
      // Another series in its place may have more in a lower bucket and as many in all.
      increase = Math.max(increase, value - last);
      this.#raise(series, increase);
    }
    this.#raise(`h_count${code}`, increase);
    const sum = `h_sum${code}`;
    this.#raise(sum, Math.max(0, now.get(sum)! - (before.get(sum) ?? 0)));
  }

  #raise(series: string, increase: number): void {
    this.totals.set(series, (this.totals.get(series) ?? 0) + increase);
  }
}

function contributionsOf({ bounds, events, observed }: Process): Contributions {
  const contributions: Contributions = new Map();
  for (const [key, value] of events) {
    const series = `c_total{code="${key.split("\0")[1]}"}`;
    contributions.set(series, (contributions.get(series) ?? 0) + value);
  }
  for (const [name, values] of observed) {
    const code = `{code="${name}"}`;
    for (const bound of bounds) {
      const below = values.filter((value) => value <= bound);
      contributions.set(bucket(code, `${bound}.0`), below.length);
    }
    contributions.set(bucket(code, "+Inf"), values.length);
    contributions.set(`h_sum${code}`, values.reduce((sum, value) => sum + value, 0));
    contributions.set(`h_count${code}`, values.length);
  }
  return contributions;
}

function inner(code: string): string {
  return code.slice(1, -1);
}

function bucket(code: string, bound: string): string {
  return `h_bucket{${inner(code)},le="${bound}"}`;
}
