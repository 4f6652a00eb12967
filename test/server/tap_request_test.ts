/** What `/analyze/tap` shows of the scrapes that come while somebody listens. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { MAX_TAP_LISTENERS } from "../../src/bounds.ts";
import { type Chunk, sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import type { UpstreamSource } from "../../src/upstream/upstream_source.ts";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";
import { NATIVE_BODY } from "../support/exposition/native_families.ts";
import { chunksOf } from "../support/lines/filtered.ts";
import { servedApp } from "../support/server/served_app.ts";

type App = Awaited<ReturnType<typeof servedApp>>;
type Config = Readonly<Record<string, unknown>>;

/** The path of a tap for all that a scrape shows at a stage. */
const at = (stage: string, more = "") => `/analyze/tap?stage=${stage}${more}`;

/** The lines that taps show of one scrape; the last says how they ended. */
async function tapped(
  app: App,
  path: string,
  scrapes = 1,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const tap = await app.request(`${path}&seconds=1`, { headers });
  equal(tap.status, 200);
  const text = tap.text();
  for (let scrape = 0; scrape < scrapes; scrape++) {
    const answer = await app.request("/metrics");
    equal(answer.status, 200, answer.status === 200 ? "" : await answer.text());
    await answer.arrayBuffer();
  }
  return (await text).trimEnd().split("\n");
}

function ofType(contentType: string, body: Chunk | string, size = 50): UpstreamSource {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) as Chunk : body;
  return () =>
    Promise.resolve({
      status: 200,
      contentType,
      body: sourceOfChunks(chunksOf(bytes, size).map((chunk) => chunk.slice())),
    });
}

const TEXT = `# HELP a Of "things"
# TYPE a counter
a{path="/x",code="200"} 1
a{path="/y",code="200"} 2 1700000000000
b 3
# a comment
b 4
a b
c{q="1\\n2"} 5
d{pod="p1"} 1
d{pod="p2"} 2
d{pod="p3"} 3
`;
const SAMPLES = TEXT.trimEnd().split("\n").filter((line) => !line.startsWith("#"));

const POLICY = {
  id: "no-c",
  name: "No c",
  metric: { match: [{ metric_field: "name", exact: "c" }], keep: false },
};
const FILTER = [{ action: "drop", source_labels: ["path"], regex: "/y" }];
const LABEL = [...FILTER, { action: "labeldrop", regex: "code" }];

/** The first two, as what becomes series is written: its labels by name. */
const SORTED = ['a{code="200",path="/x"} 1', 'a{code="200",path="/y"} 2 1700000000000'];

interface Case {
  readonly name: string;
  readonly config: Config;
  readonly dropped: readonly string[];
  readonly after: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: "rules that keep and drop",
    config: { metric_relabel_configs: FILTER },
    dropped: [
      `rule weir.json: metric_relabel_configs[0]\t${SAMPLES[1]}`,
      `policy no-c\t${SAMPLES[5]}`,
    ],
    after: [SAMPLES[0], "b 3", "b 4", "a b", ...SAMPLES.slice(6)],
  },
  {
    name: "a label rule, which finds duplicates",
    config: { metric_relabel_configs: LABEL, scrape: { on_unreadable: "drop" } },
    dropped: [
      `rule weir.json: metric_relabel_configs[0]\t${SAMPLES[1]}`,
      "duplicate\tb 4",
      "unreadable\ta b",
      `policy no-c\t${SAMPLES[5]}`,
    ],
    after: ['a{path="/x"} 1', "b 3", ...SAMPLES.slice(6)],
  },
  {
    name: "limits",
    config: { limits: { series_per_family: 2, action: "drop" } },
    dropped: [
      "duplicate\tb 4",
      `policy no-c\t${SAMPLES[5]}`,
      `limit series_per_family\t${SAMPLES[8]}`,
    ],
    after: [...SORTED, "a b", "b 3", SAMPLES[6], SAMPLES[7]],
  },
  {
    name: "a limit on values",
    config: { limits: { label_values: { pod: 1 }, action: "drop" } },
    dropped: [
      "duplicate\tb 4",
      `policy no-c\t${SAMPLES[5]}`,
      `limit label_values\t${SAMPLES[7]}`,
      `limit label_values\t${SAMPLES[8]}`,
    ],
    after: [...SORTED, "a b", "b 3", SAMPLES[6]],
  },
];

