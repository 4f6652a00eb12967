/** What `check --scrape --used` says of rules that take away what alerts and dashboards read. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { UseCollector } from "../../src/usage/use_collector.ts";
import { runCheck } from "../support/cli/memory_files.ts";

const SCRAPE = `# TYPE http_requests_total counter
http_requests_total{path="/a",code="200",pod="x"} 1
http_requests_total{path="/b",code="500",pod="x"} 2
http_requests_total{path="/b",code="500",pod="y"} 3
# TYPE temperature gauge
temperature{room="a",sensor="1"} 20
temperature{room="a",sensor="2"} 21
# TYPE wait_seconds histogram
wait_seconds_bucket{path="/a",le="1"} 1
wait_seconds_bucket{path="/a",le="+Inf"} 2
wait_seconds_sum{path="/a"} 1
wait_seconds_count{path="/a"} 2
# TYPE unused gauge
unused{a="b"} 1
`;

/** The same, as OpenMetrics has it: a counter's family has no `_total`. */
const OPEN_METRICS = `${
  SCRAPE.replace("# TYPE http_requests_total", "# TYPE http_requests")
}# EOF\n`;

interface GuardCase {
  readonly name: string;
  readonly reads: readonly string[];
  readonly rules: string;
  readonly policies?: object;
  /** What the lints `used` say, with their places. */
  readonly said: readonly string[];
}

const SUM = "sum by (code) (rate(http_requests_total[5m]))";
const AT = "--relabel: metric_relabel_configs[0]";
const BY = "read by alert A0 (shop)";

