import assert from "node:assert/strict";
import { test } from "node:test";
import { needText } from "../../src/usage/label_need.ts";
import { documentParser } from "../../src/usage/parse_documents.ts";
import { readUsageOfText } from "../../src/usage/read_source.ts";
import { selectorText } from "../../src/usage/series_use.ts";
import { UseCollector } from "../../src/usage/use_collector.ts";
import { readerText } from "../../src/usage/used_document.ts";

interface SourceCase {
  readonly name: string;
  readonly text: string;
  readonly kind: string | undefined;
  /** Selector, labels, and places. */
  readonly uses: readonly string[];
  readonly unread?: readonly string[];
}

const json = (value: unknown) => JSON.stringify(value);

const RULES = `groups:
- name: shop
  rules:
  - record: code:requests:rate5m
    expr: sum by (code) (rate(requests_total[5m]))
  - alert: Slow
    expr: code:requests:rate5m > 1
    annotations:
      summary: '{{ with query "sum(up)" }}{{ . | first | value }}{{ end }}'
      other: '{{ $value }} {{ \`absent(up)\` | query }}'
      made: '{{ with printf "b{job=%q} or c" $labels.job | query }}{{ end }} {{ "d" }} query'
  - alert: Constant
    expr: 1
  - alert: Wrong
    expr: sum by (
`;

const RULE_USES = [
  "code:requests:rate5m | all labels | alert Slow (shop)",
  "requests_total | code | record code:requests:rate5m (shop)",
  "up | no label | alert Slow (shop)",
];
const RULE_UNREAD = [
  "alert Slow (shop): a template puts its query together",
  "alert Wrong (shop): it ends too early",
];

const prometheus = (expr: string, more: object = {}) => ({ expr, ...more });

