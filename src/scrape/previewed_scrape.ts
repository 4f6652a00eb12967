import { Cardinality } from "../analyze/cardinality.ts";
import type { PreviewCounts } from "../analyze/preview_report.ts";
import { RuleTally } from "../analyze/rule_tally.ts";
import type { PolicyCounters } from "../policy/policy_counters.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { type ScrapeRules, ScrapeRun } from "../lines/scrape_run.ts";

export interface PreviewedScrape {
  readonly rules: ScrapeRules;
  /** What the policies of `rules` count into. */
  readonly counters: PolicyCounters;
  /** False: nobody asks for the labels of the scrape as it came. */
  readonly followsLabels?: boolean;
  /** Called now and then with the bytes that were read. */
  readonly progress?: (bytes: number) => void;
  /** Called with each chunk of the body, before it is processed. */
  readonly seen?: (chunk: Uint8Array<ArrayBuffer>) => void;
}

/*
 *   body ─┬─▶ counted                  before
 *         └─▶ the pipeline ─▶ counted  after
 *                 └─▶ the tally        what each rule does
 */

/**
 * Runs the pipeline over an exposition, into counters. Rejects as the body does, and where a limit
 * fails the scrape.
 */
export async function previewedScrape(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { rules, counters, followsLabels, progress, seen }: PreviewedScrape,
): Promise<PreviewCounts> {
  const { format } = rules;
  const before = new Cardinality({ followsLabels, format });
  const after = new Cardinality({ followsLabels: false, format });
  const stats = new ScrapeStats();
  const { rules: set, aggregation } = rules.rules ?? {};
  const tally = set && new RuleTally(set, aggregation !== undefined);
  const run = new ScrapeRun(
    { ...rules, watcher: tally, saysMissing: false },
    stats,
    (bytes) => after.push(bytes),
  );
  let isTaken = true;
  for await (const chunk of body) {
    seen?.(chunk);
    before.push(chunk);
    // A budget ends the output; what came is counted to the end.
    isTaken &&= run.push(chunk);
    progress?.(before.bytes);
  }
  before.end();
  if (isTaken) run.end();
  after.end();
  rules.policies?.settle();
  return { before, after, stats, tally, counters };
}
