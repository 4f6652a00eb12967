import { floatOf } from "../exposition/float_bytes.ts";
import {
  gaugeHead,
  type OwnFamily,
  SHORTFALL_NAMES,
  type ShortfallName,
} from "../exposition/own_families.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodePlain } from "../exposition/text.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

// What a response says of itself where it is less than the whole, or was not all looked at: its last
// families, which are not there in a whole one.

interface Shortfall {
  readonly help: string;
  /** By the samples' labels; 0: there is none. */
  readonly values: (stats: ScrapeStats) => Readonly<Record<string, number>>;
}

const SHORTFALLS: Readonly<Record<ShortfallName, Shortfall>> = {
  weir_scrape_unfiltered_lines: {
    help: "Lines of this scrape that passed unchanged because they could not be processed.",
    values: (stats) => ({
      '{reason="overlong"}': stats.overlongLines,
      '{reason="unparseable"}': stats.unparseableLines,
      '{reason="failed"}': stats.failedEvaluations,
    }),
  },
  weir_scrape_dropped_samples: {
    help: "Samples of this scrape that are missing, though no policy and no rule dropped them.",
    values: (stats) => ({
      '{reason="invalid"}': stats.droppedAsInvalid,
      '{reason="limit"}': stats.droppedBeyondLimits,
      '{reason="unreadable"}': stats.droppedUnreadable,
      '{reason="unmergeable"}': stats.leftOutBuckets,
      '{reason="format"}': stats.unsaidHistograms,
    }),
  },
  weir_scrape_missing_targets: {
    help: "Targets that are missing from this scrape.",
    values: (stats) => ({ "": stats.unsaidTargets }),
  },
  weir_scrape_truncated: {
    help: "How often a byte limit cut this scrape short.",
    values: ({ truncatedBy }) => ({
      '{limit="input"}': Number(truncatedBy === "input"),
      '{limit="output"}': Number(truncatedBy === "output"),
    }),
  },
  weir_scrape_shed_steps: {
    help: "Steps of limits.shed that took labels or metrics out of this scrape.",
    values: (stats) => ({ "": stats.shedSteps }),
  },
};

const NAMES: ReadonlySet<string> = new Set(SHORTFALL_NAMES);
/** The samples that a response may have of those families. */
export const SHORTFALL_KEYS: ReadonlySet<string> = new Set(
  SHORTFALL_NAMES.flatMap((name) =>
    Object.keys(SHORTFALLS[name].values({} as ScrapeStats)).map((labels) => name + labels)
  ),
);

/**
 * What is to be said of a scrape: nothing of one that is whole. A family that the upstream has spoken
 * of in other words, and that passed, is not introduced a second time.
 */
export function shortfallsOf(stats: ScrapeStats): OwnFamily[] {
  return SHORTFALL_NAMES.flatMap((name) => {
    const { help, values } = SHORTFALLS[name];
    const samples = Object.entries(values(stats)).map(([labels, value]) => {
      const key = name + labels;
      return { key, value: value + (stats.below.get(key) ?? 0) };
    }).filter(({ value }) => value > 0);
    const head = stats.passedShortfalls.has(name) ? "" : gaugeHead(name, help);
    return samples.length === 0 ? [] : [{ name, head, samples }];
  });
}

/**
 * Takes note of a sample by which an upstream that is a Weir, too, says the same of its own response:
 * both become one sample, as a series may stand in a response only once. False for any other sample:
 * one with other labels, as a gateway may give it, passes.
 */
export function noteBelow(
  name: string,
  bytes: Uint8Array,
  start: number,
  { valueStart, valueEnd }: SampleSpans,
  stats: ScrapeStats,
): boolean {
  if (!isShortfall(name)) return false;
  const key = decodePlain(bytes, start, valueStart).trimEnd();
  return addBelow(name, key, floatOf(bytes, valueStart, valueEnd), stats);
}

/** The same for a sample whose series and value are known. */
export function addBelow(name: string, key: string, value: number, stats: ScrapeStats): boolean {
  const { below, passedShortfalls } = stats;
  const isKnown = SHORTFALL_KEYS.has(key) && Number.isFinite(value);
  if (isKnown) below.set(key, (below.get(key) ?? 0) + value);
  else passedShortfalls.add(name);
  return isKnown;
}

/** Whether the family says what is missing in a response. */
export function isShortfall(name: string): boolean {
  return NAMES.has(name);
}