const CASES: readonly SourceCase[] = [
  { name: "a rule file", text: RULES, kind: "rules", uses: RULE_USES, unread: RULE_UNREAD },
  {
    name: "PrometheusRules, several of them",
    text: `kind: PrometheusRule
spec: {groups: [{name: a, rules: [{alert: A, expr: up == 0}]}]}
---
kind: PrometheusRule
spec: {groups: [{name: b, rules: [{record: b, expr: sum(down)}]}]}
`,
    kind: "PrometheusRule",
    uses: ["down | no label | record b (b)", "up | all labels | alert A (a)"],
  },
  {
    name: "a list of them, as kubectl gives it",
    text: json({
      kind: "List",
      items: [{
        kind: "PrometheusRule",
        spec: { groups: [{ rules: [{ alert: "A", expr: "up" }] }] },
      }],
    }),
    kind: "PrometheusRule",
    uses: ["up | all labels | alert A (file)"],
  },
  {
    name: "a ConfigMap with rules, a dashboard, and a text that is neither",
    text: json({
      kind: "ConfigMap",
      data: {
        "rules.yaml": "groups: [{name: g, rules: [{alert: A, expr: up}]}]",
        "board.json": json({
          title: "Board",
          panels: [{ title: "P", targets: [prometheus("sum(a)")] }],
        }),
        "other.conf": "a: [",
      },
    }),
    kind: "ConfigMap of rules, dashboard",
    uses: ["a | no label | panel P (Board)", "up | all labels | alert A (g)"],
  },
  {
    name: "what the API of Prometheus answers",
    text: json({
      status: "success",
      data: {
        groups: [{
          name: "g",
          file: "f",
          rules: [
            { type: "alerting", name: "A", query: "up", duration: 1 },
            { type: "recording", name: "r", query: "sum(a)" },
          ],
        }],
      },
    }),
    kind: "rules of Prometheus",
    uses: ["a | no label | record r (g)", "up | all labels | alert A (g)"],
  },
  {
    name: "a query log",
    text: `${json({ params: { query: "sum(a)", start: "" }, ts: "1" })}\n${
      json({ params: { query: "b" } })
    }\n`,
    kind: "query log",
    uses: ["a | no label | query of file", "b | all labels | query of file"],
  },
  {
    name: "panels, in rows, in collapsed rows and in the old form",
    text: json({
      title: "Board",
      panels: [
        { title: "One", targets: [prometheus("sum(a)")] },
        { type: "row", title: "Row", panels: [{ title: "Two", targets: [prometheus("sum(b)")] }] },
      ],
      rows: [{ panels: [{ title: "Three", targets: [prometheus("sum(c)")] }] }],
    }),
    kind: "dashboard",
    uses: [
      "a | no label | panel One (Board)",
      "b | no label | panel Two (Board)",
      "c | no label | panel Three (Board)",
    ],
  },
  {
    name: "what Grafana's API has around it",
    text: json({
      meta: {},
      dashboard: { title: "Board", panels: [{ targets: [prometheus("a")] }] },
    }),
    kind: "dashboard",
    uses: ["a | all labels | panel Board (Board)"],
  },
  {
    name: "variables: label_values, metrics, query_result, label_names, custom",
    text: json({
      title: "Board",
      templating: {
        list: [
          { name: "job", type: "query", query: 'label_values(up{env="prod"}, job)' },
          { name: "pod", type: "query", query: { query: 'label_values(info{job="$job"}, pod)' } },
          { name: "any", type: "query", query: "label_values(job)" },
          { name: "names", type: "query", query: "label_names()" },
          { name: "metric", type: "query", query: "metrics(node_.*)" },
          { name: "top", type: "query", query: "query_result(topk(3, sum by (a) (b)))" },
          {
            name: "q",
            type: "custom",
            query: "0.5,0.9",
            options: [{ value: "0.5" }, { value: "0.9" }],
          },
          { name: "m", type: "custom", query: "requests,errors" },
          { name: "all", type: "custom", query: "x,y", includeAll: true },
        ],
      },
      panels: [{
        title: "P",
        targets: [
          prometheus('sum(rate(${m}_total{job="$job", env="$all"}[$__rate_interval]))'),
          prometheus("histogram_quantile($q, sum by (le) (rate(a_bucket[1m])))"),
        ],
      }],
    }),
    kind: "dashboard",
    uses: [
      'info{job=~".*"} | job, pod | variable pod (Board)',
      'up{env="prod"} | env, job | variable job (Board)',
      "a_bucket | le | panel P (Board)",
      "b | a | variable top (Board)",
      '{__name__=~".*(?:node_.*).*"} | no label | variable metric (Board)',
      '{__name__=~"(?:requests|errors)_total", job=~".*", env=~".*"} | env, job | panel P (Board)',
    ],
  },
  {
    name: "annotations; other data sources and empty queries are left out",
    text: json({
      title: "Board",
      annotations: { list: [{ name: "Deploys", expr: "changes(version[5m]) > 0" }] },
      panels: [
        { title: "Logs", datasource: { type: "loki" }, targets: [prometheus('{app="a"} |= "x"')] },
        {
          title: "Mixed",
          datasource: { type: "datasource", uid: "-- Mixed --" },
          targets: [
            prometheus("a", { datasource: { type: "prometheus" } }),
            prometheus("{} | json", { datasource: { type: "loki" } }),
            prometheus("  "),
          ],
        },
      ],
    }),
    kind: "dashboard",
    uses: [
      "a | all labels | panel Mixed (Board)",
      "version | all labels | annotation Deploys (Board)",
    ],
  },
  {
    name: "library panels, in the file and not",
    text: json({
      title: "Board",
      panels: [
        { title: "There", libraryPanel: { uid: "u", model: { targets: [prometheus("a")] } } },
        { title: "Not", libraryPanel: { uid: "v", name: "Shared" } },
      ],
      __elements: { v: { model: { title: "Shared", targets: [prometheus("b")] } } },
    }),
    kind: "dashboard",
    uses: ["a | all labels | panel There (Board)", "b | all labels | panel Shared (Board)"],
    unread: ["panel Shared (Board): a library panel that is not in the file"],
  },
  {
    name: "the second version of the format",
    text: json({
      kind: "Dashboard",
      spec: {
        title: "Board",
        elements: {
          "panel-1": {
            kind: "Panel",
            spec: {
              title: "P",
              data: {
                kind: "QueryGroup",
                spec: {
                  queries: [{ spec: { query: { group: "prometheus", spec: { expr: "sum(a)" } } } }],
                },
              },
            },
          },
          "panel-2": {
            kind: "Panel",
            spec: {
              title: "L",
              data: { spec: { queries: [{ group: "loki", spec: { expr: "{}" } }] } },
            },
          },
        },
        variables: [{
          kind: "QueryVariable",
          spec: {
            name: "job",
            query: { group: "prometheus", spec: { query: "label_values(up, job)" } },
          },
        }],
      },
    }),
    kind: "dashboard",
    uses: ["a | no label | panel P (Board)", "up | job | variable job (Board)"],
  },
  {
    name: "mimirtool's list of a Grafana",
    text: json({
      metricsUsed: ["a", "b"],
      dashboards: [{ title: "Board", metrics: ["a"], parse_errors: ["query: bad"] }],
    }),
    kind: "mimirtool",
    uses: ["a | all labels | report Board (file)", "b | all labels | report of file"],
    unread: ["report Board (file): query: bad"],
  },
  {
    name: "mimirtool's list of a ruler, and of a Prometheus",
    text: `${
      json({ metricsUsed: ["a"], ruleGroups: [{ namespace: "n", name: "g", metrics: ["a"] }] })
    }\n${
      json({ in_use_metric_counts: [{ metric: "b", count: 1 }], additional_metric_counts: [] })
    }\n`,
    kind: "mimirtool",
    uses: ["a | all labels | report g (n)", "b | all labels | report of file"],
  },
  {
    name: "what Perses's metrics-usage answers",
    text: json({
      a: {
        usage: {
          dashboards: [{ id: "1", name: "Board" }],
          alertRules: [{ group_name: "g", name: "A", expression: "sum by (x) (a) > 1" }],
          recordingRules: null,
        },
        labels: ["x"],
      },
      b: { labels: [] },
    }),
    kind: "perses",
    uses: ["a | all labels | report Board (file)", "a | x | alert A (g)"],
  },
  { name: "what is nothing of these", text: json({ a: 1 }), kind: undefined, uses: [] },
  { name: "a text", text: "hello", kind: undefined, uses: [] },
];

