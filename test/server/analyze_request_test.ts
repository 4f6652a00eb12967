import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { TargetChoiceError } from "../../src/gateway/source_of_target.ts";
import { UpstreamError } from "../../src/upstream/upstream_error.ts";
import { servedApp, textUpstream } from "../support/server/served_app.ts";

const SCRAPE = `# TYPE a counter
a{path="/x",code="200"} 1
a{path="/y",code="200"} 2
b 3
`;

test("without an Accept header /analyze is the text report", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  for (const accept of [undefined, "*/*", "text/plain", "image/png"]) {
    const answer = await app.request(
      "/analyze",
      accept === undefined ? {} : {
        headers: { accept },
      },
    );
    equal(answer.headers.get("content-type"), "text/plain; charset=utf-8");
    match(await answer.text(), /^3 series, 2 metrics, 73 B\n\n2 a \(counter, 66\.7 %, 52 B\)\n/);
  }
});

test("as JSON it is the report's data", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  const answer = await app.request("/analyze", { headers: { accept: "application/json" } });
  const { series, bytes, metrics, recommendations } = await answer.json();
  deepEqual([series, bytes], [3, 73]);
  deepEqual(metrics.map(({ name }: { name: string }) => name), ["a", "b"]);
  equal(recommendations.length > 0, true);
});

test("as HTML it is the page, and so is /", async () => {
  const app = await servedApp({
    upstream: () => Promise.reject(new Error("the page alone asks for nothing")),
  });
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  const pages = [await app.request("/"), await app.request("/analyze", { headers: { accept } })];
  const [first, second] = await Promise.all(pages.map((page) => page.text()));
  equal(first, second);
  doesNotMatch(first, /hunter2/);
  for (const { headers } of pages) {
    match(headers.get("content-type")!, /^text\/html/);
    match(headers.get("content-security-policy")!, /^default-src 'none'; script-src 'sha256-/);
    deepEqual(
      ["x-content-type-options", "referrer-policy"].map((name) => headers.get(name)),
      ["nosniff", "no-referrer"],
    );
  }
});

test("an upstream that fails is told with its status, in the form that was asked for", async () => {
  const upstream = () =>
    Promise.reject(new UpstreamError("refused", 502, "http://u:p@h/", "connection refused"));
  const app = await servedApp({ upstream });
  const text = await app.request("/analyze");
  equal(text.status, 502);
  equal(await text.text(), "upstream http://<secret>@h/: connection refused\n");
  const json = await app.request("/analyze", { headers: { accept: "application/json" } });
  equal(json.status, 502);
  deepEqual(await json.json(), {
    problems: [{ message: "upstream http://<secret>@h/: connection refused", reason: "refused" }],
  });
});

test("one analysis runs at a time, four wait, the next is sent away", async () => {
  let running = 0;
  let most = 0;
  const open: (() => void)[] = [];
  const app = await servedApp({
    upstream: async (request) => {
      most = Math.max(most, ++running);
      await new Promise<void>((resolve) => open.push(resolve));
      running--;
      return await textUpstream(SCRAPE)(request);
    },
  });
  const asked = Array.from({ length: 6 }, () => app.request("/analyze"));
  const refused = await asked[5];
  equal(refused.status, 503);
  equal(refused.headers.get("retry-after"), "5");
  let ended = false;
  const all = Promise.all(asked.slice(0, 5)).finally(() => ended = true);
  while (!ended) {
    open.shift()?.();
    await new Promise((resolve) => setTimeout(resolve));
  }
  deepEqual((await all).map(({ status }) => status), [200, 200, 200, 200, 200]);
  equal(most, 1);
});

test("what takes longer than the scrape timeout is given up", async () => {
  const app = await servedApp({
    config: { scrape: { timeout: "50ms" } },
    upstream: () =>
      Promise.resolve({
        status: 200,
        contentType: null,
        body: {
          read: async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return new TextEncoder().encode("a 1\n");
          },
          cancel: () => Promise.resolve(),
        },
      }),
  });
  const answer = await app.request("/analyze");
  equal(answer.status, 504);
  match(await answer.text(), /could not be analysed within 0\.05 s\n$/);
});

test("/analyze/rules tells the rules and policies in force, ready to be used again", async () => {
  const policy = {
    id: "p",
    name: "P",
    metric: {
      match: [
        { metric_field: "name", regex: "^go_" },
        { datapoint_attribute: "path", starts_with: "/x", negate: true, case_insensitive: true },
        { metric_type: "gauge" },
        { datapoint_attribute: "value", gt: 5 },
      ],
      keep: false,
    },
  };
  const app = await servedApp({
    upstream: SCRAPE,
    policies: [policy],
    config: {
      metric_relabel_configs: [
        { action: "drop", source_labels: ["__name__"], regex: "b.*" },
        { action: "hashmod", source_labels: ["path"], modulus: 4, target_label: "shard" },
      ],
      subsets: { some: [{ action: "keep", source_labels: ["code"], regex: "200" }] },
    },
  });
  const { relabel, policies, ...rest } = await (await app.request("/analyze/rules")).json();
  equal(
    relabel,
    `metric_relabel_configs:
- action: drop
  source_labels: [__name__]
  regex: "b.*"
- action: hashmod
  source_labels: [path]
  modulus: 4
  target_label: shard

some:
- action: keep
  source_labels: [code]
  regex: "200"
`,
  );
  deepEqual(JSON.parse(policies), { policies: [policy] });
  deepEqual(rest, { isGateway: false });
});

test("churn counts the series that came and went between two scrapes", async () => {
  const scrapes = [
    `a{x="1",y="1"} 1\na{x="2"} 1\nb 1\ngone 1\n`,
    `a{y="1",x="1"} 5\na{x="3"} 1\na{x="4"} 1\nb 2\n`,
  ];
  const app = await servedApp({
    upstream: (request) => textUpstream(scrapes.shift()!)(request),
  });
  const answer = await app.request("/analyze/churn?seconds=1");
  deepEqual(await answer.json(), {
    seconds: 1,
    before: 4,
    after: 4,
    came: 2,
    gone: 2,
    estimated: false,
    metrics: [
      { name: "a", before: 2, after: 3, came: 2, gone: 1, estimated: false },
      { name: "gone", before: 1, after: 0, came: 0, gone: 1, estimated: false },
    ],
  });
});

test("churn refuses what is no time from 1 to 60 seconds", async () => {
  const app = await servedApp({ upstream: SCRAPE });
  for (const seconds of ["0", "61", "-1", "1.5", "x"]) {
    const answer = await app.request(`/analyze/churn?seconds=${seconds}`);
    equal(answer.status, 400, seconds);
    const message = `seconds: found "${seconds}", wanted a whole number from 1 to 60`;
    deepEqual(await answer.json(), { problems: [{ message }] });
  }
});

test("of a gateway it is one target: the one that is asked for, or the first", async () => {
  const scrapes = new Map([["a:1", "one 1\n"], ["b:1", "one 1\ntwo 2\n"]]);
  const app = await servedApp({
    isGateway: true,
    upstream: (request) => {
      const target = new URLSearchParams(request.query).get("target");
      const text = scrapes.get(target ?? "");
      if (text === undefined) throw new TargetChoiceError("choose", [...scrapes.keys()]);
      return textUpstream(text)(request);
    },
  });
  const series = async (query: string) => (await (await app.request(`/analyze${query}`)).text())[0];
  deepEqual([await series(""), await series("?target=b:1")], ["1", "2"]);
  const unknown = await app.request("/analyze?target=c:1");
  equal(unknown.status, 400);
  equal(await unknown.text(), "choose (a:1, b:1)\n");
});
