/** What a process has counted: exact, whatever a scrape makes of it. */
export interface Process {
  /** Unix seconds. */
  readonly startedAt: number;
  readonly showsStart: boolean;
  /** Bounds of its histogram's buckets, without `+Inf`. */
  readonly bounds: readonly number[];
  /** Events by path and code (`path\0code`). */
  readonly events: Map<string, number>;
  /** Observations (whole numbers) by code. */
  readonly observed: Map<string, number[]>;
}

export type Next = (largest: number) => number;

/** How the life of the targets goes. `kind`: a clean life has nothing that is counted twice. */
export type Life = "clean" | "any";

const LAYOUTS = [[1, 5], [1, 2, 5], [2, 8], [5]];
const CODES = ["200", "404", "500"];

/** One address: the process behind it, and whether a scrape lists and reaches it. */
export class ModelTarget {
  process: Process | undefined;
  isListed = true;
  isReached = true;
  readonly #next: Next;
  readonly #life: Life;
  readonly #showsStart: boolean;
  readonly #bounds: readonly number[];
  #left = false;

  constructor(next: Next, life: Life) {
    this.#next = next;
    this.#life = life;
    this.#showsStart = life === "clean" || next(1) === 0;
    this.#bounds = LAYOUTS[next(LAYOUTS.length - 1)];
    if (next(3) > 0) this.#start(0, 1000);
  }

  /** `seconds` pass until `now`. Returns how many events of `c_total` happened. */
  live(now: number, seconds: number): number {
    const next = this.#next;
    let events = 0;
    if (this.process === undefined) {
      this.isListed = this.isReached = false;
      if (!this.#left && next(5) === 0) this.#start(now, next(9));
      // It has been running for long, elsewhere.
      else if (!this.#left && next(15) === 0) {
        this.#start(now, seconds + 1000);
        this.#work();
      } else return 0;
    } else if (next(11) === 0) this.#start(now, next(seconds - 1));
    else if (next(25) === 0) {
      this.process = undefined;
      this.isListed = next(1) === 0;
      this.isReached = false;
      this.#left = this.#life === "clean";
      return 0;
    }
    events += this.#work();
    if (this.#life === "any" && next(7) === 0) this.#lose();
    this.isListed = next(14) > 0;
    this.isReached = next(9) > 0;
    return events;
  }

  #start(now: number, ago: number): void {
    this.process = {
      startedAt: now - ago,
      showsStart: this.#showsStart,
      // A restart with other bounds has to be seen, or what rose is anybody's guess.
      bounds: this.#showsStart ? LAYOUTS[this.#next(LAYOUTS.length - 1)] : this.#bounds,
      events: new Map(),
      observed: new Map(),
    };
  }

  #work(): number {
    const next = this.#next;
    const { events, observed } = this.process!;
    let happened = 0;
    for (let i = next(6); i > 0; i--) {
      const key = `/${next(3)}\0${CODES[next(2)]}`;
      const more = next(5);
      happened += more;
      events.set(key, (events.get(key) ?? 0) + more);
    }
    for (let i = next(4); i > 0; i--) {
      const code = CODES[next(1)];
      observed.set(code, [...observed.get(code) ?? [], next(10)]);
    }
    return happened;
  }

  /** An input series goes, as that of an ingress that is deleted. */
  #lose(): void {
    const { events, observed } = this.process!;
    const which = this.#next(1) === 0 ? events : observed;
    const keys = [...which.keys()];
    if (keys.length > 0) which.delete(keys[this.#next(keys.length - 1)]);
  }
}

/** What the process exposes. */
export function expositionOf({ startedAt, showsStart, bounds, events, observed }: Process): string {
  let text = "# TYPE c_total counter\n";
  for (const [key, value] of events) {
    const [path, code] = key.split("\0");
    text += `c_total{path="${path}",code="${code}"} ${value}\n`;
  }
  text += "# TYPE h histogram\n";
  for (const [code, values] of observed) {
    for (const bound of bounds) {
      const count = values.filter((value) => value <= bound).length;
      text += `h_bucket{code="${code}",le="${bound}"} ${count}\n`;
    }
    text += `h_bucket{code="${code}",le="+Inf"} ${values.length}\n`;
    text += `h_sum{code="${code}"} ${values.reduce((sum, value) => sum + value, 0)}\n`;
    text += `h_count{code="${code}"} ${values.length}\n`;
  }
  text += `# TYPE g gauge\ng ${events.size}\n`;
  return showsStart ? `${text}process_start_time_seconds ${startedAt}\n` : text;
}
