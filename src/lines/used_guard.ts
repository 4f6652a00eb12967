import { needText } from "../usage/label_need.ts";
import { selectorText } from "../usage/series_use.ts";
import type { Unread } from "../usage/used_document.ts";
import type { UsedIndex } from "../usage/used_index.ts";
import type { Lint } from "../lint/lints.ts";
import { readersOf, type TakenReport } from "../lint/taken_uses.ts";
import { UsedLints } from "../lint/used_lints.ts";
import { NO_BYTE_LIMITS, type ScrapeRules, ScrapeRun } from "./scrape_run.ts";
import { ScrapeStats } from "./scrape_stats.ts";

/** Plain data: what rules, policies and limits take away of what is used. */
export interface UsedReport {
  readonly taken: readonly TakenReport[];
  /** What could not be read. Metrics that have a word of it as their name are taken for used. */
  readonly unread: readonly Unread[];
  /** Read, and of no series of the scrape; only where that is asked for. */
  readonly missing?: readonly UnfoundUse[];
}

export interface UnfoundUse {
  readonly selector: string;
  readonly labels: string;
  readonly readers: readonly string[];
}

/** Runs what is in force over an exposition, and finds what it takes away of what is used. */
export class UsedGuard {
  readonly #used: UsedIndex;
  readonly #watcher: UsedLints;
  readonly #runs: readonly ScrapeRun[];
  readonly #limited = new ScrapeStats();
  readonly #overflows: boolean;

  constructor(used: UsedIndex, inForce: ScrapeRules) {
    const { rules } = inForce;
    const unlimited = { ...inForce, ...NO_BYTE_LIMITS, saysMissing: false };
    const watcher = new UsedLints(rules?.rules, rules?.aggregation?.rules ?? [], used);
    // What the rules do to samples is the question, not what the samples become.
    const justRules = rules && { ...rules, aggregation: undefined, limits: undefined };
    const run = new ScrapeRun({ ...unlimited, rules: justRules, watcher }, new ScrapeStats(), none);
    const limits = rules?.limits;
    this.#overflows = limits?.action === "overflow";
    this.#used = used;
    this.#watcher = watcher;
    // One that fails the scrape leaves nothing out of it.
    this.#runs = limits === undefined || limits.action === "fail"
      ? [run]
      : [run, new ScrapeRun(unlimited, this.#limited, none)];
  }

  push(chunk: Uint8Array<ArrayBuffer>): void {
    for (const run of this.#runs) run.push(chunk);
  }

  /** The exposition has ended: now it is known. */
  end(): void {
    for (const run of this.#runs) run.end();
    for (const { family, limit } of this.#limited.beyondLimits()) {
      for (const use of this.#watcher.usesOfFamily(family)) {
        const what = this.#overflows ? "folds series of" : "drops series of";
        // A sum over all of them stays what it is.
        const isSum = use.needs.kind === "only" && use.needs.labels.length === 0;
        if (!this.#overflows || !isSum) {
          this.#watcher.taken.addUncounted({ rule: -1, limit, use, what });
        }
      }
    }
  }

  lints(): Lint[] {
    return this.#watcher.taken.lints();
  }

  report(withMissing = false): UsedReport {
    const { taken, found } = this.#watcher;
    const missing = this.#used.uses.filter((use) => !found.has(use)).map((use) => ({
      selector: selectorText(use),
      labels: needText(use.needs),
      readers: readersOf(use),
    }));
    return {
      taken: taken.reports(),
      unread: this.#used.unread,
      ...withMissing ? { missing } : {},
    };
  }
}

function none(): void {}
