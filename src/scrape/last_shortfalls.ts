import { shortfallsOf } from "../lines/shortfall.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import { messageOf } from "../problems/config_error.ts";

/** What the last scrape of each of Weir's endpoints lacked, in words, for the page. */
export class LastShortfalls {
  readonly #byPath = new Map<string, string>();
  readonly #now: () => number;

  /** `now` gives milliseconds since the Unix epoch. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** Notes a scrape that has ended; `failure` is what broke it, if anything did. */
  note(path: string, stats: ScrapeStats, failure?: unknown): void {
    const found = failure === undefined ? sentencesOf(stats) : [`failed: ${messageOf(failure)}`];
    if (found.length === 0) return void this.#byPath.delete(path);
    const at = new Date(this.#now()).toISOString().slice(11, 19);
    this.#byPath.set(path, `the scrape of ${path} at ${at} UTC ${found.join("; ")}`);
  }

  /** A sentence for each of the paths whose last scrape was not whole. */
  of(paths: readonly string[]): string[] {
    return paths.flatMap((path) => this.#byPath.get(path) ?? []);
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
  'weir_scrape_truncated{limit="input"}': () => "was cut at the input limit",
  'weir_scrape_truncated{limit="output"}': () => "was cut at the output limit",
};
