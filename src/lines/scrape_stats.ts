import { RuleHitCounts } from "../relabel/rule_hits.ts";
import { TextMap, TextSet } from "../exposition/text_map.ts";

/** What happened to one scrape's bytes; counted while it runs, read when it has ended. */
export class ScrapeStats {
  /** Decompressed bytes of the upstream's body that were processed. */
  inputBytes = 0;
  /** Bytes handed on, before compression. */
  outputBytes = 0;
  inputLines = 0;
  outputLines = 0;
  inputSamples = 0;
  outputSamples = 0;
  droppedByPolicy = 0;
  droppedByRules = 0;
  /** Given a name by the rules that Prometheus refuses, or with a label twice. */
  droppedAsInvalid = 0;
  /** By relabel rule: samples that it dropped, or of which it set or removed a label. */
  readonly ruleHits = new RuleHitCounts();
  /** Samples of a series of which the exposition had one before. */
  duplicateSamples = 0;
  /** Samples that went into an earlier one with the same name and labels. */
  mergedSamples = 0;
  /** Samples that met such a one but cannot be merged (quantiles, or as configured). */
  droppedUnmergeable = 0;
  /** Samples of buckets that were left out of a union, as too much lay in pieces to tell it. */
  leftOutBuckets = 0;
  /** Histograms that the format of the answer has no words for: most are native ones. */
  unsaidHistograms = 0;
  /** Families of which gauges were summed although nothing asked for that. */
  readonly summedGauges = new TextSet();
  /** Families put together from families of different types. */
  readonly typeConflicts = new TextSet();
  /** Counters that rules name without the `_total` that their samples have in OpenMetrics. */
  readonly bareCounters = new TextSet();
  /** Families that came back after a part of them was written, which ended the scrape. */
  noncontiguousFamilies = 0;
  /** Samples beyond a cardinality limit, by family and limit (`family\0limit`): see `beyondLimits`. */
  readonly limitedSamples = new TextMap<number>();
  /** The limit that was met last. */
  lastLimit = "";
  /** Those of them that were dropped, as the limits' action says. */
  droppedBeyondLimits = 0;
  /** Steps of `limits.shed` that were in force. */
  shedSteps = 0;
  /** Lines that cannot be read, as they are no sample or too long, and so were dropped. */
  droppedUnreadable = 0;
  /** The first line that could not be read, as messages show it, whether it passed or was dropped. */
  firstUnreadable: string | undefined;
  overlongLines = 0;
  unparseableLines = 0;
  failedEvaluations = 0;
  /** Targets of a gateway that could not be read. */
  missingTargets = 0;
  /** The first of them, and why. */
  firstMissing = "";
  /** Those of them of which no `weir_target_up` in the response tells. */
  unsaidTargets = 0;
  /** What the upstream, itself a Weir, says of its own response: see `shortfall.ts`. */
  readonly below = new Map<string, number>();
  /** Families of `shortfall.ts` of which the upstream has samples with other labels. */
  readonly passedShortfalls = new Set<string>();
  /** Which budget ended the scrape early. */
  truncatedBy: "input" | "output" | undefined;
  /** The budget's end must not look like the end of the exposition. */
  broken = false;

  /** Adds what another part of the same scrape counted. */
  add(part: ScrapeStats): void {
    for (const key of COUNTED) this[key] += part[key];
    this.ruleHits.merge(part.ruleHits);
    this.firstUnreadable ??= part.firstUnreadable;
    for (const family of part.summedGauges) this.summedGauges.add(family);
    for (const family of part.typeConflicts) this.typeConflicts.add(family);
    for (const family of part.bareCounters) this.bareCounters.add(family);
    for (const [key, samples] of part.limitedSamples) {
      this.limitedSamples.set(key, (this.limitedSamples.get(key) ?? 0) + samples);
    }
  }

  limited(family: string, limit: string): void {
    const key = `${family}\0${limit}`;
    this.lastLimit = limit;
    this.limitedSamples.set(key, (this.limitedSamples.get(key) ?? 0) + 1);
  }

  /** The samples beyond cardinality limits. */
  beyondLimits(): BeyondLimit[] {
    return [...this.limitedSamples].map(([key, samples]) => {
      const [family, limit] = key.split("\0");
      return { family, limit, samples };
    });
  }
}

/** So many samples of a family that were beyond the limit of that name. */
export interface BeyondLimit {
  readonly family: string;
  readonly limit: string;
  readonly samples: number;
}

const COUNTED = [
  "inputBytes",
  "outputBytes",
  "inputLines",
  "outputLines",
  "inputSamples",
  "outputSamples",
  "droppedByPolicy",
  "droppedByRules",
  "droppedAsInvalid",
  "duplicateSamples",
  "mergedSamples",
  "droppedUnmergeable",
  "leftOutBuckets",
  "unsaidHistograms",
  "noncontiguousFamilies",
  "droppedUnreadable",
  "overlongLines",
  "unparseableLines",
  "failedEvaluations",
  "droppedBeyondLimits",
] as const;
