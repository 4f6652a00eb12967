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
  readonly values: Readonly<Record<string, (stats: ScrapeStats) => number>>;
}

const SHORTFALLS: Readonly<Record<ShortfallName, Shortfall>> = {
  weir_scrape_unfiltered_lines: {
    help: "Lines of this scrape that passed unchanged because they could not be processed.",
    values: {
      '{reason="overlong"}': (stats) => stats.overlongLines,
      '{reason="unparseable"}': (stats) => stats.unparseableLines,
      '{reason="failed"}': (stats) => stats.failedEvaluations,
    },
  },
  weir_scrape_dropped_samples: {
    help: "Samples of this scrape that are missing, though no policy and no rule dropped them.",
    values: {
      '{reason="invalid"}': (stats) => stats.droppedAsInvalid,
      '{reason="limit"}': (stats) => stats.droppedBeyondLimits,
      '{reason="unreadable"}': (stats) => stats.droppedUnreadable,
      '{reason="unmergeable"}': (stats) => stats.leftOutBuckets,
      '{reason="format"}': (stats) => stats.unsaidHistograms,
    },
  },
  weir_scrape_missing_targets: {
    help: "Targets that are missing from this scrape.",
    values: { "": (stats) => stats.unsaidTargets },
  },
  weir_scrape_truncated: {
    help: "How often a byte limit cut this scrape short.",
    values: {
      '{limit="input"}': ({ truncatedBy }) => Number(truncatedBy === "input"),
      '{limit="output"}': ({ truncatedBy }) => Number(truncatedBy === "output"),
    },
  },
  weir_scrape_shed_steps: {
    help: "Steps of limits.shed that took labels or metrics out of this scrape.",
    values: { "": (stats) => stats.shedSteps },
  },
};

/** Made once: each scrape goes through them. */
const SAMPLES = SHORTFALL_NAMES.map((name) => ({
  name,
  help: SHORTFALLS[name].help,
  samples: Object.entries(SHORTFALLS[name].values).map(([labels, value]) => ({
    key: name + labels,
    value,
  })),
}));

const NAMES: ReadonlySet<string> = new Set(SHORTFALL_NAMES);
/** The samples that a response may have of those families. */
export const SHORTFALL_KEYS: ReadonlySet<string> = new Set(
  SAMPLES.flatMap(({ samples }) => samples.map(({ key }) => key)),
);

/**
 * What is to be said of a scrape: nothing of one that is whole. A family that the upstream has spoken
 * of in other words, and that passed, is not introduced a second time.
 */
export function shortfallsOf(stats: ScrapeStats): OwnFamily[] {
  const families: OwnFamily[] = [];
  for (const { name, help, samples } of SAMPLES) {
    const said: OwnFamily["samples"][number][] = [];
    for (const { key, value: valueOf } of samples) {
      const value = valueOf(stats) + (stats.below.get(key) ?? 0);
      if (value > 0) said.push({ key, value });
    }
    if (said.length === 0) continue;
    const head = stats.passedShortfalls.has(name) ? "" : gaugeHead(name, help);
    families.push({ name, head, samples: said });
  }
  return families;
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
