/** `analyze`, `check` and `--explain` on bodies of composite metrics. */
import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { createServer } from "node:http";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { analyze } from "../../src/cli/analyze.ts";
import { inputFormat } from "../../src/cli/input_format.ts";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { memoryFiles, runCheck } from "../support/cli/memory_files.ts";
import { NATIVE_BODY, NATIVE_LINES } from "../support/exposition/native_families.ts";

const VALUE = NATIVE_LINES.split(" ").at(-1)!.trim();

const FILES = {
  "a.pb": NATIVE_BODY,
  "a.pb.gz": new Uint8Array(gzipSync(NATIVE_BODY)),
  "-": NATIVE_BODY,
  "cut.pb": NATIVE_BODY.subarray(0, NATIVE_BODY.length - 3),
  "empty.pb": new Uint8Array(0),
  "a.prom": "# TYPE a gauge\na 1\n",
  "a.html": "<!doctype html>",
  "rules.yaml": "- {action: labeldrop, regex: path}",
};

async function run(words: readonly string[]) {
  const { positionals, flags } = parseCommandLine(words);
  const input = { path: undefined, flags, env: {}, version: "1", instanceId: "i" };
  return await analyze({ ...input, needsUpstream: false }, positionals[0], {
    ...memoryFiles(FILES),
    replaceFile: () => Promise.reject(new Error("read-only")),
  });
}

const TOTALS = "15 series, 6 metrics, 3 native histograms with 12 buckets, 1.07 kB";

test("protobuf is told by its first bytes, and named by --format", async () => {
  for (const where of ["a.pb", "a.pb.gz", "-"]) {
    for (const format of [[], ["--format", "protobuf"]]) {
      const { stdout, status } = await run(["analyze", where, ...format]);
      deepEqual([status, stdout[0]], [0, TOTALS]);
    }
  }
});

test("nothing is an exposition without series", async () => {
  for (const format of [[], ["--format", "protobuf"]]) {
    const { stdout } = await run(["analyze", "empty.pb", ...format]);
    equal(stdout[0], "0 series, 0 metrics, 0 B");
  }
});

test("rules see what a text scrape would show", async () => {
  const { stdout } = await run(["analyze", "a.pb", "--relabel-file", "rules.yaml"]);
  equal(stdout[0], "series  15 → 9");
});

test("one sample is followed as it stands among the lines", async () => {
  const follow = async (line: string, ...more: string[]) =>
    (await run(["analyze", "--explain", line, "--relabel-file", "rules.yaml", ...more])).stdout;
  const native = `both_seconds{path="/"} ${VALUE}`;
  for (const more of [["a.pb"], ["a.pb", "--format", "protobuf"]]) {
    deepEqual(await follow(native, ...more), [
      `sample   ${native}`,
      "type     histogram",
      "rule     rules.yaml: metric_relabel_configs[0] (labeldrop) makes it both_seconds",
      `result   both_seconds ${VALUE}`,
    ]);
  }
  const bucket = await follow('both_seconds_bucket{path="/",le="1"} 5 st@17.5', "a.pb");
  deepEqual([bucket[1], bucket.at(-1)], [
    "type     histogram",
    'result   both_seconds_bucket{le="1.0"} 5 st@17.5',
  ]);
  const alone = await follow(native, "--format", "openmetrics2");
  equal(alone[1], "type     none");
  await rejects(follow(native), /--explain: found .*, wanted a sample's line/);
});

test("a check runs the rules on it", async () => {
  const line = "-H http://x --relabel-file rules.yaml --scrape a.pb --format protobuf";
  const { stdout } = await runCheck(line, FILES);
  equal(stdout.some((text) => text.endsWith("15 samples, 0 dropped by policies")), true);
});

const WRONG: readonly (readonly [string, string | RegExp])[] = [
  ["analyze cut.pb", /^cut\.pb: (?!.*cut\.pb).*body ends within/],
  ["analyze cut.pb --relabel-file rules.yaml", /^cut\.pb: .*body ends within/],
  ["analyze cut.pb --explain x", /^cut\.pb: .*body ends within/],
  ["analyze a.prom --format protobuf", /^a\.prom: ./],
  ["analyze a.html --format protobuf", /^a\.html: ./],
  [
    "analyze a.pb --format text",
    "a.pb: found Prometheus's protobuf format, wanted an exposition, in the text format or " +
    "OpenMetrics",
  ],
  [
    "analyze a.pb --format xml",
    '--format: found "xml", wanted text, openmetrics, openmetrics2 or protobuf',
  ],
  [
    "analyze a.pb --openmetrics --format protobuf",
    "--openmetrics: is --format openmetrics, and --format is protobuf",
  ],
];

for (const [line, problem] of WRONG) {
  test(`refuses "${line}"`, async () => {
    await rejects(run(line.split(" ")), (error) => {
      equal(error instanceof ConfigError, true);
      const { problems } = error as ConfigError;
      equal(problems.length, 1);
      if (typeof problem === "string") equal(problems[0], problem);
      else match(problems[0], problem);
      return true;
    });
  });
}

test("a check says of which flag a body is that cannot be read", async () => {
  const { status, stderr } = await runCheck("-H http://x --scrape cut.pb", FILES);
  equal(status, 2);
  match(stderr.join("\n"), /^--scrape: cut\.pb: .*body ends within/);
});

test("--openmetrics is short for --format openmetrics", () => {
  equal(inputFormat({}), undefined);
  for (const format of ["text", "openmetrics", "openmetrics2", "protobuf"]) {
    equal(inputFormat({ format }), format);
  }
  equal(inputFormat({ openmetrics: true }), "openmetrics");
  equal(inputFormat({ openmetrics: true, format: "openmetrics" }), "openmetrics");
});

/** An exporter that notes what it is asked for, and answers with `body` as this type. */
async function exporter(t: TestContext, type: string, body: string | Uint8Array) {
  const accepts: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    accepts.push(request.headers.accept);
    response.setHeader("content-type", type);
    response.end(body);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  t.after(() => new Promise((closed) => server.close(closed)));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}/metrics`, accepts };
}

const PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " +
  "encoding=delimited; escaping=allow-utf-8";

test("a URL is asked for all that there is, and read as its answer says", async (t) => {
  const { url, accepts } = await exporter(t, PROTOBUF, NATIVE_BODY);
  equal((await run(["analyze", url])).stdout[0], TOTALS);
  const first = accepts[0]!.split(",").map((range) => range.split(";")[0]);
  deepEqual(first, [
    "application/vnd.google.protobuf",
    "application/openmetrics-text",
    "application/openmetrics-text",
    "text/plain",
    "*/*",
  ]);
  const text = await exporter(t, "text/plain", "a 1\n");
  equal((await run(["analyze", text.url])).stdout[0], "1 series, 1 metrics, 4 B");
});

test("a URL is asked for the format that is named, and read as it", async (t) => {
  const { url, accepts } = await exporter(t, "application/octet-stream", NATIVE_BODY);
  equal((await run(["analyze", url, "--format", "protobuf"])).stdout[0], TOTALS);
  match(accepts[0]!, /^application\/vnd\.google\.protobuf;proto=[\w.]+;[^,]*,\*\/\*;q=0\.1$/);
});

test("protobuf that says it is text is none", async (t) => {
  const { url } = await exporter(t, "text/plain", NATIVE_BODY);
  await rejects(run(["analyze", url]), /found Prometheus's protobuf format, wanted/);
});
