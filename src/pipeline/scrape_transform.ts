import { DROPPED_BYTES } from "../bounds.ts";
import { Families } from "../exposition/families.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { KernelPool } from "../kernel/kernel_pool.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { log } from "../telemetry/log.ts";
import { BudgetedLines } from "./budgeted_lines.ts";
import { FamilyBlocks } from "./family_blocks.ts";
import { KernelFilter } from "./kernel_filter.ts";
import { KernelLines } from "./kernel_lines.ts";
import { LineOutput } from "./line_output.ts";
import type { RulesInForce } from "./rules_in_force.ts";
import { SampleGatherer } from "./sample_gatherer.ts";
import { ScrapeLines } from "./scrape_lines.ts";
import type { ScrapeStats } from "./scrape_stats.ts";
import { SharedBlocks } from "./shared_blocks.ts";
import type { SubsetScrape } from "./subset_scrape.ts";

export interface ScrapeRules {
  /** Undefined when no policy is in force. */
  readonly policies: PolicyEngine | undefined;
  /** Undefined when no relabel rule and no limit is. */
  readonly rules: RulesInForce | undefined;
  readonly openMetrics: boolean;
  readonly maxLineBytes: number;
  /** Bytes; 0 is no limit. */
  readonly maxInputBytes: number;
  readonly maxOutputBytes: number;
  readonly onLimit: "truncate" | "fail";
  /** What else is filled from the same response. */
  readonly subsets?: readonly SubsetScrape[];
  /** Nobody else reads the input's chunks: their memory is freed as soon as they are processed. */
  readonly ownsInput?: boolean;
  readonly collectGarbage?: () => void;
  /** Where the byte kernel comes from, if not from the pool that all scrapes share. */
  readonly kernels?: KernelPool;
}

/*
 * One scrape:
 *
 *   upstream body ─▶ input budget ─▶ line blocks ─▶ lines: metadata held,   ─▶ output budget ─▶ out
 *     (decoded)      counts, cuts     whole lines      samples decided by       views, gathered
 *                                          │           policies, then by        short ranges
 *                                          │           rules; or gathered
 *                                          │           into series
 *                                          └─▶ each subset: series, ─▶ its snapshot
 *
 * All of it is synchronous inside one TransformStream. Whatever ends it early says so: a truncated
 * output is terminated validly and recorded in `stats.truncatedBy`; where the transfer has to break
 * (`on_limit: fail`, or a cut inside a line that is partly out), `stats.broken` says that too, and
 * whoever sends the output must not end it cleanly.
 */

/** The stream that turns an upstream's exposition into the one that Weir answers with. */
export function scrapeTransform(
  rules: ScrapeRules,
  stats: ScrapeStats,
): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const maxInput = rules.maxInputBytes === 0 ? Infinity : rules.maxInputBytes;
  const subsets = rules.subsets ?? [];
  // Subsets may hold views that are not handed on yet; where nothing is dropped, views cost less.
  const dropsLines = rules.policies !== undefined || rules.rules !== undefined;
  const freesChunks = rules.ownsInput === true && subsets.length === 0 && dropsLines;
  let collectAfter = DROPPED_BYTES;
  let controller: TransformStreamDefaultController<Uint8Array<ArrayBuffer>>;
  const output = new LineOutput(rules.maxOutputBytes, (bytes) => controller.enqueue(bytes));
  const lines = new BudgetedLines(output, stats, rules.openMetrics);
  const sink = lineSink(rules, lines, stats);
  const blocks = new LineBlocks(
    subsets.length === 0 ? sink : new SharedBlocks([sink, ...subsets.map(({ sink }) => sink)]),
  );

  /** Ends the scrape at a budget, in the way that the configuration asks for. */
  function stop(limit: "input" | "output"): void {
    stats.truncatedBy = limit;
    // What was gathered of the input so far is part of the truncated output.
    if (limit === "input") sink.end();
    stats.broken = rules.onLimit === "fail" || lines.brokenLine;
    if (!stats.broken) lines.terminate();
    output.flush();
    stats.outputBytes = output.bytesWritten;
    for (const subset of subsets) subset.end(limit === "input" ? "input" : undefined);
    controller.terminate();
  }

  return new TransformStream({
    start(started) {
      controller = started;
    },
    transform(chunk) {
      const exceeded = stats.inputBytes + chunk.length > maxInput;
      const taken = exceeded ? chunk.subarray(0, maxInput - stats.inputBytes) : chunk;
      stats.inputBytes += taken.length;
      output.freed = freesChunks ? taken : undefined;
      blocks.push(taken);
      // Subsets have a budget of their own, and want the rest.
      if (lines.full && subsets.length === 0) return stop("output");
      if (exceeded) return stop(lines.full ? "output" : "input");
      output.flush();
      stats.outputBytes = output.bytesWritten;
      if (!freesChunks) return;
      if (!output.viewed.has(taken.buffer)) free(taken);
      if (stats.inputBytes - stats.outputBytes < collectAfter) return;
      collectAfter += DROPPED_BYTES;
      rules.collectGarbage?.();
    },
    flush() {
      blocks.end();
      sink.end();
      if (lines.full) return stop("output");
      output.flush();
      stats.outputBytes = output.bytesWritten;
      for (const subset of subsets) subset.end(undefined);
    },
  });
}

/**
 * Frees a chunk's memory. Left to the garbage collector, which sees small objects only, chunks pile
 * up: 391 MB in chunks of 64 KiB peaked at 160 MB resident instead of 90.
 */
function free({ buffer }: Uint8Array<ArrayBuffer>): void {
  buffer.transfer?.(0);
}

/** What takes the lines: the place where the rules in force choose how a scrape is processed. */
function lineSink(
  scrapeRules: ScrapeRules,
  output: BudgetedLines,
  stats: ScrapeStats,
): LineBlockSink & { end(): void } {
  const { policies, rules, openMetrics, maxLineBytes, collectGarbage } = scrapeRules;
  const pool = scrapeRules.kernels ?? sharedKernels;
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
