import { Families } from "../exposition/families.ts";
import type { LineBlockSink } from "../exposition/line_blocks.ts";
import { KernelPool } from "../kernel/kernel_pool.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { log } from "../telemetry/log.ts";
import type { BudgetedLines } from "./budgeted_lines.ts";
import { FamilyBlocks } from "./family_blocks.ts";
import { KernelFilter } from "./kernel_filter.ts";
import { KernelLines } from "./kernel_lines.ts";
import { PassingLines } from "./passing_lines.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import { SampleGatherer } from "./sample_gatherer.ts";
import { ScrapeLines } from "./scrape_lines.ts";
import type { ScrapeStats } from "./scrape_stats.ts";

/** What is done with the lines of a scrape. */
export interface LineRules {
  /** Undefined when no policy is in force. */
  readonly policies: PolicyEngine | undefined;
  /** Undefined when no relabel rule and no limit is. */
  readonly rules: RulesInForce | undefined;
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
  readonly collectGarbage?: () => void;
  /** Where the byte kernel comes from, if not from the pool that all scrapes share. */
  readonly kernels?: KernelPool;
}

/** What takes the lines: the place where the rules in force choose how a scrape is processed. */
export function lineSink(
  lineRules: LineRules,
  output: BudgetedLines,
  stats: ScrapeStats,
): LineBlockSink & { end(): void } {
  const { policies, rules, openMetrics, maxLineBytes, collectGarbage } = lineRules;
  const pool = lineRules.kernels ?? sharedKernels;
  const engine = policies ?? rules?.noPolicies;
  const families = new Families(engine?.readsMetadata ?? false);
  const decider = engine?.decider(families, openMetrics);
  const kernel = decider !== undefined && suitsKernel(rules) ? pool.take() : undefined;
  const scrape = kernel && { kernel, pool, families, decider: decider!, output, maxLineBytes };
  if (rules?.kind === "series") {
    if (scrape !== undefined) {
      return new KernelLines({ planner: rules.planner, collectGarbage }, scrape, stats);
    }
    const blocks = { mayRename: rules.mayRename, collectGarbage };
    const store = new FamilyBlocks(blocks, families, output, stats);
    return new SampleGatherer({ ...rules, maxLineBytes }, families, decider!, store, stats);
  }
  if (decider === undefined) return new PassingLines(output, stats);
  const filter = rules?.filter;
  return scrape === undefined
    ? new ScrapeLines({ decider, filter, maxLineBytes }, families, output, stats)
    : new KernelFilter(filter, scrape, stats);
}

/** Limits look at what a table holds, and renaming brings families together in it. */
function suitsKernel(rules: RulesInForce | undefined): boolean {
  return rules?.kind !== "series" || (rules.limits === undefined && !rules.mayRename);
}

/** One for all scrapes. A runtime that cannot run the kernel says so once. */
const sharedKernels = new KernelPool((error) => {
  log.info("lines are processed without WebAssembly", { reason: String(error) });
});