for (const { name, config, dropped, after } of CASES) {
  test(`every stage tells exactly what is there: ${name}`, async () => {
    const app = await servedApp({ upstream: TEXT, config, policies: [POLICY] });
    const unheard = await (await app.request("/metrics")).text();
    const end = "# end: seconds; scrapes: 1, not to their end: 0";
    const taps = await Promise.all(
      ["before", "dropped", "after"].map((stage) => app.request(at(stage, "&seconds=1"))),
    );
    await (await app.request("/metrics")).text();
    const texts = await Promise.all(taps.map((tap) => tap.text()));
    const shown = texts.map((text) => text.trimEnd().split("\n"));
    deepEqual(shown[0], [...SAMPLES, end]);
    deepEqual(shown[1], [...dropped, end]);
    deepEqual(shown[2].filter((line) => !line.startsWith("weir_")), [...after, end]);
    equal(await (await app.request("/metrics")).text(), unheard);
  });
}

test("whoever scrapes gets the same to the byte while all stages are listened to", async () => {
  for (const { config } of CASES) {
    for (const size of [1, 13, 10_000]) {
      const upstream = ofType("text/plain; version=0.0.4", TEXT, size);
      const counted = [new PolicyCounters(), new PolicyCounters()];
      const [app, other] = await Promise.all(
        counted.map((counters) => servedApp({ upstream, config, policies: [POLICY], counters })),
      );
      const wanted = [];
      for (let scrape = 0; scrape < 3; scrape++) {
        wanted.push(await (await other.request("/metrics")).text());
      }
      const taps = await Promise.all(
        ["before", "after", "dropped"].map((stage) => app.request(at(stage, "&n=3"))),
      );
      const found = [];
      for (let scrape = 0; scrape < 3; scrape++) {
        found.push(await (await app.request("/metrics")).text());
      }
      deepEqual(found, wanted);
      for (const tap of taps) await tap.body!.cancel();
      // What policies and rules did is counted once.
      const figures = async (one: App) =>
        (await (await one.request("/-/metrics")).text()).split("\n").filter((line) =>
          /^weir_(policy_hits|dropped_samples|input_samples|limited_samples)/.test(line)
        );
      deepEqual(await figures(app), await figures(other));
      deepEqual([...counted[0].entries()], [["no-c", { hits: 3, misses: 0 }]]);
      deepEqual([...counted[1].entries()], [...counted[0].entries()]);
    }
  }
});

const OPENMETRICS = `# TYPE a counter
a_total{path="/x"} 1 # {trace="t"} 0.5
a_total{path="/y"} 2
# TYPE u gauge
u 1
# EOF
`;

test("OpenMetrics is shown with its exemplars, wherever chunks are cut", async () => {
  for (const size of [1, 7, 1_000]) {
    const upstream = ofType("application/openmetrics-text; version=1.0.0", OPENMETRICS, size);
    const app = await servedApp({ upstream, config: { metric_relabel_configs: FILTER } });
    const lines = OPENMETRICS.split("\n");
    const end = "# end: lines; scrapes: 0, not to their end: 0";
    deepEqual(await tapped(app, at("before", "&n=3")), [lines[1], lines[2], lines[4], end]);
    deepEqual(await tapped(app, at("dropped", "&n=1")), [
      `rule weir.json: metric_relabel_configs[0]\t${lines[2]}`,
      end,
    ]);
    deepEqual(await tapped(app, at("after", "&n=2")), [lines[1], lines[4], end]);
  }
});

