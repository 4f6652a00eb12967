import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import type { CardinalityLimits } from "../../src/aggregate/cardinality_guard.ts";
import { MergedTable } from "../../src/merge/merged_table.ts";
import { TargetLabels } from "../../src/aggregate/target_labels.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { mergedText } from "../../src/gateway/merged_text.ts";
import { buildSeriesRules, type SeriesRules } from "../../src/lines/rules_in_force.ts";
import { TargetScrape } from "../../src/gateway/target_scrape.ts";
import { UnreadableTarget } from "../../src/gateway/target_sink.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import type { PolicyEngine } from "../../src/policy/policy_engine.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { changedExposition } from "../support/engine/changed_exposition.ts";
import { type Bytes, cutAtRandom, textOf } from "../support/engine/engine_scrape.ts";
import { engineOf, type PolicyText } from "../support/lines/filtered.ts";
import { dropPath, NO_LIMITS, type RelabelRules } from "../support/lines/series_case.ts";
import { randomFamilies } from "../support/lines/series_random.ts";
import { random } from "../support/random.ts";

/*
 * Targets that are read at the same time, by one kernel that has learnt their lines, come out as
 * those that are read one after the other by programs that are new to everything.
 */

type Next = (largest: number) => number;

interface Wanted {
  readonly rules: RelabelRules;
  readonly policies: readonly PolicyText[];
  readonly limits: CardinalityLimits | undefined;
  readonly labels: readonly TargetLabels[];
}

/** The table of a gateway that runs, and what it learns with; `isNew`: nothing is ever known. */
class GatewayRun {
  readonly #table = new MergedTable({ monotonic: true, targetTtlMs: 300_000 });
  readonly #wanted: Wanted;
  readonly #isNew: boolean;
  readonly counters = new PolicyCounters();
  #rules: SeriesRules | undefined;
  #policies: PolicyEngine | undefined;
  #nowMs = 1_700_000_000_000;

  constructor(wanted: Wanted, isNew: boolean) {
    this.#wanted = wanted;
    this.#isNew = isNew;
  }

  async #learn(): Promise<SeriesRules> {
    const { policies, rules, limits } = this.#wanted;
    if (this.#rules !== undefined && !this.#isNew) return this.#rules;
    if (policies.length > 0) this.#policies ??= await engineOf(policies, undefined, this.counters);
    return this.#rules = await buildSeriesRules({
      relabelConfigs: readRelabelConfigs(rules, placeOf("rules"), "utf8").configs,
      aggregationRules: [],
      limits,
    });
  }

  /** One scrape; `together`: chunk by chunk, in the order that it gives. */
  async scrape(targets: readonly (readonly Bytes[])[], together: Next | undefined) {
    this.#table.begin(this.#nowMs += 10_000, false);
    const stats = new ScrapeStats();
    const feeds = targets.map((chunks) => new Feed(chunks));
    const errors: string[] = [];
    const scrapes: TargetScrape[] = [];
    const reads: Promise<boolean>[] = [];
    for (const [rank, feed] of feeds.entries()) {
      const scrape = new TargetScrape({
        outputs: [{ rules: await this.#learn(), table: this.#table, stats }],
        policies: this.#policies,
        format: "text",
        labels: this.#wanted.labels[rank],
        rank,
        maxInputBytes: 0,
        onLimit: "truncate",
      });
      scrapes.push(scrape);
      reads.push(
        scrape.read(feed.stream).then(() => true, (error) => {
          if (!(error instanceof UnreadableTarget)) throw error;
          errors.push(`${rank}: ${error.message}`);
          return false;
        }),
      );
      if (together !== undefined) continue;
      while (feed.give());
      await reads[rank];
    }
    while (together !== undefined && feeds.some((feed) => feed.isOpen)) {
      const feed = feeds[together(feeds.length - 1)];
      if (!feed.isOpen) continue;
      feed.give();
      await new Promise((next) => setImmediate(next));
    }
    for (const [rank, scrape] of scrapes.entries()) {
      const wasRead = await reads[rank];
      scrape.count(wasRead);
      if (wasRead) scrape.fold(String(rank));
      scrape.close();
      if (!wasRead) this.#table.miss(String(rank));
    }
    const { contested, ...report } = this.#table.end();
    const options = { format: "text", own: undefined, maxOutputBytes: 0 } as const;
    const chunks = await mergedText(this.#table, { ...options, onLimit: "fail" }, stats);
    this.#policies?.settle();
    const counts = [...this.counters.entries()].map(([id, { hits, misses }]) => [id, hits, misses]);
    // How much was read of a target that cannot be read depends on the cuts.
    if (errors.length > 0) stats.inputBytes = 0;
    // Families and series stand in the order in which they were met first.
    const lines = textOf(chunks).split("\n").sort();
    return {
      lines,
      stats,
      report,
      contested: [...contested].sort(),
      counts,
      errors: errors.sort(),
    };
  }
}

/** A stream that gives its chunks when it is told to. */
class Feed {
  readonly stream: ReadableStream<Bytes>;
  isOpen = true;
  readonly #chunks: Bytes[];
  #controller: ReadableStreamDefaultController<Bytes> | undefined;

  constructor(chunks: readonly Bytes[]) {
    this.#chunks = [...chunks];
    this.stream = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      cancel: () => {
        this.isOpen = false;
      },
    });
  }

  give(): boolean {
    if (!this.isOpen) return false;
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) this.#controller!.enqueue(chunk);
    else {
      this.#controller!.close();
      this.isOpen = false;
    }
    return this.isOpen;
  }
}

