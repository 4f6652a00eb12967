import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { expositions } from "../support/e2e/expositions.ts";
import { RULE_SETS } from "../support/e2e/relabel_rule_sets.ts";
import { dropName, encode, engineOf, filterChunks } from "../support/lines/filtered.ts";
import { analyzed } from "../support/analyze/analyzed.ts";
import { previewed, rulesOf } from "../support/analyze/previewed.ts";

const INPUT = `# TYPE http_requests_total counter
http_requests_total{path="/a",code="200"} 1
http_requests_total{path="/b",code="200"} 2
http_requests_total{path="/b",code="500"} 3
# TYPE g gauge
g{path="/a"} 1
g{path="/b"} 3
# TYPE up gauge
up 1
`;

const RULES = [
  { action: "drop", source_labels: ["code"], regex: "5.." },
  { action: "labeldrop", regex: "path" },
  { source_labels: ["zone"], regex: "(.+)", target_label: "region" },
];

test("a preview says what policies and each rule do", async () => {
  const report = await previewed(INPUT, { rules: RULES, policies: [dropName("^up$")] });
  deepEqual(report, {
    before: { samples: 6, series: 6, bytes: 233 },
    after: { samples: 2, series: 2, bytes: 88 },
    dropped: { policies: 1, rules: 1, invalid: 0, duplicates: 0, unmergeable: 0 },
    merged: 2,
    limited: 0,
    truncated: undefined,
    processed: 6,
    rules: [
      { place: "rules[0]", action: "drop", reached: 5, changed: 0, dropped: 1 },
      { place: "rules[1]", action: "labeldrop", reached: 4, changed: 4, dropped: 0 },
      { place: "rules[2]", action: "replace", reached: 4, changed: 0, dropped: 0 },
    ],
    policies: [{ id: "p0", hits: 1, misses: 0 }],
    metrics: [
      {
        name: "http_requests_total",
        before: { series: 3, bytes: 132 },
        after: { series: 1, bytes: 34 },
      },
      { name: "g", before: { series: 2, bytes: 30 }, after: { series: 1, bytes: 4 } },
      { name: "up", before: { series: 1, bytes: 5 }, after: { series: 0, bytes: 0 } },
    ],
    collisions: [
      {
        series: 'http_requests_total{code="200"}',
        samples: 2,
        members: ['{path="/a"}', '{path="/b"}'],
      },
      { series: "g", samples: 2, members: ['{path="/a"}', '{path="/b"}'] },
    ],
    gauges: ["g"],
  });
});

test("chunks may be cut anywhere", async () => {
  const given = { rules: RULES, policies: [dropName("^up$")] };
  const whole = await previewed(INPUT, given);
  for (const size of [1, 7, 40]) deepEqual(await previewed(INPUT, { ...given, size }), whole);
});

test("rules that read labels through copies are counted sample by sample", async () => {
  const rules = [
    { action: "labelmap", regex: "a", replacement: "b" },
    { action: "drop", source_labels: ["b"], regex: "2" },
  ];
  const input = 'x{a="1"} 1\nx{a="2"} 1\nx{a="3"} 1\nx{a="2",c="1"} 1\n';
  const { rules: figures, after } = await previewed(input, { rules });
  deepEqual(figures.map(({ reached, changed, dropped }) => [reached, changed, dropped]), [
    [4, 4, 0],
    [4, 0, 2],
  ]);
  equal(after.series, 2);
});

test("rules read le by the family's type, as the pipeline does", async () => {
  const rules = [{ action: "drop", source_labels: ["le"], regex: String.raw`1\.0` }];
  const input = '# TYPE h histogram\nh_bucket{le="1"} 3\n# TYPE g gauge\ng{le="1"} 4\n';
  const { rules: [figures], dropped } = await previewed(input, { rules });
  deepEqual([figures.dropped, dropped.rules], [1, 1]);
});

test("samples that were alike from the beginning have nothing of their own", async () => {
  const { collisions } = await previewed("a 1\na 2\n", {
    rules: [{ target_label: "t", replacement: "x" }],
  });
  deepEqual(collisions, [{ series: 'a{t="x"}', samples: 2, members: ["{}", "{}"] }]);
});

test("renamed metrics show the name that they had", async () => {
  const rules = [{
    source_labels: ["__name__"],
    regex: "[ab]",
    target_label: "__name__",
    replacement: "c",
  }];
  const { collisions, metrics } = await previewed('a{x="1"} 1\nb{x="1"} 2\n', { rules });
  deepEqual(collisions, [{ series: 'c{x="1"}', samples: 2, members: ["a", "b"] }]);
  deepEqual(metrics.map(({ name, before, after }) => [name, before.series, after.series]), [
    ["a", 1, 0],
    ["b", 1, 0],
    ["c", 0, 1],
  ]);
});

test("samples with a label twice are invalid to rules that change labels", async () => {
  const rules = [{ action: "labeldrop", regex: "b" }];
  const { dropped, rules: [figures] } = await previewed('a{x="1",x="2"} 1\na{b="1"} 1\n', {
    rules,
  });
  deepEqual([dropped.invalid, figures.reached], [1, 1]);
});

test("limits count, and a limit that fails fails the preview", async () => {
  const limits = {
    seriesPerFamily: 0,
    series: 1,
    labelValues: new Map(),
    labelValueLength: 0,
    action: "drop",
  } as const;
  const { limited, after } = await previewed("a 1\nb 1\nc 1\n", { limits });
  deepEqual([limited, after.series], [2, 1]);
  await rejects(previewed("a 1\nb 1\n", { limits: { ...limits, action: "fail" } }), {
    message: "family b exceeds the limit series",
  });
});

test("a budget cuts the output as it does in a scrape, and the rest is read", async () => {
  const options = { maxOutputBytes: 9 };
  const report = await previewed("a 1\nb 1\nc 1\n", { options, size: 4 });
  deepEqual([report.truncated, report.after.bytes, report.before.bytes], ["output", 8, 12]);
  deepEqual([report.processed, report.after.samples, report.before.samples], [3, 2, 3]);
});

test("rules are counted over what the output's budget let them see", async () => {
  const rules = [{ action: "drop", source_labels: ["__name__"], regex: "b|e" }];
  const input = "a 1\nb 1\nc 1\nd 1\ne 1\n";
  const report = await previewed(input, { rules, options: { maxOutputBytes: 9 }, size: 4 });
  const { truncated, dropped, rules: [figures] } = report;
  deepEqual([truncated, dropped.rules, figures.reached, figures.dropped], ["output", 1, 4, 1]);
});

test("a preview is what the pipeline puts out, on every exposition and rule set", async () => {
  for (const { name: file, text } of expositions) {
    const bytes = encode(text);
    for (const [name, rules] of Object.entries(RULE_SETS)) {
      const policies = [dropName("^go_|_bytes$")];
      const place = `${file}: ${name}`;
      const report = await previewed(bytes, { rules, policies });
      const { text: filtered, stats } = await filterChunks([bytes], {
        rules: await rulesOf({ rules }),
        policies: await engineOf(policies),
      });
      const { series, samples } = analyzed(filtered);
      deepEqual(report.after, { series, samples, bytes: encode(filtered).length }, place);
      equal(report.after.samples, stats.outputSamples, place);
      equal(report.merged, stats.mergedSamples, place);
      const dropped = report.rules.reduce((sum, rule) => sum + rule.dropped, 0);
      equal(dropped, stats.droppedByRules, place);
      equal(report.policies[0].hits, stats.droppedByPolicy, place);
    }
  }
});
