import { formatValue } from "../../src/exposition/format_value.ts";
import type { Crowd } from "./crowd.ts";
import { bytesOf, type Next, pick, seldom, times } from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";

/*
 * Several scrapes of several targets as one text, so that lines can be taken out of it:
 *
 *   === 30            a scrape begins, so many seconds after the one before
 *   --- a:1           a target's response follows
 *   --- b:1 cut       one that breaks off at its end
 *   --- c:1 garbled   one that need not be an exposition
 *   --- c:1 odd       one whose counters and buckets hold what they never should
 */

const ADDRESSES = ["a:1", "b:1", "c:1"];
const PATHS = ["/", "/x", "/y"];
const BOUNDS = ["0.1", "1", "2.5", "+Inf"];

/** A process with counters that rise until it starts anew. */
class Process {
  readonly #next: Next;
  /** Which families, labels and buckets it has differs from process to process. */
  readonly #bounds: readonly string[];
  #startedAt = 0;
  #counts = new Map<string, number>();
  readonly #paths: readonly string[];
  /** Of counters that it has besides. */
  readonly #names: readonly string[];

  constructor(next: Next, crowd: Crowd | undefined) {
    this.#next = next;
    this.#paths = crowd === undefined ? PATHS : [...PATHS, ...crowd.values.slice(0, 8)];
    this.#names = crowd?.names.filter(() => !seldom(next, 4)) ?? [];
    this.#bounds = BOUNDS.filter((bound) => bound === "+Inf" || !seldom(next, 4));
  }

  text(nowSeconds: number, showsStart: boolean): string {
    const next = this.#next;
    if (seldom(next, 5)) {
      this.#counts.clear();
      this.#startedAt = nowSeconds - next(5);
    }
    const paths = this.#paths.filter(() => !seldom(next, 6));
    let text = "";
    if (showsStart) {
      text +=
        `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${this.#startedAt}\n`;
    }
    text += "# HELP c_total Text.\n# TYPE c_total counter\n";
    for (const path of paths) {
      text += `c_total{path="${path}"} ${formatValue(this.#risen(`c${path}`))}\n`;
    }
    text += "# TYPE g gauge\n";
    for (const path of paths) text += `g{path="${path}"} ${next(9) - 4}\n`;
    text += "# TYPE h histogram\n";
    for (const path of paths) text += this.#histogram(path);
    text += "# TYPE s summary\n";
    for (const path of paths) {
      text += `s{path="${path}",quantile="0.5"} ${next(9)}\ns_sum{path="${path}"} ` +
        `${this.#risen(`ss${path}`)}\ns_count{path="${path}"} ${this.#risen(`sc${path}`)}\n`;
    }
    for (const name of this.#names) {
      text += `# TYPE ${name} counter\n`;
      for (const path of paths.slice(0, 2)) {
        text += `${name}{path="${path}"} ${this.#risen(name + path)}\n`;
      }
    }
    return text + `untyped{path="/"} ${next(9)}\nuntyped_total ${this.#risen("u")}\n`;
  }

  #risen(key: string): number {
    const value = (this.#counts.get(key) ?? 0) + (seldom(this.#next, 3) ? 0 : this.#next(100));
    this.#counts.set(key, value);
    return value;
  }

  #histogram(path: string): string {
    let below = 0;
    let text = "";
    for (const bound of BOUNDS) {
      below += this.#risen(`h${path}${bound}`);
      if (!this.#bounds.includes(bound)) continue;
      text += `h_bucket{path="${path}",le="${bound}"} ${below}\n`;
    }
    return text + `h_sum{path="${path}"} ${below / 2}\nh_count{path="${path}"} ${below}\n`;
  }
}

/** Two to seven scrapes; targets start anew, are missed, break off, and answer with rubbish. */
export function randomScrapes(next: Next, crowd: Crowd | undefined): string {
  const processes = ADDRESSES.map(() => new Process(next, crowd));
  const showsStart = seldom(next, 2);
  let now = 1_000;
  let text = "";
  for (let scrape = 2 + next(5); scrape > 0; scrape--) {
    const seconds = seldom(next, 9) ? 400 : 30;
    now += seconds;
    text += `=== ${seconds}\n`;
    for (const [index, address] of ADDRESSES.entries()) {
      if (seldom(next, 7)) continue;
      const body = processes[index].text(now, showsStart);
      const lines = body.split(/(?<=\n)/);
      switch (next(9)) {
        case 0:
          text += `--- ${address} cut\n${lines.slice(0, next(lines.length)).join("")}`;
          break;
        case 1:
          text += `--- ${address} garbled\n${garbled(next, body)}\n`;
          break;
        case 2:
          text += `--- ${address} odd\n${withOddValues(next, body)}`;
          break;
        case 3:
          text += `--- ${address}\n${body}${pick(next, RUBBISH)}\n`;
          break;
        default:
          text += `--- ${address}\n${body}`;
      }
    }
  }
  return text;
}

function garbled(next: Next, body: string): string {
  const bytes = mutated(next, bytesOf(body));
  return new TextDecoder().decode(bytes).replace(/^(?====|---)/gm, " ");
}

const ODD_VALUES = ["-7", "1e999", "NaN", "+Inf", "-Inf", "1e308", "5e-324", "9007199254740993"];

function withOddValues(next: Next, body: string): string {
  return body.replace(/[-\d.]+$/gm, (value) => seldom(next, 6) ? pick(next, ODD_VALUES) : value);
}

const RUBBISH = [
  "{",
  "c_total{path=",
  "c_total{} NaN",
  'c_total{path="/"} -5',
  "# TYPE c_total gauge",
  "# TYPE g counter\ng 5",
  'h_bucket{path="/",le="x"} 3',
  'h_bucket{path="/"} 3',
  `c_total{path="/z"} 1e400`,
  times(50, (i) => `c_total{path="${i}"} 1`).join("\n"),
];

export interface TargetAnswer {
  readonly address: string;
  readonly isCut: boolean;
  /** It need not be an exposition, or its values need not be what their type asks for. */
  readonly garbled: "all" | "values" | undefined;
  readonly text: string;
}

export interface Scrape {
  readonly afterSeconds: number;
  readonly answers: readonly TargetAnswer[];
}

/** Reads such a text; what stands before the first scrape or target belongs to none. */
export function readScrapes(text: string): Scrape[] {
  const [, ...scrapes] = text.split(/^=== /m);
  return scrapes.map((scrape) => {
    const [head, ...answers] = scrape.split(/^--- /m);
    return {
      afterSeconds: Number(head.split("\n")[0]) || 30,
      answers: answers.map((answer) => {
        const end = answer.indexOf("\n");
        const [address, how] = answer.slice(0, Math.max(0, end)).split(" ");
        return {
          address,
          isCut: how === "cut",
          garbled: how === "garbled" ? "all" : how === "odd" ? "values" : undefined,
          text: answer.slice(end + 1),
        };
      }),
    };
  });
}
