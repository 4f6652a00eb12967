import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { UpstreamError } from "../../src/upstream/upstream_error.ts";
import { previewInit, servedApp } from "../support/server/served_app.ts";

const FOLDER = resolve(import.meta.dirname!, "..", "..", "docs");
const DOCS = readFileSync(resolve(FOLDER, "explorer.md"), "utf8");

test("the preview of the example answers as documented", async () => {
  const example = /<<'END'\n(.*?)\nEND\n(.*?)\n```/s.exec(DOCS);
  const app = await servedApp({ upstream: "a 1\n" });
  const answer = await app.request("/analyze/preview", previewInit(example?.[1]));
  equal(await answer.text(), example?.[2]);
});

test("the documented requests are answered", async () => {
  const app = await servedApp({ upstream: "a 1\n" });
  const rows = [...DOCS.matchAll(/^\| `(GET|POST) (\/[^ ]*)` /gm)];
  const statuses = await Promise.all(rows.map(async ([, method, path]) => {
    const url = path.replace("=N", "=1").replace("=STAGE", "=before");
    const answer = await app.request(url, method === "POST" ? previewInit({}) : {});
    return answer.status;
  }));
  deepEqual(statuses, [200, 200, 200, 200, 200, 200]);
});

test("every key of /-/status is documented", async () => {
  const section = /^## What Weir does now, as JSON\n(.*?)^## /ms.exec(DOCS)![1];
  const error = new UpstreamError("refused", 502, "http://t/", "refused");
  const outcome = { address: "t", isUp: false, durationSeconds: 0, samples: 0 };
  const files = { readAtMs: 0, triedAtMs: 0, failure: "x" };
  const app = await servedApp({
    upstream: "a 1\nb 2\n",
    config: { subsets: { s: [] }, metric_relabel_configs: [{ action: "labeldrop", regex: "x" }] },
    state: {
      files: () => [{ name: "c", files: [], ...files }, { name: "w", files: [], ...files }],
      providers: () => [{
        id: "p",
        state: "stale",
        loadedAtMs: 0,
        policies: 0,
        invalid: ["x"],
        failure: "x",
      }],
    },
  });
  await (await app.request("/metrics")).text();
  const gateway = await servedApp({
    upstream: "a 1\n",
    config: { upstream_url: undefined, upstreams: ["http://a", "http://b"] },
    readings: [{ outcome, contentType: null, truncated: false, error }],
  });
  const keys = new Set<string>();
  const answers = [await app.request("/-/status"), await gateway.request("/-/status")];
  for (const answer of answers) {
    JSON.parse(await answer.text(), (key, value) => {
      if (key !== "" && !/^\d+$/.test(key) && !STAGES.has(key)) keys.add(key);
      return value;
    });
  }
  const documented = [...section.matchAll(/`([^`]+)`/g)].flatMap(([, text]) =>
    text.match(/\w+/g) ?? []
  );
  deepEqual([...keys].filter((key) => !documented.includes(key)), []);
  deepEqual(keys.size > 40, true);
});

/** Documented as what they are: the stages of a metric. */
const STAGES = new Set([
  "policy",
  "relabel",
  "invalid",
  "duplicate",
  "unmergeable",
  "unreadable",
  "format",
]);

test("the pictures are there", () => {
  const pictures = [...DOCS.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path);
  equal(pictures.length, 3);
  for (const path of pictures) equal(existsSync(resolve(FOLDER, path)), true, path);
});