const CASES: readonly GuardCase[] = [
  {
    name: "a metric that nothing reads may go",
    reads: [SUM],
    rules: "[{source_labels: [__name__], regex: unused, action: drop}]",
    said: [],
  },
  {
    name: "a metric that an alert reads may not",
    reads: [SUM],
    rules: "[{source_labels: [__name__], regex: http_.*, action: drop}]",
    said: [`${AT}: it drops http_requests_total (3 series), ${BY}`],
  },
  {
    name: "nor be left out of what is kept",
    reads: [SUM],
    rules: "[{source_labels: [__name__], regex: temperature, action: keep}]",
    said: [`${AT}: it drops http_requests_total (3 series), ${BY}`],
  },
  {
    name: "series that the matchers leave out may go",
    reads: ['sum(rate(http_requests_total{code="500"}[5m]))'],
    rules: "[{source_labels: [code], regex: '200', action: drop}]",
    said: [],
  },
  {
    name: "those that they name may not",
    reads: ['sum(rate(http_requests_total{code=~"5.."}[5m]))'],
    rules: "[{source_labels: [code], regex: '500', action: drop}]",
    said: [`${AT}: it drops http_requests_total{code=~"5.."} (2 series), ${BY}`],
  },
  {
    name: "a label that is added up anyway may go",
    reads: [SUM],
    rules: "[{action: labeldrop, regex: path|pod}]",
    said: [],
  },
  {
    name: "a label that is asked for may not",
    reads: [SUM],
    rules: "[{action: labeldrop, regex: code}]",
    said: [`${AT}: it takes the label code from http_requests_total (3 series), ${BY}`],
  },
  {
    name: "nor one of a matcher",
    reads: ['sum(http_requests_total{path!="/b"})'],
    rules: "[{action: labeldrop, regex: path}]",
    said: [
      `${AT}: it adds series to http_requests_total{path!="/b"} (2 series), ${BY}`,
      `${AT}: it takes the label path from http_requests_total{path!="/b"} (1 series), ${BY}`,
    ],
  },
  {
    name: "nor what is read by labels that Prometheus adds to the target's",
    reads: ['sum by (job, code) (http_requests_total{job="shop",code=~"5..",env!="test"})'],
    rules: "[{action: labeldrop, regex: code}]",
    said: [
      `${AT}: it takes the label code from http_requests_total{job="shop", code=~"5..", env!="test"} ` +
      `(2 series), ${BY}`,
    ],
  },
  {
    name: "nor one of a table that shows all",
    reads: ["http_requests_total"],
    rules: "[{action: labeldrop, regex: pod}]",
    said: [`${AT}: it takes the label pod from http_requests_total (3 series), ${BY}`],
  },
  {
    name: "nor may its value change",
    reads: [SUM],
    rules: "[{source_labels: [code], regex: (.)00, target_label: code, replacement: '${1}xx'}]",
    said: [`${AT}: it takes the label code from http_requests_total (3 series), ${BY}`],
  },
  {
    name: "a label that nothing asks for may be added",
    reads: [SUM],
    rules: "[{target_label: team, replacement: shop}]",
    said: [],
  },
  {
    name: "a label that was not there may be added where all labels are shown",
    reads: ["http_requests_total"],
    rules: "[{target_label: team, replacement: shop}]",
    said: [],
  },
  {
    name: "unless series leave a selector by it",
    reads: ['sum(temperature{team=""})'],
    rules: "[{target_label: team, replacement: shop}]",
    said: [`${AT}: it takes the label team from temperature{team=""} (2 series), ${BY}`],
  },
  {
    name: "series may not come into a selector that they were not in",
    reads: ['sum(http_requests_total{code!="500"})'],
    rules: "[{source_labels: [code], regex: '500', target_label: code, replacement: ''}]",
    said: [`${AT}: it adds series to http_requests_total{code!="500"} (2 series), ${BY}`],
  },
  {
    name: "a metric may take a name that is read",
    reads: ["sum(other)"],
    rules:
      "[{source_labels: [__name__], regex: unused, target_label: __name__, replacement: other}]",
    said: [],
  },
  {
    name: "a name may not change",
    reads: [SUM],
    rules: "[{source_labels: [__name__], regex: http_(.*), target_label: __name__}]",
    said: [`${AT}: it renames http_requests_total (3 series), ${BY}`],
  },
  {
    name: "the rule that does it is named",
    reads: [SUM],
    rules: "[{action: labeldrop, regex: path}, {action: labeldrop, regex: code}]",
    said: [
      "--relabel: metric_relabel_configs[1]: it takes the label code from http_requests_total " +
      `(3 series), ${BY}`,
    ],
  },
  {
    name: "buckets that a quantile needs may not go",
    reads: ["histogram_quantile(0.9, sum by (le) (rate(wait_seconds_bucket[5m])))"],
    rules: "[{source_labels: [le], regex: '1.0', action: drop}]",
    said: [`${AT}: it drops wait_seconds_bucket (1 series), ${BY}`],
  },
  {
    name: "a bound is read as series have it",
    reads: ['sum(wait_seconds_bucket{le="1.0"})'],
    rules: "[{source_labels: [le], regex: '1.0', action: drop}]",
    said: [`${AT}: it drops wait_seconds_bucket{le="1.0"} (1 series), ${BY}`],
  },
  {
    name: "nor where the query spells it as the text does",
    reads: ['sum(wait_seconds_bucket{le="1"})'],
    rules: "[{source_labels: [le], regex: '1.0', action: drop}]",
    said: [`${AT}: it drops wait_seconds_bucket{le="1"} (1 series), ${BY}`],
  },
  {
    name: "buckets that no query compares may go",
    reads: ['sum(wait_seconds_bucket{le="+Inf"})', "rate(wait_seconds_count[5m])"],
    rules: "[{source_labels: [le], regex: '1.0', action: drop}]",
    said: [],
  },
  {
    name: "classic parts are what a native histogram of their family is made of",
    reads: ["histogram_quantile(0.9, sum(rate(wait_seconds[5m])))"],
    rules: "[{source_labels: [le], regex: '1.0', action: drop}]",
    said: [`${AT}: it drops wait_seconds (1 series), ${BY}`],
  },
  {
    name: "what could not be read uses every metric that it has a word of",
    reads: ["sum(temperature"],
    rules: "[{action: labeldrop, regex: sensor}]",
    said: [`${AT}: it takes the label sensor from temperature (2 series), ${BY}`],
  },
  {
    name: "gauges that are summed are a sum",
    reads: ["sum by (room) (temperature)"],
    rules: "[{action: labeldrop, regex: sensor}]",
    said: [],
  },
  {
    name: "the mean of gauges is none",
    reads: ["avg by (room) (temperature)"],
    rules: "[{action: labeldrop, regex: sensor}]",
    said: [`${AT}: it takes the label sensor from temperature (2 series), ${BY}`],
  },
  {
    name: "a policy may not drop it either",
    reads: [SUM],
    rules: "[]",
    policies: [{
      id: "no-http",
      name: "no http",
      metric: { match: [{ metric_field: "name", starts_with: "http" }], keep: false },
    }],
    said: [`policy no-http: it drops http_requests_total (3 series), ${BY}`],
  },
  {
    name: "all readers are told, the first of them by name",
    reads: [SUM, `${SUM} > 1`, `${SUM} > 2`, `${SUM} > 3`],
    rules: "[{source_labels: [__name__], regex: http_.*, action: drop}]",
    said: [
      `${AT}: it drops http_requests_total (3 series), read by alert A0 (shop), ` +
      "alert A1 (shop), alert A2 (shop) and 1 more",
    ],
  },
];

