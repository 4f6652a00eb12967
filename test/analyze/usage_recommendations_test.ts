/** Rules that take away what nothing reads. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_AGGREGATION } from "../../src/aggregate/default_rules.ts";
import { Cardinality } from "../../src/analyze/cardinality.ts";
import { cardinalityReport } from "../../src/analyze/cardinality_report.ts";
import type { Recommendation } from "../../src/analyze/report.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import type { LineFormat } from "../../src/exposition/line_format.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { UsedGuard } from "../../src/lines/used_guard.ts";
import { usesTakenByName } from "../../src/lint/used_names.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import type { UsedIndex } from "../../src/usage/used_index.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { nativeValue } from "../support/lines/lifted_lines.ts";
import { random } from "../support/random.ts";
import { randomExpression, type Vocabulary } from "../support/usage/random_expression.ts";
import { indexOf } from "../support/usage/used.ts";

interface Case {
  readonly name: string;
  readonly input: string;
  readonly reads: readonly string[];
  readonly kept?: string;
  readonly format?: LineFormat;
  /** The summaries up to their bytes, with the rule. */
  readonly wanted: readonly (readonly [summary: string, yaml: string])[];
}

const drop = (regex: string) => `- action: drop\n  source_labels: [__name__]\n  regex: ${regex}`;

const HISTOGRAM = `# TYPE w_seconds histogram
${
  ["0.1", "0.5", "1", "+Inf"].map((le) => `w_seconds_bucket{path="/a",le="${le}"} 1\n`).join("")
}w_seconds_sum{path="/a"} 1
w_seconds_count{path="/a"} 1
`;

