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
    said: [`${AT}: it takes the label path from http_requests_total{path!="/b"} (1 series), ${BY}`],
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

for (const { name, reads, rules, policies, said } of CASES) {
  test(name, async () => {
    const uses = new UseCollector();
    for (const [index, expression] of reads.entries()) {
      const place = { source: "rules.yaml", kind: "alert" as const, name: `A${index}`, in: "shop" };
      uses.expression(expression, { place });
    }
    const words = ["-H", "a:1/metrics", "--relabel", rules, "--scrape", "a.prom", "--json"];
    if (policies !== undefined) words.push("--policies", "policies.json");
    const { stdout, stderr, status } = await runCheck([...words, "--used", "used.json"], {
      "a.prom": SCRAPE,
      "used.json": JSON.stringify(uses.collected),
      "policies.json": JSON.stringify({ policies: policies ?? [] }),
    });
    deepEqual(stderr, []);
    const { lints } = JSON.parse(stdout.join("\n"));
    const found = lints.filter(({ code }: { code: string }) => code === "used");
    deepEqual(
      found.map(({ place, message }: { place: string; message: string }) => `${place}: ${message}`),
      said,
    );
    if (said.length > 0) equal(status, 1);
  });
}

test("what is no document of weir usage is an error", async () => {
  const line = ["-H", "a:1/metrics", "--scrape", "a.prom", "--used", "used.json"];
  const { status, stderr } = await runCheck(line, { "a.prom": SCRAPE, "used.json": "{}" });
  equal(status, 2);
  equal(stderr.length, 1);
  equal(stderr[0].startsWith("--used: used.json: "), true, stderr[0]);
});
