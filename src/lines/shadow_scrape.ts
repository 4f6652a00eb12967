import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import { type BesideRun, type ScrapeRules, ScrapeRun } from "./scrape_run.ts";
import { ScrapeStats } from "./scrape_stats.ts";

/** All that would be in force if nothing was in shadow. */
export interface ShadowRules {
  readonly rules: RulesInForce | undefined;
  readonly policies: PolicyEngine | undefined;
  /** False where the policies are those of the answer, which are counted there. */
  readonly countsPolicies: boolean;
}

/** What would have become of a scrape. */
export interface ShadowResult {
  /** Undefined where it would have failed. */
  readonly figures: ScrapeStats | undefined;
  /** Why; undefined too where a budget would have ended it. */
  readonly failure: Error | undefined;
}

/** Only what would have been answered has figures. */
export function shadowResult(stats: ScrapeStats, failure: Error | undefined): ShadowResult {
  return { figures: failure === undefined && !stats.broken ? stats : undefined, failure };
}

/**
 * A scrape as it would be if nothing was in shadow: the same body through the same engine, under the same
 * limits. Its output is counted as it is made, and nobody gets it. Whatever fails it fails nothing else.
 */
export class ShadowScrape implements BesideRun {
  readonly #stats: ScrapeStats = new ScrapeStats();
  #failure: Error | undefined;
  #run: ScrapeRun | undefined;

  /** `options` are those of the scrape that answers. */
  constructor(shadow: ShadowRules, options: ScrapeRules) {
    this.#try(() => {
      const own = { ...options, ...shadow, subsets: [], beside: undefined };
      const discarded = { ownsInput: false, isRead: true };
      this.#run = new ScrapeRun({ ...own, ...discarded }, this.#stats, () => {});
    });
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    this.#try((run) => {
      if (run?.push(chunk) === false) this.#run = undefined;
    });
  }

  end(): void {
    this.#try((run) => run?.end());
    this.#run = undefined;
  }

  cancel(): void {
    this.#try((run) => run?.cancel());
    this.#run = undefined;
  }

  /** Once the scrape has ended. */
  get result(): ShadowResult {
    return shadowResult(this.#stats, this.#failure);
  }

  #try(step: (run: ScrapeRun | undefined) => void): void {
    const run = this.#run;
    try {
      step(run);
    } catch (error) {
      this.#failure ??= error as Error;
      this.#run = undefined;
      try {
        run?.cancel();
      } catch {
        // It is given up all the same.
      }
    }
  }
}
