import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Recommendation } from "../../src/analyze/report.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { noExpositions, sharedExpositions } from "../support/lines/shared_expositions.ts";
import { analyzed } from "../support/analyze/analyzed.ts";

const HISTOGRAM = ["/a", "/b"].flatMap((path) => [
  ...["0.1", "1.0", "+Inf"].map((le) => `h_bucket{path="${path}",le="${le}"} 1\n`),
  `h_sum{path="${path}"} 1\n`,
  `h_count{path="${path}"} 1\n`,
]).join("");

interface Case {
  readonly name: string;
  readonly input: string;
  /** The summaries without their bytes, each with what it costs and its warnings. */
  readonly wanted: readonly (readonly [summary: string, cost: string, ...warnings: string[]])[];
}

const CASES: readonly Case[] = [
  {
    name: "of a counter the label without which the fewest series are left comes first",
    input: '# TYPE c counter\nc{a="1",b="1"} 1\nc{a="2",b="1"} 1\nc{a="3",b="2"} 1\n',
    wanted: [
      ["labeldrop a: 3 → 2 series", "exact: sums exactly"],
      ["labeldrop b: 3 → 3 series", "exact: no series collide"],
      ["drop c: 3 → 0 series", "gone: the metric is gone"],
    ],
  },
  {
    name: "gauges are summed: the rule is offered for the others alone, and comes last",
    input: '# TYPE c counter\nc{a="1"} 1\nc{a="2"} 1\n# TYPE g gauge\ng{a="1"} 1\ng{a="2"} 1\n',
    wanted: [
      ["drop a from c: 4 → 3 series", "exact: sums exactly"],
      ["drop c: 4 → 2 series", "gone: the metric is gone"],
      ["drop g: 4 → 2 series", "gone: the metric is gone"],
      ["labeldrop a: 4 → 2 series", "wrong: sums a gauge", "gauges are summed: g"],
    ],
  },
  {
    name: "of a histogram a label is safer than the buckets, and they than all of it",
    input: `# TYPE h histogram\n${HISTOGRAM}`,
    wanted: [
      ["labeldrop path: 10 → 5 series", "exact: sums exactly"],
      [
        "drop h_bucket: 10 → 4 series",
        "buckets: breaks histogram_quantile",
        "h loses its buckets, +Inf among them: sum and count are left, and no quantile can be computed",
      ],
      ["drop h: 10 → 0 series", "gone: the metric is gone"],
      [
        "labeldrop le: 10 → 6 series",
        "wrong: breaks histogram_quantile",
        "the buckets become one, +Inf among them: h",
      ],
    ],
  },
  {
    name: "quantiles that meet are gone",
    input: '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="0.9"} 1\ns_sum 1\ns_count 1\n',
    wanted: [
      ["drop s: 4 → 0 series", "gone: the metric is gone"],
      [
        "labeldrop quantile: 4 → about 2 series",
        "wrong: drops quantiles",
        "quantiles cannot be merged and are dropped: s",
      ],
    ],
  },
  {
    name: "of start times that meet a sum has none, and that is no loss",
    input:
      '# TYPE c counter\nc_total{a="1"} 1\nc_total{a="2"} 1\nc_created{a="1"} 1\nc_created{a="2"} 1\n',
    wanted: [
      ["labeldrop a: 4 → about 1 series", "exact: sums exactly"],
      ["drop c: 4 → 0 series", "gone: the metric is gone"],
    ],
  },
  {
    name: "without a TYPE nobody knows",
    input: 'u{a="1"} 1\nu{a="2"} 1\n',
    wanted: [
      ["drop u: 2 → 0 series", "gone: the metric is gone"],
      [
        "labeldrop a: 2 → 1 series",
        "wrong: sums what has no TYPE",
        "without a TYPE these are summed, which is right for counters: u",
      ],
    ],
  },
  {
    name: "what the oldest wins of is no sum of gauges",
    input: '# TYPE g_created gauge\ng_created{a="1"} 1\ng_created{a="2"} 1\n',
    wanted: [
      ["labeldrop a: 2 → 1 series", "exact: built-in rules merge"],
      ["drop g_created: 2 → 0 series", "gone: the metric is gone"],
    ],
  },
  {
    name: "what a built-in rule decides about is no sum",
    input:
      '# TYPE r_ratio gauge\nr_ratio{a="1"} 1\nr_ratio{a="2"} 1\nb_info{a="1"} 1\nb_info{a="2"} 1\n',
    wanted: [
      ["labeldrop a: 4 → 2 series", "exact: built-in rules merge"],
      ["drop r_ratio: 4 → 2 series", "gone: the metric is gone"],
      ["drop b_info: 4 → 2 series", "gone: the metric is gone"],
    ],
  },
];

for (const { name, input, wanted } of CASES) {
  test(name, () => {
    const found = analyzed(input).recommendations.map(({ summary, safety, costs, warnings }) => [
      summary.replace(/, [^,]*$/, ""),
      `${safety}: ${costs.join(", ")}`,
      ...warnings,
    ]);
    deepEqual(found, wanted);
  });
}

test("a recommendation is ready to be pasted", () => {
  const { recommendations } = analyzed('# TYPE c counter\nc{"a.b"="1"} 1\nc{"a.b"="2"} 1\n');
  deepEqual(recommendations[0], {
    safety: "exact",
    costs: ["sums exactly"],
    summary: 'labeldrop "a.b": 2 → 1 series, 47 B → 21 B',
    rule: { action: "labeldrop", regex: "a\\.b" },
    yaml: '- action: labeldrop\n  regex: "a\\\\.b"',
    before: { series: 2, bytes: 47, estimated: false },
    after: { series: 1, bytes: 21, estimated: false },
    warnings: [],
  });
});

test("every recommendation leaves the series that it says", { skip: noExpositions }, async () => {
  for (const [file, bytes] of sharedExpositions()) {
    const { recommendations } = analyzed(bytes);
    equal(recommendations.length > 3, true, file);
    for (const recommendation of recommendations) {
      const { stats } = await filterChunks([bytes], { rules: await compiled(recommendation) });
      const { series, estimated } = recommendation.after;
      const isRight = estimated ? stats.outputSamples >= series : stats.outputSamples === series;
      equal(isRight, true, `${file}: ${recommendation.summary}: ${stats.outputSamples}`);
    }
  }
});

test("values that YAML would misread are quoted", async () => {
  const names = [
    "yes",
    "null",
    "a b",
    "ü",
    "x:",
    "#",
    "'",
    '"',
    "\\",
    "\n",
    "\u2028",
    "\u202e",
    "- a",
  ];
  for (const name of names) {
    const quoted = name.replace(/[\\"]/g, "\\$&").replace("\n", "\\n");
    const input = `# TYPE c counter\nc{"${quoted}"="1"} 1\nc{"${quoted}"="2"} 1\n`;
    const { recommendations } = analyzed(input);
    const rule = recommendations.find(({ rule }) => rule.action === "labeldrop")!;
    const { stats } = await filterChunks([encode(input)], { rules: await compiled(rule) });
    equal(stats.outputSamples, 1, JSON.stringify(name));
  }
});

async function compiled({ yaml }: Recommendation) {
  const place = "rules.yaml";
  const { main, problems } = readRelabelDocument(
    await parseConfigText(place, encode(`metric_relabel_configs:\n${yaml}\n`)),
    place,
  );
  deepEqual(problems, []);
  return await buildRules({ relabelConfigs: main, aggregationRules: [], limits: undefined });
}
