import assert from "node:assert/strict";
import { test } from "node:test";
import type { AggregationRuleConfig } from "../../src/aggregate/aggregate_function.ts";
import type { CardinalityLimits } from "../../src/aggregate/cardinality_guard.ts";
import type { PolicyText } from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";
import { randomFamilies } from "../support/lines/series_random.ts";
import { dropNothing, dropPath, type RelabelRules } from "../support/lines/series_case.ts";
import { noExpositions, sharedExpositions } from "../support/lines/shared_expositions.ts";
import { changedExposition } from "../support/engine/changed_exposition.ts";
import {
  type Bytes,
  cutAtRandom,
  type EngineCase,
  InForce,
} from "../support/engine/engine_scrape.ts";
import { hostileExposition } from "../support/engine/hostile_exposition.ts";

/*
 * A program that has learnt lines does what one does that never learns: TypeScript then takes every
 * line. Each case says the same of output, figures and policies' hits.
 */

type Next = (largest: number) => number;

const rule = (action: string, label: string, regex: string) => ({
  action,
  source_labels: [label],
  regex,
});

const RULES: readonly (readonly [string, RelabelRules])[] = [
  ["no rules", []],
  ["labeldrop of one", dropPath],
  ["labeldrop of none", dropNothing],
  ["labelkeep", [{ action: "labelkeep", regex: "__name__|le|a" }]],
  ["drop by name", [rule("drop", "__name__", "m_.*")]],
  ["keep by value", [rule("keep", "a", "x|y|")]],
  ["drop by bound", [rule("drop", "le", "1[.]0|0[.]5")]],
  ["drop and labeldrop", [rule("drop", "a", "x"), ...dropPath]],
  ["replace by a read label", [
    { source_labels: ["path"], regex: "(.).*", target_label: "a", replacement: "$1" },
    { action: "labeldrop", regex: "path|namespace" },
  ]],
  ["a copy that is read later", [
    { source_labels: ["a"], target_label: "copy" },
    rule("drop", "copy", "GET"),
    { action: "labeldrop", regex: "a" },
  ]],
  ["names mapped, and a quoted one read", [
    { action: "labelmap", regex: "k.v|a", replacement: "copy" },
    { source_labels: ["copy"], regex: "(.).*", target_label: "first" },
    { action: "labeldrop", regex: "path|copy" },
  ]],
  ["renames that bring families together", [
    { source_labels: ["a"], regex: "x", target_label: "__name__", replacement: "z" },
    { source_labels: ["__name__"], regex: "(n|q.r).*", target_label: "__name__", replacement: "m" },
    ...dropPath,
  ]],
  ["names that are none", [
    { source_labels: ["a"], regex: "GET", target_label: "__name__", replacement: "" },
    { source_labels: ["a"], regex: "y", target_label: "a\0", replacement: "x" },
  ]],
];

const POLICIES: readonly (readonly [string, readonly PolicyText[]])[] = [
  ["no policies", []],
  ["by name", [
    { match: [{ metric_field: "name", regex: "^m" }], keep: true },
    { match: [{ metric_field: "name", equals: "m_sum" }], keep: false },
  ]],
  ["by label", [
    { match: [{ datapoint_attribute: "a", equals: "x" }], keep: false },
    { match: [{ datapoint_attribute: "path", exists: true }], keep: true },
  ]],
  ["by type and help", [
    { match: [{ metric_type: "gauge" }], keep: false },
    { match: [{ metric_field: "description", contains: "Text" }], keep: true },
  ]],
  ["by value", [{ match: [{ datapoint_attribute: "value", gt: 5 }], keep: false }]],
];

const AGGREGATION: readonly AggregationRuleConfig[][] = [
  [],
  [],
  [{ match: "m", function: "avg" }, { match: "m_.*", function: "count" }],
  [{ match: "m", function: "last" }, { match: "m_sum", function: "max" }],
  [{ match: "m.*", function: "drop" }, { match: "n.*", function: "min" }],
] as AggregationRuleConfig[][];

/** Every kind of limit, met and not. */
function limitsOf(next: Next): Partial<CardinalityLimits> | undefined {
  if (next(2) > 0) return undefined;
  const size = () => [1, 3, 8, 20, 1000][next(4)];
  const action = (["overflow", "drop", "fail"] as const)[next(8) === 0 ? 2 : next(1)];
  return {
    action,
    seriesPerFamily: next(1) * size(),
    series: next(2) === 0 ? size() : 0,
    labelValues: new Map(next(2) === 0 ? [["a", size()], ["path", size()]] : []),
    labelValueLength: next(2) === 0 ? size() : 0,
  };
}

function optionsOf(next: Next) {
  return {
    openMetrics: next(3) === 0,
    maxLineBytes: next(5) === 0 ? 40 : 4096,
    maxOutputBytes: next(7) === 0 ? next(1500) : 0,
    hasSubset: next(3) === 0,
    limits: limitsOf(next),
  };
}

function expositionOf(next: Next, round: number): Bytes {
  return round % 4 === 0 ? new TextEncoder().encode(randomFamilies(next)) : hostileExposition(next);
}

/** A program that is new to everything, and learns nothing. */
async function plainly(wanted: EngineCase, bytes: Bytes) {
  const inForce = await InForce.of(wanted);
  inForce.useOldKernels();
  const outcome = inForce.scrape([bytes], false);
  const counts = inForce.counts();
  inForce.close();
  return { outcome, counts };
}

