import assert from "node:assert/strict";
import { test } from "node:test";
import type { AggregationRuleConfig } from "../../src/config/config.ts";
import { KernelPool } from "../../src/kernel/kernel_pool.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import {
  engineOf,
  filterChunks,
  type Options,
  type PolicyText,
} from "../support/pipeline/filtered.ts";
import { random } from "../support/random.ts";
import { randomFamilies } from "../support/pipeline/series_random.ts";
import {
  dropNothing,
  dropPath,
  type RelabelRules,
  rulesOf,
} from "../support/pipeline/series_case.ts";
import { noExpositions, sharedExpositions } from "../support/pipeline/shared_expositions.ts";
import { hostileExposition } from "../support/kernel/hostile_exposition.ts";

type Next = (largest: number) => number;
type Bytes = Uint8Array<ArrayBuffer>;

/** Has no kernel to give: TypeScript does everything. */
const noKernels = new KernelPool(() => {}, () => {
  throw new Error("none here");
});
const kernels = new KernelPool((error) => {
  throw error;
});

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
  ["a rename, which no kernel takes", [
    { source_labels: ["a"], regex: "x", target_label: "__name__", replacement: "z" },
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
  ["by type", [{ match: [{ metric_type: "gauge" }], keep: false }]],
  ["by value", [{ match: [{ datapoint_attribute: "value", gt: 5 }], keep: false }]],
];

const AGGREGATION: readonly AggregationRuleConfig[][] = [
  [],
  [],
  [{ match: "m", function: "avg" }, { match: "m_.*", function: "count" }],
  [{ match: "m", function: "last" }, { match: "m_sum", function: "max" }],
  [{ match: "m.*", function: "drop" }, { match: "n.*", function: "min" }],
] as AggregationRuleConfig[][];

interface Case {
  readonly rules: RelabelRules;
  readonly policies: readonly PolicyText[];
  readonly aggregation: readonly AggregationRuleConfig[];
  readonly options: Options;
}

/** What comes out, what was counted, and how often each policy hit and missed. */
async function run(chunks: readonly Bytes[], wanted: Case, pool: KernelPool) {
  const counters = new PolicyCounters();
  const policies = wanted.policies.length === 0
    ? undefined
    : await engineOf(wanted.policies, undefined, counters);
  const rules = await rulesOf({ rules: wanted.rules, aggregation: wanted.aggregation });
  const { text, stats } = await filterChunks(chunks, {
    ...wanted.options,
    policies,
    rules,
    kernels: pool,
  });
  policies?.settle();
  const counts = wanted.policies.map((_, i) => {
    const { hits, misses } = counters.of(`p${i}`);
    return [hits, misses];
  });
  return { text, stats, counts };
}

/** Cuts the bytes at random places; chunks may be empty. */
function cut(next: Next, bytes: Bytes): Bytes[] {
  const places = Array.from({ length: next(4) }, () => next(bytes.length)).sort((a, b) => a - b);
  return [...places, bytes.length].map((end, i) => bytes.slice(i === 0 ? 0 : places[i - 1], end));
}

async function compare(next: Next, bytes: Bytes, wanted: Case, what: string): Promise<void> {
  for (const chunks of [[bytes], cut(next, bytes)]) {
    const expected = await run(chunks, wanted, noKernels);
    const found = await run(chunks, wanted, kernels);
    assert.equal(found.text, expected.text, what);
    assert.deepEqual(found.stats, expected.stats, what);
    assert.deepEqual(found.counts, expected.counts, what);
  }
}

function optionsOf(next: Next): Options {
  return {
    openMetrics: next(3) === 0,
    maxLineBytes: next(5) === 0 ? 40 : 4096,
    maxOutputBytes: next(7) === 0 ? next(1500) : 0,
  };
}

for (const [rulesName, rules] of RULES) {
  for (const [policiesName, policies] of POLICIES) {
    test(`the kernel does what TypeScript does: ${rulesName}, ${policiesName}`, async () => {
      const next = random(rulesName.length * 31 + policiesName.length);
      for (let round = 0; round < 24; round++) {
        const bytes = round % 4 === 0
          ? new TextEncoder().encode(randomFamilies(next))
          : hostileExposition(next);
        const aggregation = AGGREGATION[next(AGGREGATION.length - 1)];
        const wanted = { rules, policies, aggregation, options: optionsOf(next) };
        await compare(next, bytes, wanted, `round ${round}`);
      }
    });
  }
}

test("a cut anywhere is no matter", async () => {
  const next = random(7);
  const bytes = hostileExposition(next);
  const wanted = { rules: dropPath, policies: [], aggregation: [], options: {} };
  const expected = await run([bytes], wanted, noKernels);
  for (let at = 0; at <= bytes.length; at++) {
    const found = await run([bytes.slice(0, at), bytes.slice(at)], wanted, kernels);
    assert.equal(found.text, expected.text, `cut at ${at}`);
  }
});

test("real scrapes come out alike", { skip: noExpositions }, async () => {
  const next = random(11);
  for (const [name, bytes] of sharedExpositions()) {
    for (const [rulesName, rules] of RULES) {
      const wanted = { rules, policies: [], aggregation: [], options: {} };
      await compare(next, bytes, wanted, `${name}, ${rulesName}`);
    }
  }
});

test("metadata that comes late is written with the next sample", async () => {
  const input = '# TYPE m gauge\nm{a="x"} 1\nm{a="x"} 2\n# HELP m Late.\nm{a="x"} 3\n';
  for (const rules of [[rule("drop", "a", "y")], dropNothing]) {
    const wanted = { rules, policies: [], aggregation: [], options: {} };
    await compare(random(1), new TextEncoder().encode(input), wanted, JSON.stringify(rules));
  }
});

test("sums of numbers of every length are those of a correct parser", async () => {
  const next = random(17);
  const digits = (count: number) => Array.from({ length: count }, () => next(9)).join("");
  const lines = Array.from({ length: 4000 }, (_, i) => {
    const exponent = next(3) === 0 ? `e${next(40) - 20}` : "";
    return `m{path="${i % 2}",a="${i >> 1}"} ${digits(1 + next(12))}.${
      digits(next(12))
    }${exponent}`;
  });
  const wanted = { rules: dropPath, policies: [], aggregation: [], options: {} };
  await compare(next, new TextEncoder().encode(lines.join("\n") + "\n"), wanted, "sums");
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
    const wanted = { rules, policies: [], aggregation: [], options: {} };
    await compare(next, bytes, wanted, JSON.stringify(rules));
  }
});