test("protobuf is shown as the lines that it is taken as, and answered as it was", async () => {
  const drop = { action: "drop", source_labels: ["__name__"], regex: "both_seconds" };
  for (const more of [[], [{ action: "labeldrop", regex: "none" }]]) {
    const config = { metric_relabel_configs: [drop, ...more] };
    const upstream = ofType(PROTOBUF_TYPE, NATIVE_BODY, 64);
    const app = await servedApp({ upstream, config });
    const other = await servedApp({ upstream, config });
    const dropped = await tapped(app, at("dropped"));
    match(
      dropped[0],
      /^rule weir.json: metric_relabel_configs\[0\]\tboth_seconds(\{.*\})? \{count:/,
    );
    const body = async (
      one: App,
    ) => [...new Uint8Array(await (await one.request("/metrics")).arrayBuffer())];
    deepEqual(await body(app), await body(other));
    const [before, after] = [await tapped(app, at("before")), await tapped(app, at("after"))];
    equal(before.length - after.length, dropped.length - 1);
  }
});

test("JSON lines say the same", async () => {
  const app = await servedApp({
    upstream: TEXT,
    config: { metric_relabel_configs: FILTER },
    policies: [POLICY],
  });
  for (const accept of ["application/x-ndjson", "application/json"]) {
    const lines = await tapped(app, at("dropped"), 1, { accept });
    deepEqual(lines.map((line) => JSON.parse(line)), [
      {
        stage: "dropped",
        by: { kind: "rule", rule: "weir.json: metric_relabel_configs[0]" },
        line: SAMPLES[1],
      },
      { stage: "dropped", by: { kind: "policy", policies: ["no-c"] }, line: SAMPLES[5] },
      { end: "seconds", scrapes: 1, not_to_their_end: 0 },
    ]);
  }
});

test("match looks for a pattern anywhere in the line", async () => {
  const app = await servedApp({ upstream: TEXT });
  const shown = async (pattern: string) =>
    (await tapped(app, at("before", `&match=${encodeURIComponent(pattern)}`))).slice(0, -1);
  deepEqual(await shown("^d"), SAMPLES.slice(6));
  deepEqual(await shown('pod="p[12]"'), SAMPLES.slice(6, 8));
  deepEqual(await shown("\\\\n"), [SAMPLES[5]]);
  deepEqual(await shown("nothing"), []);
});

test("a subset is shown by its path, with the rules that are its own", async () => {
  const config = {
    subsets: { some: [{ action: "keep", source_labels: ["__name__"], regex: "d" }] },
  };
  const app = await servedApp({ upstream: TEXT, config: { ...config, subset_timestamps: false } });
  const dropped = await tapped(app, at("dropped", "&route=/metrics/some"));
  deepEqual(
    dropped.slice(0, -1),
    SAMPLES.slice(0, 6).map((line) =>
      // Of what cannot be read the name alone decides, by all rules.
      `${line === "a b" ? "rule" : "rule weir.json: subsets.some[0]"}\t${line}`
    ),
  );
  const after = await tapped(app, at("after", "&route=/metrics/some"));
  deepEqual(after.filter((line) => line.startsWith("d")), SAMPLES.slice(6));
  deepEqual((await tapped(app, at("before", "&route=/metrics/some"))).slice(0, -1), SAMPLES);
});

const REFUSED: readonly (readonly [path: string, text: string])[] = [
  ["/analyze/tap", "stage: found none, wanted before, after or dropped"],
  [at("pre"), 'stage: found "pre", wanted before, after or dropped'],
  [at("before", "&n=0"), 'n: found "0", wanted an integer from 1 to 1000'],
  [at("before", "&n=1001"), 'n: found "1001", wanted an integer from 1 to 1000'],
  [at("before", "&n=1e3"), 'n: found "1e3", wanted an integer from 1 to 1000'],
  [at("before", "&seconds=301"), 'seconds: found "301", wanted an integer from 1 to 300'],
  [at("before", "&match=("), 'match: found "(", wanted an RE2 pattern'],
  [at("before", "&match=(%3F%3Da)"), 'match: found "(?=a)", wanted an RE2 pattern'],
  [at("before", `&match=${"a".repeat(257)}`), "match: found 257 characters, wanted 256 at most"],
  [
    at("before", "&match=(a{500}b{500}){1}c"),
    'match: found "(a{500}b{500}){1}c", wanted a smaller pattern, without \\b and (?m)',
  ],
  [
    at("before", "&match=%5Cba"),
    'match: found "\\\\ba", wanted a smaller pattern, without \\b and (?m)',
  ],
  [at("before", "&route=/other"), 'no route "/other": there are /metrics'],
];

test("what is asked for in other words is refused, with what is wanted", async () => {
  const app = await servedApp({ upstream: TEXT });
  for (const [path, text] of REFUSED) {
    const answer = await app.request(path);
    deepEqual([answer.status, await answer.text()], [400, `${text}\n`], path);
  }
});

test("the tap is off where other machines can connect, and for pages of other sites", async () => {
  const open = { listen: "0.0.0.0:8080" };
  for (
    const [config, status] of [
      [{}, 200],
      [{ web: { tap: false } }, 403],
      [open, 403],
      [{ ...open, web: { tap: true } }, 200],
    ] as const
  ) {
    const app = await servedApp({ upstream: TEXT, config });
    equal((await app.request(at("before"), { method: "HEAD" })).status, status);
    const foreign = { headers: { "sec-fetch-site": "cross-site" } };
    equal((await app.request(at("before"), foreign)).status, 403);
  }
});

test("so many may listen at a time; one who leaves, or has all, makes room", async () => {
  const app = await servedApp({ upstream: TEXT });
  const taps = [];
  for (let one = 0; one < MAX_TAP_LISTENERS; one++) {
    taps.push(await app.request(at("before", "&n=1")));
  }
  const refused = await app.request(at("before"));
  deepEqual([refused.status, await refused.text()], [409, "too many listen already\n"]);
  await taps[0].body!.cancel();
  const next = await app.request(at("before", "&n=1"));
  equal(next.status, 200);
  await (await app.request("/metrics")).text();
  match(await next.text(), /^a\{.*\n# end: lines/);
  // Those that read nothing have had all they asked for, too, and hold up nobody.
  const all = await Promise.all(
    taps.map(() => app.request(at("before", "&n=1"))),
  );
  ok(all.every(({ status }) => status === 200));
  await Promise.all([...all, ...taps.slice(1)].map(({ body }) => body!.cancel()));
});

test("who listens sees the scrapes that begin from then on, under the rules that they begin with", async () => {
  const app = await servedApp({ upstream: TEXT, config: { metric_relabel_configs: FILTER } });
  await (await app.request("/metrics")).text();
  const shown = await tapped(app, at("dropped", "&n=2"), 2);
  deepEqual(shown, [
    `rule weir.json: metric_relabel_configs[0]\t${SAMPLES[1]}`,
    `rule weir.json: metric_relabel_configs[0]\t${SAMPLES[1]}`,
    "# end: lines; scrapes: 1, not to their end: 0",
  ]);
});

test("no one's text makes lines of others", async () => {
  const hostile = { ...POLICY, id: "x\nrule forged\t", name: "H" };
  const app = await servedApp({ upstream: 'c{q="a\nb\u001b[2J"} 1\n', policies: [hostile] });
  deepEqual((await tapped(app, at("dropped"))).slice(0, 1), [
    'policy x rule forged \tc{q="a\\nb\u001b[2J"} 1',
  ]);
});

test("a body that cannot be read, and a scrape that fails, are shown as far as they go", async () => {
  const upstream = ofType(PROTOBUF_TYPE, new Uint8Array([0x05, 1, 2, 3, 4, 5, 6]) as Chunk);
  const app = await servedApp({ upstream, config: { metric_relabel_configs: LABEL } });
  const tap = (await app.request(at("before", "&seconds=1"))).text();
  equal((await app.request("/metrics")).status, 502);
  equal(await tap, "# end: seconds; scrapes: 1, not to their end: 1\n");
});
