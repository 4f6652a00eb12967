import assert from "node:assert/strict";
import { test } from "node:test";
import { MergedRun } from "../support/gateway/merged_case.ts";
import { exporterOf, gatewayOf, textOf } from "../support/gateway/gateway_of.ts";

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_UTF8 = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPEN_UTF8 = `${OPEN}; escaping=allow-utf-8`;

/** Prometheus's, without protobuf. */
const ACCEPT = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
  "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.1";

interface Case {
  readonly what: string;
  /** Content types of the targets' answers; undefined: none. */
  readonly types: readonly (string | undefined)[];
  readonly body?: string;
  /** What the answer is. */
  readonly type: string;
}

const CASES: readonly Case[] = [
  { what: "text", types: ["text/plain; version=0.0.4", "text/plain"], type: TEXT },
  { what: "a page, as a wrong server says", types: ["text/html", TEXT], type: TEXT },
  { what: "a page, from all", types: ["text/html; charset=utf-8", "text/html"], type: TEXT },
  { what: "no type", types: [undefined, undefined], type: TEXT },
  { what: "garbage", types: ["\u00e4;;=", "*/*"], type: TEXT },
  { what: "bytes", types: ["application/octet-stream", TEXT], type: TEXT },
  { what: "another character set", types: ["text/plain; charset=latin1"], type: TEXT },
  { what: "a version that is none", types: ["text/plain; version=9.9.9"], type: TEXT },
  {
    what: "text 1.0.0 with escaped names",
    types: [TEXT_UTF8.replace("allow-utf-8", "values")],
    type: TEXT,
  },
  { what: "text 1.0.0 without names that need it", types: [TEXT_UTF8, TEXT], type: TEXT },
  { what: "a metric's name in UTF-8", types: [TEXT_UTF8], body: '{"a.b"} 1\n', type: TEXT_UTF8 },
  { what: "a label's name in UTF-8", types: [TEXT], body: 'a{"b.c"="d"} 1\n', type: TEXT_UTF8 },
  { what: "a quote in a value only", types: [TEXT], body: 'a{b="{\\"c.d\\""} 1\n', type: TEXT },
  {
    what: "OpenMetrics 0.0.1",
    types: ["application/openmetrics-text; version=0.0.1", "application/openmetrics-text"],
    body: "a 1\n# EOF\n",
    type: OPEN,
  },
  {
    what: "OpenMetrics with names in UTF-8",
    types: [OPEN_UTF8],
    body: '{"a.b"} 1\n# EOF\n',
    type: OPEN_UTF8,
  },
];

for (const { what, types, body = "a 1\n", type } of CASES) {
  test(`the type of an answer is Weir's own: targets say ${what}`, async () => {
    // One target has the answer as it is, two of them the sum.
    const all = types.length === 1 ? [types[0], types[0]] : types;
    const targets = await Promise.all(all.map((type) =>
      exporterOf((_, response) => {
        if (type !== undefined) response.setHeader("content-type", type);
        response.end(body);
      })
    ));
    try {
      const urls = targets.map(({ url }) => url);
      const gateway = await gatewayOf(urls);
      const answer = await gateway.scrape({ accept: ACCEPT });
      assert.equal(answer.contentType, type);
      assert.equal(await textOf(answer), body.replace(" 1\n", " 2\n"));
    } finally {
      for (const target of targets) await target.close();
    }
  });
}

test("a page in the place of metrics fails its target, not the others", async () => {
  const page = await exporterOf((_, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<html><body>starting</body></html>\n");
  });
  const metrics = await exporterOf((_, response) => response.end("a 1\n"));
  try {
    const answer = await (await gatewayOf([page.url, metrics.url])).scrape();
    assert.equal(answer.contentType, TEXT);
    assert.match(await textOf(answer), /^a 1\n[^]*\nweir_scrape_missing_targets 1\n$/);
  } finally {
    await page.close();
    await metrics.close();
  }
});

