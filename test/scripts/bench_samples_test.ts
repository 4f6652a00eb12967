import assert from "node:assert/strict";
import { test } from "node:test";
import { ingressSample } from "../../scripts/bench/ingress_sample.ts";
import {
  distinctSample,
  fleetSample,
  INSTANCES,
  tieredSample,
} from "../../scripts/bench/other_samples.ts";
import { sampleCounts } from "../../scripts/bench/samples.ts";
import { SampleSpans } from "../../src/exposition/sample_spans.ts";
import { scanSample } from "../../src/exposition/scan_sample.ts";

test("the samples of the targets have the size that the targets speak of", () => {
  const { lines, series } = sampleCounts("ingress", 1);
  assert.deepEqual([lines, series.pass, series.sum], [840_018, 840_002, 84_002]);
  assert.deepEqual(sampleCounts("tiered", 1).series, { pass: 2_500_000, tier: 2_500 });
  const distinct = { pass: 1_000_000, label: 500_000, capture: 10 };
  assert.deepEqual(sampleCounts("distinct", 1).series, distinct);
  assert.deepEqual(sampleCounts("fleet", 1).series, { pass: 1_000_000, sum: 20_000 });
  assert.deepEqual(sampleCounts("shard", 1).series, { pass: 20_000, sum: 20_000 });
});

test("a line of the ingress sample has 430 bytes", () => {
  const bytes = [...ingressSample(1_000)].reduce((sum, text) => sum + text.length, 0);
  assert.equal(Math.round(bytes / 840_018), 431);
});

const samples = [
  { name: "ingress", text: () => ingressSample(3), ...sampleCounts("ingress", 0.003) },
  { name: "tiered", text: () => tieredSample(2_500), ...sampleCounts("tiered", 0.001) },
  { name: "distinct", text: () => distinctSample(1_500), ...sampleCounts("distinct", 0.0015) },
  { name: "fleet", text: () => fleetSample(2, INSTANCES), ...sampleCounts("fleet", 0.002) },
  { name: "shard", text: () => fleetSample(2, 0), ...sampleCounts("shard", 0.002) },
];

for (const { name, text, lines, series } of samples) {
  test(`${name}: the lines and series that are counted, none twice, the same in each run`, () => {
    const found = [...text()].join("");
    assert.equal(found, [...text()].join(""));
    const all = found.split("\n").slice(0, -1);
    assert.equal(all.length, lines);
    const keys = all.filter((line) => !line.startsWith("#")).map(seriesOf);
    assert.equal(keys.length, series.pass);
    assert.equal(new Set(keys).size, keys.length);
  });
}

/** What stands before a sample's value. */
function seriesOf(line: string): string {
  const bytes = new TextEncoder().encode(line);
  const spans = new SampleSpans();
  assert.ok(scanSample(bytes, 0, bytes.length, spans, "text"), line);
  return line.slice(0, spans.valueStart);
}