async function compare(next: Next, first: Bytes, wanted: EngineCase, what: string): Promise<void> {
  const inForce = await InForce.of(wanted);
  if (next(7) > 0) inForce.useOldKernels();
  const sum = inForce.counts();
  const changed = changedExposition(next, first);
  const known = new Map<Bytes, Awaited<ReturnType<typeof plainly>>>();
  for (const bytes of [first, changed]) known.set(bytes, await plainly(wanted, bytes));
  for (const [index, bytes] of [first, first, changed, first, changed].entries()) {
    const { outcome, counts } = known.get(bytes)!;
    const found = inForce.scrape(index === 0 ? [bytes] : cutAtRandom(next, bytes));
    assert.deepEqual(found, outcome, `${what}, scrape ${index + 1}`);
    for (const [policy, [hits, misses]] of counts.entries()) {
      sum[policy] = [sum[policy][0] + hits, sum[policy][1] + misses];
    }
    // What came before an error was counted in the kernel, and is lost with it.
    if (outcome.error !== undefined) return inForce.close();
    assert.deepEqual(inForce.counts(), sum, `${what}, policies, scrape ${index + 1}`);
  }
  interleave(
    next,
    inForce,
    next(3) > 0 ? [first, changed] : [first, changed, first],
    [...known.values()].map(({ outcome }) => outcome),
    what,
  );
  inForce.close();
}

/** Scrapes at the same time, chunk by chunk. */
function interleave(
  next: Next,
  inForce: InForce,
  bodies: readonly Bytes[],
  expected: readonly unknown[],
  what: string,
): void {
  const scrapes = bodies.map((bytes) => ({
    scrape: inForce.begin(true),
    chunks: cutAtRandom(next, bytes),
  }));
  const found: unknown[] = [];
  while (scrapes.some(({ chunks }) => chunks.length > 0)) {
    const at = next(scrapes.length - 1);
    const chunk = scrapes[at].chunks.shift();
    if (chunk === undefined) continue;
    scrapes[at].scrape.push(chunk);
    if (scrapes[at].chunks.length === 0) found[at] = scrapes[at].scrape.end();
  }
  const [first, changed] = expected;
  for (const at of bodies.keys()) {
    assert.deepEqual(
      found[at],
      [first, changed, first][at],
      `${what}, interleaved, scrape ${at + 1}`,
    );
  }
}

for (const [rulesName, rules] of RULES) {
  for (const [policiesName, policies] of POLICIES) {
    test(`what was learnt is what TypeScript does: ${rulesName}, ${policiesName}`, async () => {
      const next = random(rulesName.length * 31 + policiesName.length);
      for (let round = 0; round < 7; round++) {
        const aggregation = AGGREGATION[next(AGGREGATION.length - 1)];
        const wanted = { rules, policies, aggregation, ...optionsOf(next) };
        await compare(next, expositionOf(next, round), wanted, `round ${round}`);
      }
    });
  }
}

const PLAIN: EngineCase = {
  rules: dropPath,
  policies: [],
  aggregation: [],
  openMetrics: false,
  maxLineBytes: 4096,
  maxOutputBytes: 0,
  hasSubset: false,
};

test("a cut anywhere is no matter", async () => {
  const next = random(7);
  let bytes = hostileExposition(next);
  while (bytes.length > 2000 || bytes.length < 1000) bytes = hostileExposition(next);
  const { outcome } = await plainly(PLAIN, bytes);
  const inForce = await InForce.of(PLAIN);
  for (let at = 0; at <= bytes.length; at++) {
    const found = inForce.scrape([bytes.slice(0, at), bytes.slice(at)]);
    assert.equal(found.text, outcome.text, `cut at ${at}`);
  }
});

test("real scrapes come out alike", { skip: noExpositions }, async () => {
  const next = random(11);
  for (const [name, bytes] of sharedExpositions()) {
    for (const [rulesName, rules] of RULES) {
      await compare(next, bytes, { ...PLAIN, rules }, `${name}, ${rulesName}`);
    }
  }
});

test("metadata that comes late is written with the next sample", async () => {
  const input = '# TYPE m gauge\nm{a="x"} 1\nm{a="x"} 2\n# HELP m Late.\nm{a="x"} 3\n';
  for (const rules of [[rule("drop", "a", "y")], dropNothing]) {
    const wanted = { ...PLAIN, rules };
    await compare(random(1), new TextEncoder().encode(input), wanted, JSON.stringify(rules));
  }
});

test("sums of numbers of every length are those of a correct parser", async () => {
  const next = random(17);
  const digits = (count: number) => Array.from({ length: count }, () => next(9)).join("");
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const exponent = next(3) === 0 ? `e${next(40) - 20}` : "";
    const number = `${digits(1 + next(12))}.${digits(next(12))}${exponent}`;
    return `m{path="${i % 2}",a="${i >> 1}"} ${number}`;
  });
  await compare(next, new TextEncoder().encode(lines.join("\n") + "\n"), PLAIN, "sums");
});

test("more lines than a block, more signatures and shapes than are remembered", async () => {
  const next = random(13);
  const lines = ["# TYPE m histogram"];
  for (let i = 0; i < 12_000; i++) {
    const labels = Array.from({ length: i % 23 }, (_, label) => `l${label}="${i % 7}"`);
    const bound = i % 3 === 0 ? i : i % 5;
    lines.push(`m_bucket{${[...labels, `a="${i % 50}"`]},path="p${i}",le="${bound}"} ${i}.25`);
  }
  const bytes = new TextEncoder().encode(lines.join("\n") + "\n");
  for (const rules of [dropPath, [rule("drop", "a", "1.*")]]) {
    await compare(next, bytes, { ...PLAIN, rules }, JSON.stringify(rules));
  }
});