for (const { name, text, kind, uses, unread = [] } of CASES) {
  test(name, async () => {
    const collector = new UseCollector();
    const reading = { uses: collector, parse: await documentParser() };
    assert.equal(readUsageOfText(text, "file", reading), kind);
    const found = collector.collected;
    assert.deepEqual(
      found.uses.map((use) =>
        [selectorText(use), needText(use.needs), [...new Set(use.where.map(readerText))].join(", ")]
          .join(" | ")
      ).sort(),
      [...uses].sort(),
    );
    assert.deepEqual(found.unread.map((one) => `${readerText(one)}: ${one.error}`), unread);
  });
}

test("a document that was written is read as it was, and adds up with others", async () => {
  const parse = await documentParser();
  const first = new UseCollector();
  readUsageOfText(RULES, "file", { uses: first, parse });
  const again = new UseCollector();
  const kind = readUsageOfText(json(first.collected), "used.json", { uses: again, parse });
  assert.equal(kind, "weir usage");
  assert.deepEqual(again.collected, first.collected);
  readUsageOfText(RULES, "other", { uses: again, parse });
  assert.equal(again.collected.uses.length, first.collected.uses.length);
  assert.deepEqual(again.collected.uses[0].where.map(({ source }) => source), ["file", "other"]);
});

test("a text that is no document is an error", async () => {
  const reading = { uses: new UseCollector(), parse: await documentParser() };
  assert.throws(() => readUsageOfText("a: [1", "file", reading), /flow/i);
});