const CASES: readonly Case[] = [
  {
    name: "a metric that nothing reads",
    input: "# TYPE a_total counter\na_total 1\n# TYPE b gauge\nb 1\n",
    reads: ["rate(a_total[5m])"],
    wanted: [["drop b that nothing reads: 2 → 1 series", drop("b")]],
  },
  {
    name: "everything is read",
    input: "# TYPE a_total counter\na_total 1\n",
    reads: ["a_total"],
    wanted: [],
  },
  {
    name: "a prefix, where all that begins with it may go",
    input: "x_a 1\nx_b 1\nx_c 1\nx_d 1\ny_a 1\n",
    reads: ["y_a"],
    wanted: [[
      "drop 4 metrics (x_a, x_b, x_c and 1 more) that nothing reads: 5 → 1 series",
      drop('"x_.*"'),
    ]],
  },
  {
    name: "no prefix of a metric that is read when it is there",
    input: "x_a 1\nx_b 1\nx_c 1\nx_d 1\ny_a 1\n",
    reads: ["y_a", "x_errors_total > 0"],
    wanted: [[
      "drop 4 metrics (x_a, x_b, x_c and 1 more) that nothing reads: 5 → 1 series",
      drop("x_a|x_b|x_c|x_d"),
    ]],
  },
  {
    name: "what is to be kept is left alone, its labels too",
    input: '# TYPE a_total counter\na_total{p="1"} 1\na_total{p="2"} 1\n' +
      '# TYPE b_total counter\nb_total{p="1"} 1\nb_total{p="2"} 1\nc 1\n',
    reads: ["sum(a_total)"],
    kept: "b_.*",
    wanted: [
      [
        "drop p from a_total of which no query needs it: 5 → 4 series",
        '- action: replace\n  source_labels: [__name__]\n  regex: a_total\n  target_label: p\n  replacement: ""',
      ],
      ["drop c that nothing reads: 5 → 4 series", drop("c")],
    ],
  },
  {
    name: "a label that no query needs",
    input: '# TYPE a_total counter\na_total{p="1",q="1"} 1\na_total{p="2",q="1"} 1\n',
    reads: ["sum by (q) (rate(a_total[5m]))"],
    wanted: [[
      "labeldrop p, which no query needs: 2 → 1 series",
      "- action: labeldrop\n  regex: p",
    ]],
  },
  {
    name: "one that a metric needs which is not there now, from the others by name",
    input: '# TYPE a_total counter\na_total{p="1",q="1"} 1\na_total{p="2",q="1"} 1\n',
    reads: ["sum by (q) (rate(a_total[5m]))", "sum by (p) (errors_total)"],
    wanted: [[
      "drop p from a_total of which no query needs it: 2 → 1 series",
      '- action: replace\n  source_labels: [__name__]\n  regex: a_total\n  target_label: p\n  replacement: ""',
    ]],
  },
  {
    name: "no label of what is not summed",
    input: '# TYPE a_info gauge\na_info{p="1"} 1\na_info{p="2"} 1\n',
    reads: ["sum(a_info)"],
    wanted: [],
  },
  {
    name: "the parts of a histogram keep the labels that one of them needs",
    input: HISTOGRAM.replaceAll("path=", 'zone="z",path='),
    reads: [
      "histogram_quantile(0.9, sum by (le) (w_seconds_bucket))",
      "sum by (path) (w_seconds_count)",
      "sum(w_seconds_sum)",
    ],
    wanted: [[
      "labeldrop zone, which no query needs: 6 → 6 series",
      "- action: labeldrop\n  regex: zone",
    ]],
  },
  {
    name: "buckets, where the sum and the count alone are read",
    input: HISTOGRAM,
    reads: ["rate(w_seconds_sum[5m]) / rate(w_seconds_count[5m])"],
    wanted: [[
      "drop w_seconds_bucket whose histograms are read without them: 6 → 2 series",
      drop("w_seconds_bucket"),
    ]],
  },
  {
    name: "no sum or count of a histogram whose buckets are read",
    input: HISTOGRAM,
    reads: ["histogram_quantile(0.5, w_seconds_bucket)"],
    wanted: [],
  },
  {
    name: "bounds that no query compares",
    input: HISTOGRAM,
    reads: ['w_seconds_bucket{le="1"} / on (path) w_seconds_count', "w_seconds_sum"],
    wanted: [[
      "drop 2 of 4 bounds of w_seconds_bucket: 6 → about 4 series",
      '- action: drop\n  source_labels: [__name__, le]\n  regex: "w_seconds_bucket;(?:0\\\\.1|0\\\\.5)"',
    ]],
  },
  {
    name: "no bound of what a quantile is computed of",
    input: HISTOGRAM,
    reads: [
      'w_seconds_bucket{le="1"}',
      "histogram_quantile(0.5, w_seconds_bucket)",
      "{__name__=~'w_.*'}",
    ],
    wanted: [],
  },
  {
    name: "nothing of a histogram that is read as a native one of its parts",
    input: HISTOGRAM,
    reads: ["histogram_quantile(0.5, w_seconds)"],
    wanted: [],
  },
  {
    name: "classic parts beside native histograms that are read",
    input: HISTOGRAM.replace("\n", `\nw_seconds{path="/a"} ${nativeValue(1, 1)}\n`),
    reads: ["histogram_quantile(0.5, w_seconds)"],
    format: "lifted",
    wanted: [[
      "drop 3 metrics (w_seconds_bucket, w_seconds_count, w_seconds_sum) whose histograms are read " +
      "without them: 7 → 1 series",
      drop("w_seconds_bucket|w_seconds_count|w_seconds_sum"),
    ]],
  },
  {
    name: "what has a word of an expression that nobody can read stays",
    input: "a 1\nb 1\n",
    reads: ["sum(a"],
    wanted: [["drop b that nothing reads: 2 → 1 series", drop("b")]],
  },
];

for (const { name, input, reads, kept, format, wanted } of CASES) {
  test(name, async () => {
    const used = await indexOf(reads);
    const found = recommended(input, used, { kept, format });
    deepEqual(found.map(({ summary, yaml }) => [summary.replace(/, [^,]*$/, ""), yaml]), wanted);
    await harmless(found, input, used, format);
  });
}

test("each says how many series it leaves", async () => {
  for (const { input, reads, format } of CASES) {
    if (format !== undefined) continue;
    for (const one of recommended(input, await indexOf(reads))) {
      const { stats } = await filterChunks([encode(input)], { rules: await compiled([one]) });
      equal(stats.outputSamples, one.after.series, one.summary);
    }
  }
});

/** Names of which some begin alike, and labels that some have. */
const WORDS: Vocabulary = {
  metrics: [
    "a_total",
    "b_total",
    "g",
    "g_ratio",
    "h_seconds_bucket",
    "h_seconds_count",
    "h_seconds",
  ]
    .concat("h_seconds_sum", "s_seconds_sum", "s_seconds", "x_a", "x_b", "x_c", "x_gone"),
  labels: ["a", "b", "c", "le"],
  values: ["1", "2", "1|2", ".+", "", "0.5"],
};

