import assert from "node:assert/strict";
import { test } from "node:test";
import { engineOf } from "../support/lines/filtered.ts";
import { keptSamples, liftedThrough } from "../support/lines/lifted_lines.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";
import { random } from "../support/random.ts";

/*
 * Random lifted scrapes, one after the other through one program: what the kernel has learnt of the ones
 * before changes nothing, and what KeptLines says is what LineTaker writes.
 */

type Next = (largest: number) => number;

const drops: RelabelRules = [
  { action: "drop", source_labels: ["__name__", "a"], regex: "h0_bucket;.*|h1;1|m;1|c1_total;.*" },
];
const edits: RelabelRules = [
  { action: "labeldrop", regex: "b" },
  { action: "drop", source_labels: ["__name__"], regex: "h2_sum" },
  { source_labels: ["__name__"], regex: "h3(.*)", target_label: "__name__", replacement: "h2$1" },
];

function native(next: Next): string {
  const buckets = Array.from({ length: next(3) }, () => next(9));
  const zeros = next(2);
  const count = buckets.reduce((sum, bucket) => sum + bucket, zeros);
  const spans = buckets.length === 0 ? "" : `${next(4) - 2}:${buckets.length}`;
  return `{count:${count},sum:${next(99)},schema:${next(3)},zero_threshold:0.${next(2)}1,` +
    `zero_count:${zeros},negative_spans:[],negative_buckets:[],positive_spans:[${spans}],` +
    `positive_buckets:[${buckets}]}`;
}

/** Times, start time and exemplars, or none. */
function behind(next: Next): string {
  const exemplar = () => ` # {t="${next(9)}"} ${next(9)}${next(1) === 0 ? ` ${next(99)}.5` : ""}`;
  const time = next(3) === 0 ? ` ${next(9)}.25` : "";
  const start = next(1) === 0 ? ` st@${next(9)}.125` : "";
  return time + start + (next(2) === 0 ? exemplar() + (next(1) === 0 ? exemplar() : "") : "");
}

function scrape(next: Next): string {
  let text = "";
  for (let family = 0; family < 5; family++) {
    if (next(5) === 0) continue;
    text += `# TYPE h${family} ${family === 4 ? "gaugehistogram" : "histogram"}\n`;
    for (let metric = next(5); metric > 0; metric--) {
      const labels = `a="${next(3)}",b="${next(2)}"`;
      if (next(2) > 0) {
        text += `h${family}_bucket{${labels},le="1.0"} ${next(5)}${behind(next)}\n`;
        text += `h${family}_bucket{${labels},le="+Inf"} ${5 + next(5)}${behind(next)}\n`;
        text += `h${family}_sum{${labels}} ${next(50)}${behind(next)}\n`;
        text += `h${family}_count{${labels}} ${5 + next(5)}\n`;
      }
      if (next(3) > 0) text += `h${family}{${labels}} ${native(next)}${behind(next)}\n`;
    }
  }
  for (const name of ["c1_total", "c2_total"]) {
    text += `# TYPE ${name} counter\n`;
    for (let metric = next(4); metric > 0; metric--) {
      const wrong = next(12) === 0 ? "x" : "";
      text += `${name}{a="${next(3)}",b="${next(2)}"} ${next(99)}${behind(next)}${wrong}\n`;
    }
  }
  text += "# TYPE m gauge\n";
  for (let metric = next(6); metric > 0; metric--) {
    const value = next(1) === 0 ? native(next) : next(9);
    text += `m{a="${next(3)}",b="${next(2)}"} ${value}${behind(next)}\n`;
  }
  return text;
}

test("random lifted scrapes are filtered alike, learnt or not, and by KeptLines", async () => {
  const next = random(7);
  const rules = await rulesOf({ rules: drops });
  const policies = await engineOf([
    {
      match: [{ metric_type: "exponential_histogram" }, { datapoint_attribute: "a", equals: "2" }],
    },
  ].map((policy) => ({ ...policy, keep: false })));
  for (let i = 0; i < 400; i++) {
    const text = scrape(next);
    const run = { rules, policies, options: { onUnreadable: "drop" as const } };
    const plain = liftedThrough(text, { ...run, learns: false });
    const learnt = liftedThrough(text, run);
    assert.equal(learnt.text, plain.text);
    assert.deepEqual(learnt.stats, plain.stats);
    const kept = keptSamples(text, run);
    assert.equal(kept.text, plain.text.replace(/^#.*\n/gm, ""));
    assert.deepEqual(kept.stats, plain.stats);
  }
});

test("random lifted scrapes become the same series, learnt or not", async () => {
  const next = random(8);
  const rules = await rulesOf({ rules: edits });
  let merged = 0;
  for (let i = 0; i < 400; i++) {
    const text = scrape(next);
    const plain = liftedThrough(text, { rules, learns: false });
    const learnt = liftedThrough(text, { rules });
    assert.equal(learnt.text, plain.text, text);
    assert.deepEqual(learnt.stats, plain.stats);
    merged += plain.stats.mergedSamples;
  }
  assert.ok(merged > 1000, `${merged} samples were merged`);
});
