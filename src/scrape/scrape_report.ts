import { MAX_REPORTED_FAMILIES } from "../bounds.ts";
import { log } from "../telemetry/log.ts";
import type { Counter } from "../telemetry/metrics.ts";
import type { ScrapeMetrics, ScrapeOutcome, ScrapePath } from "../telemetry/weir_metrics.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import type { ScrapeSettings } from "./scrape_context.ts";
import type { BodyEnd } from "./gathered_body.ts";
import { droppedByStage } from "../lines/dropped_by_stage.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";

/** Adds what one scrape counted to Weir's own metrics. */
export function countScrape(metrics: ScrapeMetrics, stats: ScrapeStats): void {
  const { droppedSamples, passedThroughLines } = metrics;
  metrics.inputBytes.inc(stats.inputBytes);
  metrics.outputBytes.inc(stats.outputBytes);
  metrics.inputSamples.inc(stats.inputSamples);
  metrics.outputSamples.inc(stats.outputSamples);
  // Those beyond a limit are counted by limit and family below.
  const { limit: _, ...dropped } = droppedByStage(stats);
  for (const stage in dropped) count(droppedSamples, stage, dropped[stage as keyof typeof dropped]);
  metrics.mergedSamples.inc(stats.mergedSamples);
  metrics.gaugeSums.inc(stats.summedGauges.size);
  metrics.typeConflicts.inc(stats.typeConflicts.size);
  metrics.noncontiguousFamilies.inc(stats.noncontiguousFamilies);
  for (const { family, limit, samples } of stats.beyondLimits()) {
    metrics.limitedSamples.with(family, limit).inc(samples);
  }
  count(passedThroughLines, "overlong", stats.overlongLines);
  count(passedThroughLines, "unparseable", stats.unparseableLines);
  count(passedThroughLines, "evaluation_error", stats.failedEvaluations);
  if (stats.truncatedBy !== undefined) metrics.truncations.with(stats.truncatedBy).inc();
}

/** Most of what is counted happens in no scrape: then its counter is not even looked up. */
function count(counter: Counter<readonly [string]>, label: string, events: number): void {
  if (events > 0) counter.with(label).inc(events);
}

export interface EndedScrape {
  readonly path: ScrapePath;
  readonly outcome: ScrapeOutcome;
  readonly end: BodyEnd;
  readonly outputBytes: number;
}

/** Logs how one client's scrape ended. */
export function reportScrape({ path, outcome, end, outputBytes }: EndedScrape): void {
  if (outcome === "aborted" && end.outcome === "broken") {
    const error = end.error instanceof UpstreamError ? end.error.message : String(end.error);
    log.warn("scrape broken off", { path, error, bytes: outputBytes });
  }
  log.debug("scrape ended", { path, outcome, output_bytes: outputBytes });
}

/** Logs what an operator should know of what was processed, at most a line for each thing. */
export function reportStats(path: ScrapePath, stats: ScrapeStats, settings: ScrapeSettings): void {
  if (stats.truncatedBy !== undefined) {
    log.warn("scrape truncated", { path, ...truncation(stats, settings) });
  }
  const { overlongLines, unparseableLines, failedEvaluations } = stats;
  if (overlongLines + unparseableLines + failedEvaluations > 0) {
    log.warn("lines passed unfiltered", {
      path,
      overlong: overlongLines,
      unparseable: unparseableLines,
      evaluation_error: failedEvaluations,
      first: stats.firstUnreadable,
    });
  }
  if (stats.droppedUnreadable > 0) {
    log.warn("lines dropped that cannot be read", {
      path,
      lines: stats.droppedUnreadable,
      first: stats.firstUnreadable,
    });
  }
  if (stats.droppedAsInvalid > 0) {
    log.warn("samples dropped: without a valid name after the rules, or with a label twice", {
      path,
      samples: stats.droppedAsInvalid,
    });
  }
  if (stats.duplicateSamples > 0) {
    log.warn("samples dropped: the upstream sent their series twice", {
      path,
      samples: stats.duplicateSamples,
    });
  }
  if (stats.droppedBeyondLimits > 0) {
    log.warn("samples dropped beyond cardinality limits", {
      path,
      samples: stats.droppedBeyondLimits,
    });
  }
  const rules = path === settings.path || !path.startsWith(settings.path)
    ? settings.enforced.rules
    : settings.enforced.subsets.get(path.slice(settings.path.length + 1));
  if (rules !== undefined) reportFamilies(stats, rules.reported);
  log.debug("scrape processed", {
    path,
    input_bytes: stats.inputBytes,
    output_bytes: stats.outputBytes,
    dropped_samples: stats.droppedByPolicy + stats.droppedByRules,
    merged_samples: stats.mergedSamples,
  });
}

/** Names each family once as long as the same rules are in force. */
function reportFamilies(stats: ScrapeStats, reported: Set<string>): void {
  for (const family of stats.summedGauges) {
    if (!isNews(reported, `gauge ${family}`)) continue;
    log.warn("gauges were summed: declare a function under aggregation if that is not meant", {
      family,
    });
  }
  for (const family of stats.bareCounters) {
    if (!isNews(reported, `counter ${family}`)) continue;
    log.warn("a rule names a counter without the _total that its samples have in OpenMetrics", {
      family,
      sample: `${family}_total`,
    });
  }
  for (const family of stats.typeConflicts) {
    if (!isNews(reported, `type ${family}`)) continue;
    log.warn("families of different types became one: the first type stays", { family });
  }
}

function isNews(reported: Set<string>, subject: string): boolean {
  if (reported.has(subject) || reported.size >= MAX_REPORTED_FAMILIES) return false;
  reported.add(subject);
  return true;
}

function truncation(stats: ScrapeStats, { config }: ScrapeSettings) {
  return {
    limit: stats.truncatedBy,
    limit_bytes: stats.truncatedBy === "input"
      ? config.scrape.maxInputBytes
      : config.scrape.maxOutputBytes,
    on_limit: config.scrape.onLimit,
    broken: stats.broken,
    input_bytes: stats.inputBytes,
    input_lines: stats.inputLines,
    output_bytes: stats.outputBytes,
    output_lines: stats.outputLines,
  };
}
