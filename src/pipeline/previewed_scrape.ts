import { Cardinality } from "../analyze/cardinality.ts";
import type { PreviewCounts } from "../analyze/preview_report.ts";
import { RuleTally } from "../analyze/rule_tally.ts";
import type { PolicyCounters } from "../policy/policy_counters.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import type { ScrapeRules } from "./scrape_run.ts";
import { scrapeTransform } from "./scrape_transform.ts";

export interface PreviewedScrape {
  readonly rules: ScrapeRules;
  /** What the policies of `rules` count into. */
  readonly counters: PolicyCounters;
  /** The same policies once more, counting elsewhere: for the rules' own figures. */
  readonly tallied: PolicyEngine | undefined;
  /** False: nobody asks for the labels of the scrape as it came. */
  readonly followsLabels?: boolean;
  /** Called now and then with the bytes that were read. */
  readonly progress?: (bytes: number) => void;
  /** Called with each chunk of the body, before it is processed. */
  readonly seen?: (chunk: Uint8Array) => void;
}

/*
 *   body ─┬─▶ counted                                 before
 *         ├─▶ the pipeline ─▶ counted                 after
 *         └─▶ the policies alone ─▶ rules, followed   what each rule does
 */

/**
 * Runs the pipeline over an exposition, into counters. Rejects as the body does, and where a limit
 * fails the scrape.
 */
export async function previewedScrape(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { rules, counters, tallied, followsLabels, progress, seen }: PreviewedScrape,
): Promise<PreviewCounts> {
  const before = new Cardinality(undefined, followsLabels);
  const after = new Cardinality(undefined, false);
  const stats = new ScrapeStats();
  const set = rules.rules?.rules;
  const tally = set && new RuleTally(set, rules.maxLineBytes, rules.rules!.aggregation !== undefined);
  const runs = [new Run(scrapeTransform(rules, stats), after)];
  if (tally !== undefined) {
    const policies = { ...rules, policies: tallied, rules: undefined, ...UNLIMITED };
    runs.push(new Run(scrapeTransform(policies, new ScrapeStats()), tally));
  }
  for await (const chunk of body) {
    seen?.(chunk);
    before.push(chunk);
    for (const run of runs) await run.write(chunk);
    progress?.(before.bytes);
  }
  before.end();
  for (const run of runs) await run.end();
  rules.policies?.settle();
  return { before, after, stats, tally, counters };
}

const UNLIMITED = { maxInputBytes: 0, maxOutputBytes: 0 };

/** What takes the output of a transform. */
interface ByteSink {
  push(chunk: Uint8Array): void;
  end(): void;
}

/** A transform whose output is taken as it comes. */
class Run {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #drained: Promise<void>;
  #ended = false;

  constructor(
    { readable, writable }: TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>,
    sink: ByteSink,
  ) {
    this.#writer = writable.getWriter();
    this.#drained = this.#drain(readable, sink);
    // Told by `end`; until then nobody listens.
    this.#drained.catch(() => {});
  }

  async write(chunk: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#ended) await this.#unlessEnded(this.#writer.write(chunk));
  }

  async end(): Promise<void> {
    if (!this.#ended) await this.#unlessEnded(this.#writer.close());
    await this.#drained;
  }

  /** A budget ends the output and refuses more input, which is no error. */
  async #unlessEnded(done: Promise<void>): Promise<void> {
    try {
      await done;
    } catch {
      this.#ended = true;
      await this.#drained;
    }
  }

  async #drain(readable: ReadableStream<Uint8Array<ArrayBuffer>>, sink: ByteSink): Promise<void> {
    for await (const chunk of readable) sink.push(chunk);
    sink.end();
  }
}