test("names that rules make in UTF-8 are names beyond the classic alphabet", async () => {
  const run = await MergedRun.of({
    rules: [{ action: "replace", target_label: "c.d", replacement: "1" }],
  });
  const { text } = await run.scrape({ answers: { a: "a 1\n" } });
  assert.equal(text, 'a{"c.d"="1"} 1\n');
  assert.equal(run.table.series.hasQuotedNames, true);
});

const PROTOBUF = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;" +
  "encoding=delimited";
const OPEN_2 = "application/openmetrics-text;version=2.0.0";
const OPEN_1 = "application/openmetrics-text;version=1.0.0";

/** What a client asks for, what targets answer, and in what it is answered. */
const FORMATS: readonly [accept: string, targets: readonly string[], type: RegExp][] = [
  [`${PROTOBUF},${OPEN_1};q=0.5`, [TEXT, TEXT], /^application\/vnd.google.protobuf; proto=io/],
  [`${PROTOBUF},${OPEN_1};q=0.5`, [OPEN, TEXT], /^application\/vnd.google.protobuf; proto=io/],
  [`${OPEN_2},${PROTOBUF};q=0.5`, [OPEN, TEXT], /^application\/openmetrics-text; version=2.0.0;/],
  [
    `${OPEN_2};q=0.2,${OPEN_1};q=0.5`,
    [OPEN, TEXT],
    /^application\/openmetrics-text; version=1.0.0;/,
  ],
  [`${OPEN_1},text/plain;q=0.5`, [OPEN, TEXT], /^application\/openmetrics-text; version=1.0.0;/],
  [`${OPEN_1},text/plain;q=0.5`, [TEXT, TEXT], /^text\/plain; version=0.0.4;/],
  [`text/plain,${OPEN_1};q=0.5`, [OPEN, OPEN], /^text\/plain; version=0.0.4;/],
  ["*/*", [OPEN, OPEN], /^text\/plain; version=0.0.4;/],
];

for (const [accept, types, wanted] of FORMATS) {
  test(`who asks for ${accept} of ${types.map((type) => type.slice(0, 12))} gets ${wanted}`, async () => {
    const targets = await Promise.all(types.map((type) =>
      exporterOf((_, response) => {
        response.setHeader("content-type", type);
        response.end(type === OPEN ? "# TYPE a gauge\na 1\n# EOF\n" : "# TYPE a gauge\na 1\n");
      })
    ));
    try {
      const gateway = await gatewayOf(targets.map(({ url }) => url));
      const answer = await gateway.scrape({ accept });
      assert.match(answer.contentType, wanted);
      const text = await textOf(answer);
      if (!answer.contentType.includes("protobuf")) {
        const end = answer.contentType.includes("openmetrics") ? "# EOF\n" : "";
        assert.equal(text, `# TYPE a gauge\na 2\n${end}`);
      }
    } finally {
      for (const target of targets) await target.close();
    }
  });
}

test("each target that has no native histograms to give is counted", async () => {
  const exporter = (type: string, body: string) =>
    exporterOf((_, response) => {
      response.setHeader("content-type", type);
      response.end(body);
    });
  const targets = [
    await exporter(TEXT, "a 1\n"),
    await exporter(OPEN, "a 1\n# EOF\n"),
    await exporter("application/openmetrics-text; version=2.0.0", "a 1\n# EOF\n"),
  ];
  try {
    const { scrape, metrics } = await gatewayOf(targets.map(({ url }) => url));
    const answer = await scrape({ accept: `${OPEN_2},${OPEN_1};q=0.5` });
    assert.equal(await textOf(answer), "a 3\n# EOF\n");
    await scrape({ accept: `${OPEN_1},text/plain;q=0.5` });
    const of = (to: string) => metrics.formatDowngrades.with("OpenMetricsText2.0.0", to).value;
    assert.deepEqual(
      ["PrometheusText0.0.4", "OpenMetricsText1.0.0", "OpenMetricsText2.0.0"].map(of),
      [1, 1, 0],
    );
  } finally {
    for (const target of targets) await target.close();
  }
});
