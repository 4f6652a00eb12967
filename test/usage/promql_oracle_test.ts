/**
 * Labels that expressions need, as Prometheus's engine confirms them. Each expression of
 * `data/promql_oracle.jsonl` was evaluated by `promql.Engine` of Prometheus 3.16 on up to 24 sets of
 * random series (`data` of them had results): gauges of small integers, counters, classic and native
 * histograms, with labels at random, of each label those that matchers want and others, in sets where
 * each label tells all series apart, and in sets where few do. Then it was evaluated on the same series
 * with all labels removed that no use of the metric needs, and equal ones summed: each result was the
 * same, to a relative difference of 1e-9. The expressions are those of `promql_uses_test.ts` without
 * variables, and random ones; of 2,404 of these, one differed, by which of equal values `bottomk` takes.
 */
import { deepEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { needText } from "../../src/usage/label_need.ts";
import { promqlUses } from "../../src/usage/promql_uses.ts";
import { selectorText } from "../../src/usage/series_use.ts";

interface Confirmed {
  readonly expression: string;
  readonly uses: readonly (readonly [selector: string, labels: string])[];
}

const lines = readFileSync(join(import.meta.dirname!, "data", "promql_oracle.jsonl"), "utf8")
  .trimEnd().split("\n");

test("the labels that Prometheus's results depend on", () => {
  ok(lines.length > 300);
  for (const line of lines) {
    const { expression, uses }: Confirmed = JSON.parse(line);
    const found = promqlUses(expression);
    ok("uses" in found, expression);
    const texts = found.uses.map((use) => [selectorText(use), needText(use.needs)]);
    deepEqual(texts, uses, expression);
  }
});
