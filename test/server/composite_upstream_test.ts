/** What analyses of a running Weir make of an upstream that answers with protobuf. */
import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { sourceOfChunks } from "../../src/upstream/chunk_source.ts";
import type { UpstreamSource } from "../../src/upstream/upstream_source.ts";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";
import {
  NATIVE_BODY,
  NATIVE_FAMILIES,
  NATIVE_LINES,
} from "../support/exposition/native_families.ts";
import { protobufBody } from "../support/exposition/protobuf_body.ts";
import { chunksOf } from "../support/lines/filtered.ts";
import { previewInit, servedApp } from "../support/server/served_app.ts";

/** Answers with protobuf in chunks of `size` bytes; `accepts` is what it was asked for. */
function protobufUpstream(
  { body = NATIVE_BODY, size = 100, accepts = [] }: {
    readonly body?: Uint8Array<ArrayBuffer>;
    readonly size?: number;
    readonly accepts?: string[];
  } = {},
): UpstreamSource {
  return ({ accept }) => {
    accepts.push(accept);
    const chunks = chunksOf(body, size);
    return Promise.resolve({
      status: 200,
      contentType: PROTOBUF_TYPE,
      body: sourceOfChunks(chunks),
    });
  };
}

test("/analyze counts native histograms, wherever chunks are cut", async () => {
  for (const size of [1, 7, 64, 10_000]) {
    const accepts: string[] = [];
    const app = await servedApp({ upstream: protobufUpstream({ size, accepts }) });
    const answer = await app.request("/analyze", { headers: { accept: "application/json" } });
    const { series, native, unreadable } = await answer.json();
    deepEqual([series, native, unreadable], [15, { histograms: 3, buckets: 12 }, 0]);
    match(accepts[0], /^application\/vnd\.google\.protobuf;/);
  }
});

test("a preview runs the rules on what a text scrape would show", async () => {
  const app = await servedApp({ upstream: protobufUpstream() });
  const relabel = "- {action: drop, source_labels: [__name__], regex: both_seconds_bucket}\n" +
    "- {action: labeldrop, regex: queue}\n";
  const value = NATIVE_LINES.split(" ").at(-1)!.trim();
  const sample = `native_seconds{path="/"} ${value}`;
  const answer = await app.request("/analyze/preview", previewInit({ relabel, sample }));
  const { preview, explained } = await answer.json();
  deepEqual([preview.before.series, preview.after.series], [15, 8]);
  deepEqual(preview.rules.map(({ dropped }: { dropped: number }) => dropped), [6, 0]);
  deepEqual([explained.type, explained.out], ["histogram", sample]);
});

test("churn compares native histograms as series", async () => {
  const bodies = [NATIVE_BODY, protobufBody(NATIVE_FAMILIES.slice(0, 2))];
  const app = await servedApp({
    upstream: (request) => protobufUpstream({ body: bodies.shift() })(request),
  });
  const answer = await app.request("/analyze/churn?seconds=1");
  const { before, after, came, gone } = await answer.json();
  deepEqual([before, after, came, gone], [15, 14, 0, 1]);
});

test("a body that cannot be read is the upstream's failure", async () => {
  const body = NATIVE_BODY.subarray(0, NATIVE_BODY.length - 3);
  const app = await servedApp({ upstream: protobufUpstream({ body }) });
  const requests: [string, RequestInit][] = [
    ["/analyze", {}],
    ["/analyze/churn?seconds=1", {}],
    ["/analyze/preview", previewInit({})],
  ];
  for (const [path, init] of requests) {
    const answer = await app.request(path, init);
    equal(answer.status, 502, path);
    match(await answer.text(), /upstream http:\/\/<secret>@upstream\.test\/metrics: .*body ends/);
  }
});