function randomScrape(next: (largest: number) => number): string {
  const pick = <T>(list: readonly T[]): T => list[next(list.length - 1)];
  const labelSets = () => {
    const sets = new Set<string>();
    for (let count = next(5); count >= 0; count--) {
      const labels = ["a", "b", "c"].filter(() => next(3) > 0);
      sets.add(labels.map((label) => `${label}="${pick(["1", "2", "3"])}"`).join(","));
    }
    return [...sets];
  };
  const plain = (name: string, type: string) =>
    `# TYPE ${name} ${type}\n` +
    labelSets().map((labels) => `${name}{${labels}} ${next(9)}\n`).join("");
  const histogram = `# TYPE h_seconds histogram\n` + labelSets().map((labels) => {
    const before = labels === "" ? "" : `${labels},`;
    const buckets = ["0.5", "1", "2", "+Inf"].map((le) =>
      `h_seconds_bucket{${before}le="${le}"} 1\n`
    );
    return `${buckets.join("")}h_seconds_sum{${labels}} 1\nh_seconds_count{${labels}} 1\n`;
  }).join("");
  const summary = "# TYPE s_seconds summary\n" +
    labelSets().map((labels) =>
      `s_seconds{${labels === "" ? "" : `${labels},`}quantile="0.5"} 1\n` +
      `s_seconds_sum{${labels}} 1\ns_seconds_count{${labels}} 1\n`
    ).join("");
  return [
    plain("a_total", "counter"),
    plain("b_total", "counter"),
    plain("g", "gauge"),
    plain("g_ratio", "gauge"),
    histogram,
    summary,
    ...["x_a", "x_b", "x_c", "x_d", "x_e"].map((name) => plain(name, "untyped")),
  ].filter(() => next(4) > 0).join("");
}

test("no rule takes away what is read, of any uses and any scrape", async () => {
  let rules = 0;
  let labels = 0;
  for (let seed = 1; seed <= 100; seed++) {
    const next = random(seed);
    const input = randomScrape(next);
    const reads = Array.from({ length: next(6) }, () => randomExpression(next, WORDS, 1 + next(2)));
    const used = await indexOf(reads);
    const found = recommended(input, used);
    rules += found.length;
    labels += found.filter(({ rule }) => rule.action !== "drop").length;
    await harmless(found, input, used, undefined, `seed ${seed}: ${reads.join("; ")}`);
  }
  ok(rules > 100, String(rules));
  ok(labels > 10, String(labels));
});

function recommended(
  input: string,
  used: UsedIndex,
  { kept, format }: { readonly kept?: string; readonly format?: LineFormat } = {},
): readonly Recommendation[] {
  const cardinality = new Cardinality({ format });
  cardinality.push(encode(input));
  cardinality.end();
  const isKept = (name: string) => kept !== undefined && new RegExp(`^(?:${kept})$`).test(name);
  return cardinalityReport(cardinality, { used, isKept, aggregation: DEFAULT_AGGREGATION })
    .recommendations;
}

/** Each alone and all of them together leave what is read as it is. */
async function harmless(
  found: readonly Recommendation[],
  input: string,
  used: UsedIndex,
  format: LineFormat = "text",
  message: string = input,
): Promise<void> {
  const unlimited = { maxInputBytes: 0, maxOutputBytes: 0, onLimit: "truncate" as const };
  for (const some of [...found.map((one) => [one]), found]) {
    const rules = await compiled(some);
    const guard = new UsedGuard(used, {
      ...unlimited,
      maxLineBytes: 1 << 20,
      policies: undefined,
      rules,
      format,
    });
    guard.push(encode(input));
    guard.end();
    deepEqual(guard.report().taken, [], message);
    deepEqual(usesTakenByName(used.uses, rules?.rules, undefined).reports(), [], message);
  }
}

async function compiled(found: readonly Recommendation[]) {
  const place = "rules.yaml";
  const text = `metric_relabel_configs:\n${found.map(({ yaml }) => `${yaml}\n`).join("")}`;
  const { main, problems } = readRelabelDocument(await parseConfigText(place, encode(text)), place);
  deepEqual(problems, []);
  return await buildRules({ relabelConfigs: main ?? [], aggregationRules: [], limits: undefined });
}