const SCRAPES = { text: SCRAPE, openmetrics: OPEN_METRICS };

for (const [format, scrape] of Object.entries(SCRAPES)) {
  for (const { name, reads, rules, policies, said } of CASES) {
    test(`${name} (${format})`, async () => {
      const uses = new UseCollector();
      for (const [index, expression] of reads.entries()) {
        const place = {
          source: "rules.yaml",
          kind: "alert" as const,
          name: `A${index}`,
          in: "shop",
        };
        uses.expression(expression, { place });
      }
      const of = ["--scrape", "a.prom", "--format", format];
      const words = ["-H", "a:1/metrics", "--relabel", rules, ...of, "--json"];
      if (policies !== undefined) words.push("--policies", "policies.json");
      const { stdout, stderr, status } = await runCheck([...words, "--used", "used.json"], {
        "a.prom": scrape,
        "used.json": JSON.stringify(uses.collected),
        "policies.json": JSON.stringify({ policies: policies ?? [] }),
      });
      deepEqual(stderr, []);
      const { lints } = JSON.parse(stdout.join("\n"));
      const found = lints.filter(({ code }: { code: string }) => code === "used");
      deepEqual(
        found.map(({ place, message }: { place: string; message: string }) =>
          `${place}: ${message}`
        ),
        said,
      );
      if (said.length > 0) equal(status, 1);
    });
  }
}

const PLACE = { source: "rules.yaml", kind: "alert" as const, name: "A", in: "shop" };

function usedOf(...expressions: readonly string[]): string {
  const uses = new UseCollector();
  for (const expression of expressions) uses.expression(expression, { place: PLACE });
  return JSON.stringify(uses.collected);
}

async function checked(words: readonly string[], files: Readonly<Record<string, string>>) {
  const line = ["-H", "a:1/metrics", "--json", "--used", "used.json", ...words];
  const { stdout, status } = await runCheck(line, { "a.prom": SCRAPE, ...files });
  return { exit: status, ...JSON.parse(stdout.join("\n")) };
}

test("entries tell rule, place, selector, labels and readers apart", async () => {
  const rules = "[{action: labeldrop, regex: sensor}, {action: labeldrop, regex: code}]";
  const { used, exit } = await checked(["--relabel", rules, "--scrape", "a.prom"], {
    "used.json": usedOf('sum by (code) (http_requests_total{path="/b"})'),
  });
  equal(exit, 1);
  deepEqual(used, {
    taken: [{
      place: "--relabel: metric_relabel_configs[1]",
      rule: 1,
      what: "takes the label code from",
      selector: 'http_requests_total{path="/b"}',
      labels: "code, path",
      series: 2,
      readers: ["alert A (shop)"],
    }],
    unread: [],
  });
});

test("what is read and not in the scrape is listed where that is asked for", async () => {
  const files = { "used.json": usedOf("sum(temperature)", "sum by (a) (gone)") };
  const { used, exit } = await checked(["--scrape", "a.prom", "--list-missing"], files);
  equal(exit, 0);
  deepEqual(used.missing, [{ selector: "gone", labels: "a", readers: ["alert A (shop)"] }]);
  const { used: unasked } = await checked(["--scrape", "a.prom"], files);
  equal("missing" in unasked, false);
});

const LIMITED: readonly [action: string, reads: string, what: string | undefined][] = [
  ["drop", "sum(http_requests_total)", "drops series of"],
  ["drop", "sum(temperature)", undefined],
  ["overflow", "sum(http_requests_total)", undefined],
  ["overflow", "sum by (code) (http_requests_total)", "folds series of"],
];

for (const [action, reads, what] of LIMITED) {
  test(`limits that ${action} under ${reads}`, async () => {
    const config = JSON.stringify({
      limits: { series_per_family: 2, action },
    });
    const { used } = await checked(["weir.yaml", "--scrape", "a.prom"], {
      "weir.yaml": config,
      "used.json": usedOf(reads),
    });
    const found = used.taken.map((
      { place, what }: { place: string; what: string },
    ) => [place, what]);
    deepEqual(found, what === undefined ? [] : [["limits.series_per_family", what]]);
  });
}

test("what a subset leaves out is at the path itself", async () => {
  const config = JSON.stringify({
    subsets: { few: [{ source_labels: ["__name__"], regex: "http_.*", action: "drop" }] },
  });
  const { used } = await checked(["weir.yaml", "--scrape", "a.prom"], {
    "weir.yaml": config,
    "used.json": usedOf("sum(http_requests_total)"),
  });
  deepEqual(used.taken, []);
});

