/** What `check --scrape` says of bounds is what becomes of them, however they are spelled. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { runCheck } from "../support/cli/memory_files.ts";
import { chunksOf, encode, filterChunks } from "../support/lines/filtered.ts";
import { type RelabelRules, rulesOf } from "../support/lines/series_case.ts";

interface BoundCase {
  readonly name: string;
  /** A YAML list, one rule a line. */
  readonly rules: string;
  readonly input: string;
  /** What a scrape makes of it. */
  readonly output: string;
  /** The lines of the check below the settings, without the file's name. */
  readonly said: readonly string[];
}

const DROPS_QUANTILES =
  "it makes quantiles of summaries collide, which cannot be merged and are dropped";
const SUMS_GAUGES = "it makes gauges collide, which are summed as nothing else is declared";

const CASES: readonly BoundCase[] = [
  {
    name: "a rule reads a bucket's bound as Prometheus does",
    rules: "- {source_labels: [le], regex: '1\\.0', action: drop}",
    input:
      '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e0",p="1"} 1\nh_bucket{le="2"} 2\n',
    output: '# TYPE h histogram\nh_bucket{le="2"} 2\n',
    said: ["no lints"],
  },
  {
    name: "start times that collide are no quantiles",
    rules: "- {action: labeldrop, regex: p}",
    input: '# TYPE s summary\ns_sum{p="1"} 1\ns_sum{p="2"} 2\ns_count{p="1"} 1\n' +
      's_count{p="2"} 1\ns_created{p="1"} 7\ns_created{p="2"} 8\n',
    output: "# TYPE s summary\ns_sum 3\ns_count 2\n",
    said: ["no lints"],
  },
  {
    name: "a rule for the bound as it was written does nothing",
    rules: "- {source_labels: [le], regex: '1', action: drop}",
    input: '# TYPE h histogram\nh_bucket{le="1"} 1\n',
    output: '# TYPE h histogram\nh_bucket{le="1"} 1\n',
    said: [
      'it looks for le="1", which in a histogram is "1.0" to a rule, as in Prometheus 3 ' +
      "(bound-spelling)",
      "1 lint",
    ],
  },
  {
    name: "le is text beyond histograms",
    rules: "- {source_labels: [le], regex: '1', action: drop}",
    input: '# TYPE g gauge\ng{le="1"} 1\nu{le="1"} 1\nu{le="1.0"} 2\n',
    output: 'u{le="1.0"} 2\n',
    said: ["no lints"],
  },
  {
    name: "a bound that a rule sets is compared as a number",
    rules:
      "- {source_labels: [quantile], regex: '0.9', target_label: quantile, replacement: '0.50'}",
    input: '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} 2\ns_sum 1\ns_count 1\n',
    output: "# TYPE s summary\ns_sum 1\ns_count 1\n",
    said: [`${DROPS_QUANTILES}: s (1 sample) (drops-quantiles)`, "1 lint"],
  },
  {
    name: "a bound that a rule copies from another label",
    rules: "- {source_labels: [q], regex: (.+), target_label: quantile}\n" +
      "- {action: labeldrop, regex: q}",
    input: '# TYPE s summary\ns{q="0.50"} 1\ns{q=".5"} 2\ns_count 1\n',
    output: "# TYPE s summary\ns_count 1\n",
    said: [`${DROPS_QUANTILES}: s (1 sample) (drops-quantiles)`, "1 lint"],
  },
  {
    name: "a rule that sets another number lets nothing collide",
    rules:
      "- {source_labels: [quantile], regex: '0.9', target_label: quantile, replacement: '0.51'}",
    input: '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} 2\n',
    output: '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.51"} 2\n',
    said: ["no lints"],
  },
  {
    name: "a gauge's label is text when a rule sets it, too",
    rules:
      "- {source_labels: [quantile], regex: '0.9', target_label: quantile, replacement: '0.50'}",
    input: '# TYPE g gauge\ng{quantile="0.5"} 1\ng{quantile="0.9"} 2\n',
    output: '# TYPE g gauge\ng{quantile="0.5"} 1\ng{quantile="0.50"} 2\n',
    said: ["no lints"],
  },
  {
    name: "what is renamed out of its family is no gauge any more",
    rules:
      "- {source_labels: [__name__], regex: g_gcount, target_label: __name__, replacement: n}\n" +
      "- {action: labeldrop, regex: path}",
    input: '# TYPE g gaugehistogram\ng_gcount{path="a"} 1\ng_gcount{path="b"} 2\n',
    output: "n 3\n",
    said: ["no lints"],
  },
  {
    name: "a gauge that is renamed stays one",
    rules: "- {source_labels: [__name__], regex: '(a|b)', target_label: __name__, replacement: c}",
    input: "# TYPE a gauge\na 1\n# TYPE b gauge\nb 2\n",
    output: "# TYPE c gauge\nc 3\n",
    said: [`${SUMS_GAUGES}: b (1 sample) (sums-gauges)`, "1 lint"],
  },
];

for (const { name, rules, input, output, said } of CASES) {
  for (const openMetrics of [false, true]) {
    const end = openMetrics ? "# EOF\n" : "";
    test(`${name}, in ${openMetrics ? "OpenMetrics" : "text"}`, async () => {
      const files = { "r.yaml": rules, "s.prom": input + end };
      const { stdout } = await runCheck("--relabel-file r.yaml --scrape s.prom", files);
      const lints = stdout.slice(stdout.findIndex((line) => line.startsWith("sample scrape")) + 1);
      deepEqual(lints.map((line) => line.replace(/^r.yaml: \S+: /, "")), said);
      const inForce = await rulesOf({ rules: parse(rules) as RelabelRules });
      const options = { rules: inForce, openMetrics };
      const { text } = await filterChunks(chunksOf(encode(input + end), 4096), options);
      equal(text, output + end);
    });
  }
}