const RULES: readonly (readonly [string, RelabelRules])[] = [
  ["no rules", []],
  ["labeldrop", dropPath],
  ["drop, and a label made", [
    { action: "drop", source_labels: ["a"], regex: "GET" },
    { source_labels: ["path"], regex: "(.).*", target_label: "first" },
    { action: "labeldrop", regex: "path|x_a" },
  ]],
  ["a rename", [
    {
      source_labels: ["__name__"],
      regex: "f[12](.*)",
      target_label: "__name__",
      replacement: "f0$1",
    },
  ]],
  ["rules that read the target's label", [
    { source_labels: ["zone"], regex: "(.).*", target_label: "z" },
    { action: "labeldrop", regex: "zone|path" },
  ]],
];

const POLICIES: readonly (readonly [string, readonly PolicyText[]])[] = [
  ["no policies", []],
  ["by type and label", [
    { match: [{ metric_type: "summary" }], keep: false },
    { match: [{ datapoint_attribute: "a", equals: "1" }], keep: false },
    { match: [{ datapoint_attribute: "path", exists: true }], keep: true },
  ]],
];

function limitsOf(next: Next): CardinalityLimits | undefined {
  if (next(2) > 0) return undefined;
  return {
    ...NO_LIMITS,
    action: next(1) === 0 ? "overflow" : "drop",
    labelValueLength: next(1) * 3,
    labelValues: new Map(next(1) === 0 ? [["a", 1 + next(3)]] : []),
  };
}

for (const [rulesName, rules] of RULES) {
  for (const [policiesName, policies] of POLICIES) {
    test(`targets at once as one after the other: ${rulesName}, ${policiesName}`, async () => {
      const next = random(rulesName.length * 31 + policiesName.length);
      for (let round = 0; round < 5; round++) {
        const count = 2 + next(2);
        const zones = [{ zone: "a" }, { zone: "b" }, { zone: "a" }, {}];
        const withLabels = next(1) === 0;
        const labels = Array.from(
          { length: count },
          (_, i) => new TargetLabels(withLabels ? Object.entries(zones[i]) : []),
        );
        // Limits depend on the order in which series come: then targets do, too.
        const limits = limitsOf(next);
        const wanted = { rules, policies, limits, labels };
        const [found, expected] = [new GatewayRun(wanted, false), new GatewayRun(wanted, true)];
        let bodies = Array.from({ length: count }, () => {
          // A number is written as it came only if no target that fails had the series, too.
          const text = randomFamilies(next).replaceAll("9007199254740993", "9007199254740992");
          return new TextEncoder().encode(next(9) === 0 ? `${text}broken line here\n` : text);
        });
        for (let scrape = 0; scrape < 3; scrape++) {
          const cut = bodies.map((bytes) => cutAtRandom(next, bytes));
          const together = limits === undefined ? next : undefined;
          assert.deepEqual(
            await found.scrape(cut, together),
            await expected.scrape(bodies.map((bytes) => [bytes]), undefined),
            `round ${round}, scrape ${scrape}`,
          );
          bodies = bodies.map((bytes) => next(2) === 0 ? bytes : changedExposition(next, bytes));
        }
      }
    });
  }
}

test("lines of a target that cannot be read count in no other's figures", async () => {
  const labels = [new TargetLabels([]), new TargetLabels([])];
  const run = new GatewayRun({ rules: [], policies: [], limits: undefined, labels }, false);
  const chunk = (text: string) => [new TextEncoder().encode(text)];
  await run.scrape([chunk("g 1\n"), chunk("g 1\n")], undefined);
  let turn = 0;
  const { lines, stats, errors } = await run.scrape(
    [chunk("g 1\ng 1\nbroken line here\n"), chunk("g 2\n")],
    () => Math.min(turn++, 1),
  );
  assert.deepEqual(lines, ["", "g 2"]);
  assert.deepEqual(errors, ['0: a line is no sample: "broken line here"']);
  assert.deepEqual([stats.inputLines, stats.inputSamples], [1, 1]);
});

test("a target goes on as it began after another one made the engine forget", async () => {
  const next = random(5);
  const labels = [new TargetLabels([]), new TargetLabels([])];
  // Another resource: what was planned holds no longer.
  const policies: PolicyText[] = [{
    match: [
      { metric_field: "name", equals: "none" },
      { resource_attribute: "x", exists: true },
    ],
    keep: false,
  }];
  const wanted = { rules: dropPath, policies, limits: undefined, labels };
  const bytes = (text: string) => new TextEncoder().encode(text);
  const few = () =>
    bytes(`# HELP m Text.\n# TYPE m gauge\nm{a="1",path="${next(9)}"} 1\nm{a="2"} 1\n`);
  const many = (_: unknown, turn: number) =>
    bytes(
      `target_info{x="${turn}"} 1\n` +
        Array.from({ length: 30 }, (_, i) => {
          const name = "n".repeat(1 + next(60));
          return `${name}{${name}${i}="${name}",path="3"} 1\n`;
        }).join(""),
    );
  const targets = [Array.from({ length: 40 }, few), Array.from({ length: 40 }, many)];
  const [found, expected] = [new GatewayRun(wanted, false), new GatewayRun(wanted, true)];
  for (let scrape = 0; scrape < 3; scrape++) {
    let turn = 0;
    assert.deepEqual(
      await found.scrape(targets, () => turn++ % 2),
      await expected.scrape(targets, undefined),
    );
  }
});