/** Without a scrape: the rule, what is read, and what the lint says, if anything. */
const BY_NAME: readonly [rules: string, reads: string, said: string | undefined][] = [
  ["[{source_labels: [__name__], regex: a_.*, action: drop}]", "sum(a_total)", "drops a_total"],
  ["[{source_labels: [__name__], regex: b_.*, action: drop}]", "sum(a_total)", undefined],
  ["[{source_labels: [__name__], regex: b_.*, action: keep}]", "sum(a_total)", "drops a_total"],
  [
    "[{source_labels: [__name__], regex: a_(.*), target_label: __name__, replacement: b_$1}]",
    "sum(a_total)",
    "renames a_total",
  ],
  [
    "[{source_labels: [__name__, code], regex: a_total;500, action: drop}]",
    'sum(a_total{code="500"})',
    'drops a_total{code="500"}',
  ],
  [
    "[{source_labels: [__name__, code], regex: a_total;500, action: drop}]",
    'sum(a_total{code="200"})',
    undefined,
  ],
  // Whether there are others than these nobody knows.
  ["[{source_labels: [code], regex: 5.., action: keep}]", "sum(a_total)", undefined],
  ["[{source_labels: [code], regex: 5.., action: drop}]", "sum by (code) (a_total)", undefined],
  [
    "[{action: labeldrop, regex: code}]",
    "sum by (code) (a_total)",
    "takes the label code from a_total",
  ],
  [
    "[{action: labelkeep, regex: pod}]",
    "sum by (code) (a_total)",
    "takes the label code from a_total",
  ],
  ["[{action: labeldrop, regex: pod}]", "sum by (code) (a_total)", undefined],
  ["[{action: labeldrop, regex: pod}]", "a_total", undefined],
  // Those of the target are not there yet.
  ["[{action: labelkeep, regex: code}]", 'sum by (job, code) (a_total{cluster="x"})', undefined],
  [
    "[{target_label: code, replacement: x}]",
    "sum by (code) (a_total)",
    "takes the label code from a_total",
  ],
  [
    "[{source_labels: [code], regex: (.).*, target_label: code}]",
    "sum by (code) (a_total)",
    undefined,
  ],
  [
    "[{source_labels: [__name__], regex: a_.*, action: drop}]",
    'sum({__name__=~"a_total|b_total"})',
    'drops {__name__=~"a_total|b_total"}',
  ],
  [
    "[{source_labels: [__name__], regex: a_.*, action: drop}]",
    'sum({__name__=~"a_.+"})',
    undefined,
  ],
  // What a rule keeps by a mark of an earlier one.
  [
    "[{source_labels: [team], regex: core, target_label: __tmp_keep, replacement: yes}, " +
    "{source_labels: [__tmp_keep], regex: yes, action: keep}]",
    "sum(a_total)",
    undefined,
  ],
  [
    "[{source_labels: [__name__], regex: b_.*, target_label: __tmp_keep, replacement: yes}, " +
    "{source_labels: [__tmp_keep], regex: yes, action: keep}]",
    "sum(a_total)",
    "drops a_total",
  ],
];

for (const [rules, reads, said] of BY_NAME) {
  test(`without a scrape: ${rules} under ${reads}`, async () => {
    const files = { "used.json": usedOf(reads) };
    const { lints } = await checked(["--relabel", rules], files);
    const found = lints.filter(({ code }: { code: string }) => code === "used");
    const messages = found.map(({ message }: { message: string }) => message);
    deepEqual(messages, said === undefined ? [] : [`it ${said}, read by alert A (shop)`]);
  });
}

test("without a scrape: a policy that drops a metric by its name", async () => {
  const policy = (id: string, match: object[]) => ({
    id,
    name: id,
    metric: { match, keep: false },
  });
  const { used } = await checked(["--policies", "policies.json"], {
    "used.json": usedOf("sum(a_total)"),
    "policies.json": JSON.stringify({
      policies: [
        policy("by-label", [
          { metric_field: "name", starts_with: "a_" },
          { datapoint_attribute: ["code"], exact: "500" },
        ]),
        policy("by-name", [{ metric_field: "name", starts_with: "a_" }]),
      ],
    }),
  });
  deepEqual(used.taken.map(({ place, what }: { place: string; what: string }) => [place, what]), [
    ["policy by-name", "drops"],
  ]);
});

test("what is no document of weir usage is an error", async () => {
  const line = ["-H", "a:1/metrics", "--scrape", "a.prom", "--used", "used.json"];
  const { status, stderr } = await runCheck(line, { "a.prom": SCRAPE, "used.json": "{}" });
  equal(status, 2);
  equal(stderr.length, 1);
  equal(stderr[0].startsWith("--used: used.json: "), true, stderr[0]);
});
