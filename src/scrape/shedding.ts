import {
  RELEASE_SHARE,
  RELEASED_AFTER_SCRAPES,
  RELEASED_AFTER_SCRAPES_AT_MOST,
} from "../bounds.ts";
import type { RulesInForce } from "../lines/rules_in_force.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import type { SheddingRules } from "../lines/shed_steps.ts";
import { log } from "../telemetry/log.ts";
import type { ScrapeMetrics } from "../telemetry/weir_metrics.ts";

export interface SheddingOptions {
  /** Of the route. */
  readonly path: string;
  /** `limits.series`. */
  readonly series: number;
  readonly rules: SheddingRules;
  readonly metrics: Pick<ScrapeMetrics, "shedActive" | "shedChanges">;
}

/** How a scrape is taken that begins now. */
export interface ShedScrape {
  /** So many steps are in force for it. */
  readonly count: number;
  readonly rules: RulesInForce;
  /** The rules without the last of them; undefined where there is none. */
  readonly trial: RulesInForce | undefined;
}

/**
 * Which steps of `limits.shed` are in force for a route: the first ones, and as few as keep its scrapes
 * within `limits.series`. One is taken after a scrape that was beyond it. One is given back when
 * scrapes, one after the other, would have had clearly fewer series without it: each is taken a second
 * time without that step, and counted. Where a step that was given back is soon wanted again, it takes
 * twice as many scrapes the next time.
 */
export class Shedding {
  readonly #options: SheddingOptions;
  #now: ShedScrape;
  #calm = 0;
  #wanted = RELEASED_AFTER_SCRAPES;
  /** Scrapes since a step was given back. */
  #sinceRelease = Infinity;

  constructor(options: SheddingOptions) {
    this.#options = options;
    const { rules: { steps }, metrics } = options;
    for (const known of [metrics.shedActive, metrics.shedChanges]) {
      known.retain((step) => steps.includes(step));
    }
    for (const step of steps) {
      for (const change of ["taken", "released"]) metrics.shedChanges.with(step, change);
    }
    this.#now = this.#with(0);
  }

  /** A scrape keeps what it began with. */
  get now(): ShedScrape {
    return this.#now;
  }

  /** All steps in their order. */
  get steps(): { readonly step: string; readonly active: boolean }[] {
    const { steps } = this.#options.rules;
    return steps.map((step, index) => ({ step, active: index < this.#now.count }));
  }

  /**
   * A scrape has ended that began with `begun`. `trial`: what was counted of it without the last step;
   * undefined where that was not done, or not to its end.
   */
  ended(begun: ShedScrape, stats: ScrapeStats, trial: ScrapeStats | undefined): void {
    // Another one that ran at the same time was quicker.
    if (begun.count !== this.#now.count) return;
    this.#sinceRelease++;
    const { series, rules: { steps } } = this.#options;
    if (isBeyond(stats)) {
      this.#calm = 0;
      if (begun.count < steps.length) this.#take(steps[begun.count]);
      return;
    }
    if (trial === undefined) return;
    const isCalm = !isBeyond(trial) && trial.outputSamples <= series * RELEASE_SHARE;
    this.#calm = isCalm ? this.#calm + 1 : 0;
    if (this.#calm >= this.#wanted) {
      this.#release(steps[begun.count - 1], trial.outputSamples);
    }
  }

  #take(step: string): void {
    const isSoon = this.#sinceRelease <= RELEASED_AFTER_SCRAPES_AT_MOST;
    this.#wanted = isSoon
      ? Math.min(this.#wanted * 2, RELEASED_AFTER_SCRAPES_AT_MOST)
      : RELEASED_AFTER_SCRAPES;
    this.#change(this.#now.count + 1, step, "taken");
    const { path, series: limit } = this.#options;
    log.warn("more series than limits.series: a step of limits.shed is taken", {
      path,
      step,
      limit,
    });
  }

  #release(step: string, series: number): void {
    this.#sinceRelease = 0;
    this.#change(this.#now.count - 1, step, "released");
    const { path, series: limit } = this.#options;
    log.info("a step of limits.shed is given back", { path, step, limit, series });
  }

  #change(count: number, step: string, change: "taken" | "released"): void {
    this.#calm = 0;
    this.#now = this.#with(count);
    this.#options.metrics.shedChanges.with(step, change).inc();
  }

  #with(count: number): ShedScrape {
    const { rules, metrics } = this.#options;
    for (const [index, step] of rules.steps.entries()) {
      metrics.shedActive.with(step).set(Number(index < count));
    }
    return {
      count,
      rules: rules.withSteps(count),
      trial: count === 0 ? undefined : trialOf(rules.withSteps(count - 1)),
    };
  }
}

/** Nobody waits for its answer, which no limit may fail. */
function trialOf(rules: RulesInForce): RulesInForce {
  const { limits } = rules;
  if (limits?.action !== "fail") return { ...rules };
  return { ...rules, limits: { ...limits, action: "drop" } };
}

/** Some series was beyond `limits.series`. */
function isBeyond(stats: ScrapeStats): boolean {
  return stats.beyondLimits().some(({ limit }) => limit === "series");
}
