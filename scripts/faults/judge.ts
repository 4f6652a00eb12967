import { keyOf, linesOf, readExposition, readSample } from "./exposition_reading.ts";
import { filtered, type Mode, sortedLines, sortedText, summed, sums } from "./right_answer.ts";
import { shopText, SIZES } from "./shop.ts";

/** Judges bodies of status 200 by what the upstream's text makes them. */
export interface Judge {
  /**
   * `texts`: what may be read of the upstream's response. Returns whether the body is all of one of
   * them, or less and says so; undefined where it is neither.
   */
  judge(body: string, texts: readonly string[]): "complete" | "said" | undefined;
}

/** What rules and policies were in force may change under a scrape: each is a right answer. */
export interface InForce {
  dropped: readonly RegExp[];
  labels: readonly (readonly string[])[];
}

export const POLICIES = /^drop_/;
export const RULES = ["path"];

export function judgeOf(mode: Mode, inForce: InForce): Judge {
  if (mode === "gateway") return new GatewayJudge(inForce);
  return {
    judge: (body, texts) => {
      const isRight = mode === "sidecar"
        ? texts.some((text) =>
          inForce.dropped.some((dropped) => filteredOnce(text, dropped) === body)
        )
        : texts.some((text) =>
          inForce.labels.some((labels) => summedOnce(text, labels) === sortedLines(body))
        );
      return isRight ? "complete" : undefined;
    },
  };
}

const filteredOnce = remembered((text, dropped: RegExp) => filtered(text, dropped));
const summedOnce = remembered((text, labels: readonly string[]) => summed(text, labels));

/** The last few results: an upstream alternates between few texts. */
function remembered<T>(make: (text: string, rule: T) => string): (text: string, rule: T) => string {
  const known = new Map<string, string>();
  return (text, rule) => {
    const key = `${rule}\n${text}`;
    let found = known.get(key);
    if (found === undefined) {
      if (known.size >= 8) known.clear();
      known.set(key, found = make(text, rule));
    }
    return found;
  };
}

/** Of the counters of the target that is faulty: they always stand still. */
const STANDING = readExposition(shopText(SIZES[0]));
const STEADY_COUNTER = 'shop_requests_total{code="200"}';

/**
 * A gateway's answer holds the sums of the targets that it says are up, the counters of all that it
 * has ever read, and nothing else. Each steady target's counter is its serial, which is exposed as a
 * gauge too, so that what the total has to be stands in the answer itself.
 */
export class GatewayJudge implements Judge {
  readonly #inForce: InForce;
  /** Total less the serials, once known: the first answer decides. */
  #offset: number | undefined;
  #serials = new Map<string, number>();
  /** The last total that was answered. */
  total = 0;

  /** `kept`: what the state file had when this process began. */
  constructor(inForce: InForce, kept = 0) {
    this.#inForce = inForce;
    this.total = kept;
  }

  judge(body: string, texts: readonly string[]): "complete" | "said" | undefined {
    const ups = [...body.matchAll(/^weir_target_up\{target="(.*)"\} ([01])$/gm)]
      .map(([, , up]) => up === "1");
    const serials = [...body.matchAll(/^steady_serial\{steady="(.*)"\} (\d+)$/gm)]
      .map(([, name, serial]) => [name, Number(serial)] as const);
    const upCount = ups.filter((up) => up).length;
    const faultyIsUp = upCount > serials.length;
    if (ups.length < 3 || upCount > serials.length + 1) return undefined;
    if (!this.#totalIsRight(body, serials)) return undefined;
    const samples = linesOf(body).filter((line) => !/^# |^weir_target_/.test(line));
    const found = sortedText(samples.map(labelsSorted));
    const candidates = faultyIsUp ? texts : [undefined];
    const isRight = this.#inForce.labels.some((labels) =>
      candidates.some((text) => this.#samples(text, serials, labels) === found)
    );
    if (!isRight || !metadataIsOnce(body)) return undefined;
    return upCount === ups.length ? "complete" : "said";
  }

  #samples(
    text: string | undefined,
    serials: readonly (readonly [string, number])[],
    labels: readonly string[],
  ): string {
    const faulty = text === undefined ? STANDING_COUNTERS : readExposition(text);
    const steady = serials.map(([name, serial]) => readExposition(steadyGauges(name, serial)));
    const readings = [faulty, ...steady];
    const counter = (key: string, family: string) => {
      if (key === STEADY_COUNTER) return this.total;
      return /^shop_(requests|seconds)/.test(family) ? 0 : undefined;
    };
    const lines = sums(readings, labels, counter).filter((line) => !line.startsWith("#"));
    return sortedText(lines.map(labelsSorted));
  }

  /** Where a steady target is missing its counter stands; exactness comes with its return. */
  #totalIsRight(body: string, serials: readonly (readonly [string, number])[]): boolean {
    const line = linesOf(body).find((line) => line.startsWith(`${STEADY_COUNTER} `));
    const total = Number(line === undefined ? NaN : readSample(line)!.value);
    for (const [name, serial] of serials) this.#serials.set(name, serial);
    const known = [...this.#serials.values()].reduce((sum, serial) => sum + serial, 0);
    // What was counted before the first scrape is no increase.
    this.#offset ??= this.total - known;
    const wanted = known + this.#offset;
    const isRight = serials.length === STEADY_TARGETS.length
      ? total === wanted
      : total >= this.total;
    this.total = total;
    return isRight;
  }
}

export const STEADY_TARGETS = ["a", "b"];

const STANDING_COUNTERS = {
  ...STANDING,
  others: [],
  samples: STANDING.samples.filter(({ name }) => /^shop_(requests|seconds)/.test(name)),
};

/** The gauges of `steadyText`. */
function steadyGauges(name: string, serial: number): string {
  return 'shop_items{path="/0",shelf="0"} 1000\n' +
    `steady_serial{steady="${name}"} ${serial}\n`;
}

/** Targets may have the same labels in other orders. */
function labelsSorted(line: string): string {
  const sample = readSample(line);
  if (sample === undefined) return line;
  const labels = sample.labels.toSorted(([a], [b]) => a < b ? -1 : 1);
  return `${keyOf({ ...sample, labels }, [])} ${sample.value}`;
}

/** No family has a HELP or a TYPE twice. */
function metadataIsOnce(body: string): boolean {
  const lines = linesOf(body).filter((line) => line.startsWith("# "))
    .map((line) => line.split(" ", 3).join(" "));
  return new Set(lines).size === lines.length;
}
