import { deepEqual, equal } from "node:assert/strict";
import { after, before, test } from "node:test";
import { Cardinality } from "../../src/analyze/cardinality.ts";
import { cardinalityReport } from "../../src/analyze/cardinality_report.ts";
import { hashKey, setHashKey } from "../../src/exposition/hash_key.ts";
import { encode } from "../support/lines/filtered.ts";
import { labelOf, metricOf } from "../support/analyze/analyzed.ts";

const MIB = 1024 * 1024;

// An estimate is by the hashes of what is counted.
const own = [...hashKey];
before(() => setHashKey([1, 2, 3, 4, 5, 6]));
after(() => setHashKey(own));

/** Series of one metric with two labels: `b` has ten values, `a` the rest. */
function series(name: string, count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) => `${name}{a="${Math.floor(i / 10)}",b="${i % 10}"} 1\n`,
  );
  return lines.join("");
}

function analyzedWithin(maxBytes: number, ...inputs: string[]) {
  const cardinality = new Cardinality({ maxBytes });
  for (const input of inputs) cardinality.push(encode(input));
  cardinality.end();
  return cardinalityReport(cardinality);
}

test("without memory for all of them series are estimated, and it says so", () => {
  const report = analyzedWithin(MIB, series("x", 100_000));
  equal(report.estimated, true);
  const metric = metricOf(report, "x");
  equal(metric.estimated, true);
  isNear(metric.series, 100_000);
  const { distinct, estimated, without } = labelOf(report, "x", "b");
  deepEqual([distinct, estimated], [10, false]);
  isNear(without.series, 10_000);
  equal(labelOf(report, "x", "a").without.series <= metric.series, true);
  isNear(labelOf(report, "x", "a").distinct, 10_000);
});

test("metrics that have ended keep exact figures", () => {
  const inputs = ["x", "y", "z", "u", "v"].map((name) => series(name, 10_000));
  const report = analyzedWithin(MIB / 2, ...inputs);
  equal(report.estimated, false);
  for (const { series, estimated } of report.metrics) {
    deepEqual([series, estimated], [10_000, false]);
  }
  deepEqual(labelOf(report, "x", "b").without.series, 1000);
  deepEqual(labelOf(report, "x", "b").without.estimated, false);
});

test("a metric that comes back after it was forgotten is an estimate", () => {
  const inputs = ["x", "y", "z", "u", "v", "x"].map((name) => series(name, 10_000));
  const metric = metricOf(analyzedWithin(MIB / 2, ...inputs), "x");
  equal(metric.estimated, true);
  isNear(metric.series, 10_000);
});

test("labels that come when no memory is left are named, and series stay right", () => {
  const wide = Array.from({ length: 200 }, (_, i) => `l${i}="1"`).join(",");
  const input = `x{${wide}} 1\nx{${wide.replace('l199="1"', 'l199="2"')}} 1\n`;
  const metric = metricOf(analyzedWithin(100_000, input), "x");
  equal(metric.series, 2);
  equal(metric.labels.length + metric.unfollowed.length, 200);
  equal(metric.unfollowed.includes("l199"), true);
});

test("metrics beyond the memory are counted as one", () => {
  const names = Array.from({ length: 300 }, (_, i) => `metric_${i} 1\n`).join("");
  const { series, unlisted, metrics, estimated } = analyzedWithin(100_000, names);
  equal(series, 300);
  equal(metrics.length + unlisted, 300);
  equal(unlisted > 0 && estimated, true);
});

/** Four standard errors. */
function isNear(found: number, wanted: number): void {
  equal(Math.abs(found - wanted) <= wanted * 0.065, true, `${found}, wanted about ${wanted}`);
}
