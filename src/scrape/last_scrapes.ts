import { droppedByStage, type DroppedStage } from "../lines/dropped_by_stage.ts";
import { shortfallsOf } from "../lines/shortfall.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import { messageOf } from "../problems/config_error.ts";

/** What is known of a scrape that has ended. Plain data. */
export interface LastScrape {
  /** When it ended: milliseconds since the Unix epoch. */
  readonly endedAtMs: number;
  /** From the request to the upstream to the last byte that was handed on. */
  readonly durationSeconds: number;
  /** What the client got; 200 as well where the transfer broke off behind its first byte. */
  readonly status: number;
  /** `truncated`: a byte limit cut it. */
  readonly outcome: "complete" | "truncated" | "failed";
  /** What it failed of. */
  readonly error?: string;
  /** As the upstream sent it, uncompressed. */
  readonly input: Size;
  /** As clients got it, uncompressed. */
  readonly output: Size;
  /** Samples that are not in the output, by what kept them out. */
  readonly dropped: Readonly<Record<DroppedStage, number>>;
  /** Samples that went into an earlier one. */
  readonly merged: number;
  /** What it lacked, in words, though no rule and no policy asked for that. */
  readonly shortfalls: readonly string[];
}

export interface Size {
  readonly bytes: number;
  readonly samples: number;
}

/** How a scrape ended. */
export interface ScrapeEnd {
  readonly stats: ScrapeStats;
  readonly durationSeconds: number;
  readonly status: number;
  /** What broke it, if anything did. */
  readonly failure?: unknown;
}

/** The last scrape of each of a route's endpoints: of its path, and of its subsets'. */
export class LastScrapes {
  readonly #byPath = new Map<string, LastScrape>();
  readonly #left = new Map<string, number>();
  readonly #now: () => number;

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes a scrape that has ended. */
  note(path: string, { stats, durationSeconds, status, failure }: ScrapeEnd): void {
    const error = failure === undefined ? undefined : messageOf(failure);
    const isCut = stats.truncatedBy !== undefined;
    this.#left.delete(path);
    this.#byPath.set(path, {
      endedAtMs: this.#now(),
      durationSeconds,
      status,
      outcome: error !== undefined ? "failed" : isCut ? "truncated" : "complete",
      ...error === undefined ? {} : { error },
      input: { bytes: stats.inputBytes, samples: stats.inputSamples },
      output: { bytes: stats.outputBytes, samples: stats.outputSamples },
      dropped: droppedByStage(stats),
      merged: stats.mergedSamples,
      shortfalls: error === undefined ? sentencesOf(stats) : [],
    });
  }

  /** Notes a scrape whose client left before it ended: nothing is known of it. */
  left(path: string): void {
    this.#left.set(path, this.leftSince(path) + 1);
  }

  of(path: string): LastScrape | undefined {
    return this.#byPath.get(path);
  }

  /** Scrapes whose clients left, since the last one that ended. */
  leftSince(path: string): number {
    return this.#left.get(path) ?? 0;
  }

  /** Lets go of endpoints that are there no more. */
  retain(paths: { has(path: string): boolean }): void {
    for (const path of [...this.#byPath.keys(), ...this.#left.keys()]) {
      if (paths.has(path)) continue;
      this.#byPath.delete(path);
      this.#left.delete(path);
    }
  }
}

function sentencesOf(stats: ScrapeStats): string[] {
  const { missingTargets, firstMissing } = stats;
  const said = shortfallsOf(stats).flatMap(({ name, samples }) =>
    // They are named below, whether the response names them or not.
    name === "weir_scrape_missing_targets"
      ? []
      : samples.map(({ key, value }) => SENTENCES[key]?.(value) ?? `says ${key} ${value}`)
  );
  if (missingTargets === 0) return said;
  const some = missingTargets === 1 ? "1 target" : `${missingTargets} targets, the first`;
  return [`is without ${some}: ${firstMissing}`, ...said];
}

const lines = (value: number) => value === 1 ? "1 line" : `${value} lines`;
const samples = (value: number) => value === 1 ? "1 sample" : `${value} samples`;

/** By the samples that the response says it with. */
export const SENTENCES: Readonly<Record<string, (value: number) => string>> = {
  'weir_scrape_unfiltered_lines{reason="overlong"}': (value) =>
    `passed ${lines(value)} unfiltered, as over-long`,
  'weir_scrape_unfiltered_lines{reason="unparseable"}': (value) =>
    `passed ${lines(value)} unfiltered, as unreadable`,
  'weir_scrape_unfiltered_lines{reason="failed"}': (value) =>
    `passed ${lines(value)} that a policy could not be evaluated on`,
  'weir_scrape_dropped_samples{reason="invalid"}': (value) =>
    `dropped ${samples(value)} without a valid name after the rules, or with a label twice`,
  'weir_scrape_dropped_samples{reason="limit"}': (value) =>
    `dropped ${samples(value)} beyond the cardinality limits`,
  'weir_scrape_dropped_samples{reason="unreadable"}': (value) =>
    `dropped ${lines(value)} that cannot be read`,
  'weir_scrape_dropped_samples{reason="unmergeable"}': (value) =>
    `left out buckets of ${samples(value)}, whose histograms lie in pieces`,
  'weir_scrape_dropped_samples{reason="format"}': (value) =>
    `left out ${
      value === 1 ? "1 histogram" : `${value} histograms`
    } that its format has no words for`,
  "weir_scrape_shed_steps": (value) =>
    `gave up what ${
      value === 1 ? "1 step" : `${value} steps`
    } of limits.shed take, as it has more ` +
    "series than limits.series",
  'weir_scrape_truncated{limit="input"}': () => "was cut at the input limit",
  'weir_scrape_truncated{limit="output"}': () => "was cut at the output limit",
};
