/** `weir filter`: the pipeline of a scrape over a file or standard input. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { liftedStream } from "../../src/lines/lifted_stream.ts";
import { NATIVE_BODY, NATIVE_LINES } from "../support/exposition/native_families.ts";
import { curl } from "../support/e2e/curl.ts";
import { expositions, samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, runWeir, startWeir } from "../support/e2e/weir_process.ts";

for (const { name, path, text, policies } of expositions) {
  const bytes = Buffer.from(text);
  const samples = samplesOf(text).length;

  test(`filter ${name} without policies: the same bytes`, async () => {
    for (const args of [["filter", path], ["filter"], ["filter", "-"]]) {
      const stdin = args[1] === path ? [] : [bytes];
      const run = await runWeir(args, { stdin });
      assert.equal(run.exitCode, 0, run.stderr);
      assert.ok(run.stdout.equals(bytes), `weir ${args.join(" ")}`);
      assertSummary(run.stderr, `${samples} in, ${samples} out, 0 dropped by policies`);
      assertSummary(run.stderr, `${bytes.length} in, ${bytes.length} out`);
    }
  });

  test(`filter ${name} in pieces of odd sizes: the same bytes`, async () => {
    for (const size of [1, 7, 1021, 4099, 65_537]) {
      // A write for each byte of all of it takes seconds and shows no more.
      const input = size === 1 ? bytes.subarray(0, 5000) : bytes;
      const run = await runWeir(["filter"], { stdin: pieces(input, size) });
      assert.equal(run.exitCode, 0, run.stderr);
      assert.ok(run.stdout.equals(input), `in pieces of ${size}`);
    }
  });

  peerTest(["curl"], `filter ${name} with policies: what a scrape gives`, async (t) => {
    const file = dropPolicies(t, ...policies);
    const weir = await startWeir(t, ["-H", await servingUpstream(t, text), "--policies", file]);
    const scraped = (await curl(`${weir.url}/metrics`)).body;
    const kept = samplesOf(scraped.toString()).length;
    assert.ok(kept > 0 && kept < samples);
    const fromFile = await runWeir(["filter", path, "--policies", file]);
    const fromStdin = await runWeir(["filter", "--policies", file], { stdin: pieces(bytes, 1021) });
    for (const run of [fromFile, fromStdin]) {
      assert.equal(run.exitCode, 0, run.stderr);
      assert.ok(run.stdout.equals(scraped));
      const dropped = samples - kept;
      assertSummary(run.stderr, `${samples} in, ${kept} out, ${dropped} dropped by policies`);
    }
  });
}

/** The lines that a body of composite metrics is taken as. */
async function linesOf(
  body: Uint8Array,
  format: "protobuf" | "openmetrics2",
): Promise<string> {
  const stream = new Response(new Uint8Array(body)).body!;
  return await new Response(liftedStream(stream, format, (error) => error)).text();
}

test("filter writes the format that it reads", async (t) => {
  const file = join(temporaryFolder(t), "scrape.pb");
  writeFileSync(file, NATIVE_BODY);
  const plain = await runWeir(["filter", file]);
  assert.deepEqual([plain.exitCode, plain.stdout.equals(NATIVE_BODY)], [0, true], plain.stderr);
  assertSummary(plain.stderr, "15 in, 15 out, 0 dropped by policies");

  const drop = "- {action: drop, source_labels: [__name__], regex: both_seconds_bucket}";
  for (const format of [[], ["--format", "protobuf"]]) {
    const run = await runWeir(["filter", file, "--relabel", drop, ...format]);
    assert.equal(run.exitCode, 0, run.stderr);
    // A histogram that has no classic buckets is its native part alone.
    const left = NATIVE_LINES.split("\n").filter((line) => !/^both_seconds_/.test(line));
    assert.equal(await linesOf(run.stdout, "protobuf"), left.join("\n"));
    assertSummary(run.stderr, "15 in, 9 out, 0 dropped by policies, 6 by rules, 0 merged");
  }

  const labels = await runWeir(["filter", file, "--relabel", "- {action: labeldrop, regex: path}"]);
  assert.equal(labels.exitCode, 0, labels.stderr);
  assertSummary(labels.stderr, "15 in, 9 out, 0 dropped by policies, 0 by rules, 6 merged");
  const lines = (await linesOf(labels.stdout, "protobuf")).split("\n");
  assert.ok(lines.includes('both_seconds_bucket{le="+Inf"} 12'));
  const sum = lines.find((line) => line.startsWith("both_seconds {"))!;
  assert.match(sum, /^both_seconds \{count:12,sum:5,schema:3,.*,positive_buckets:\[4,0?,?6\]\}$/);
});

test("filter reads OpenMetrics 2.0 where it is told so", async () => {
  const input = "# TYPE h histogram\n" +
    'h{a="1"} {count:2,sum:3,bucket:[0.5:1,+Inf:2]} st@1.5\n# EOF\n';
  const stdin = () => [Buffer.from(input)];
  const plain = await runWeir(["filter", "--format", "openmetrics2"], { stdin: stdin() });
  assert.deepEqual([plain.exitCode, plain.stdout.toString()], [0, input]);
  const drop = ["--relabel", "- {action: drop, source_labels: [__name__], regex: h_bucket}"];
  const run = await runWeir(["filter", "--format=openmetrics2", ...drop], { stdin: stdin() });
  assert.deepEqual([run.exitCode, run.stdout.toString()], [
    0,
    '# TYPE h summary\nh{a="1"} {count:2,sum:3,quantile:[]} st@1.5\n# EOF\n',
  ]);
});

test("filter says where lines of OpenMetrics 2.0 are no samples", async () => {
  const input = 'a 1\nh{a="1"} {count:2,sum:3,bucket:[0.5:1,+Inf:2]}\n';
  for (const [flags, as] of [[[], "text"], [["--openmetrics"], "OpenMetrics 1.0"]] as const) {
    const rule = ["--relabel", "- {action: labeldrop, regex: b}"];
    const run = await runWeir(["filter", ...rule, ...flags], { stdin: [Buffer.from(input)] });
    assert.match(run.stderr, new RegExp(`read as ${as}: 2\\.0 needs --format openmetrics2$`, "m"));
  }
});

test("filter of protobuf that cannot be read says where, with status 2", async (t) => {
  const file = join(temporaryFolder(t), "scrape.pb");
  writeFileSync(file, NATIVE_BODY.subarray(0, -3));
  for (const rule of [[], ["--relabel", "- {action: labeldrop, regex: path}"]]) {
    const run = await runWeir(["filter", file, ...rule]);
    assert.equal(run.exitCode, 2, run.stderr);
    assert.ok(run.stderr.startsWith(`${file}: `), run.stderr);
  }
});

test("filter keeps what it cannot process, and says so", async (t) => {
  const input = "# TYPE a gauge\na 1\nd{ 2\nb 2\n\n# a comment\r\nc 3";
  const policies = dropPolicies(t, [{ metric_field: "name", regex: "^[ab]$" }]);
  const run = await runWeir(["filter", "--policies", policies], { stdin: [Buffer.from(input)] });
  assert.equal(
    run.stdout.toString(),
    "d{ 2\n\n# a comment\r\nc 3\n" +
      "# HELP weir_scrape_unfiltered_lines " +
      "Lines of this scrape that passed unchanged because they could not be processed.\n" +
      "# TYPE weir_scrape_unfiltered_lines gauge\n" +
      'weir_scrape_unfiltered_lines{reason="unparseable"} 1\n',
  );
  assert.match(run.stderr, /^unfiltered lines +0 over-long, 1 unparseable, 0 failed$/m);
  assert.match(run.stderr, /^the first of these +"d\{ 2", read as text: OpenMetrics needs --open/m);
});

test("filter drops what it cannot read where that is asked for, or fails", async () => {
  const stdin = [Buffer.from("a 1\nb{ 2\n")];
  const dropping = await runWeir(["filter", "--on-unreadable", "drop"], { stdin });
  const [left, said] = dropping.stdout.toString().split(/(?<=\n)(?=# HELP weir_)/);
  assert.equal(left, "a 1\n");
  assert.match(said, /^weir_scrape_dropped_samples\{reason="unreadable"\} 1$/m);
  assert.match(dropping.stderr, /^dropped lines +1 that cannot be read$/m);
  assert.equal(dropping.exitCode, 0);
  const failing = await runWeir(["filter", "--on-unreadable", "fail"], { stdin });
  assert.match(failing.stderr, /a line cannot be read: .*b\{ 2/);
  assert.notEqual(failing.exitCode, 0);
});

test("filter says what is missing though no policy and no rule dropped it", async (t) => {
  const input = 'a{n="1",n="2"} 1\na{n="1"} 1\na{n="2"} 1\na{n="3"} 1\n';
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, "limits: {series_per_family: 1, action: drop}\n");
  const run = await runWeir(["filter", "--config", config], { stdin: [Buffer.from(input)] });
  assert.equal(
    run.stdout.toString(),
    'a{n="1"} 1\n' +
      "# HELP weir_scrape_dropped_samples " +
      "Samples of this scrape that are missing, though no policy and no rule dropped them.\n" +
      "# TYPE weir_scrape_dropped_samples gauge\n" +
      'weir_scrape_dropped_samples{reason="invalid"} 1\n' +
      'weir_scrape_dropped_samples{reason="limit"} 2\n',
  );
  assert.match(run.stderr, /^dropped besides +1 invalid, 2 beyond limits$/m);
});

test("filter takes policies and limits from a config file", async (t) => {
  const folder = temporaryFolder(t);
  const policies = dropPolicies(t, [{ datapoint_attribute: "item", equals: "00000001" }]);
  const config = join(folder, "weir.json");
  writeFileSync(
    config,
    JSON.stringify({ policy_providers: [{ id: "local", type: "file", path: policies }] }),
  );
  const run = await runWeir(["filter", "--config", config], { stdin: [Buffer.from(gauges(2))] });
  assert.equal(run.stdout.toString(), gauges(2).replace(/^.*0001.*\n/m, ""));
  assert.equal(run.exitCode, 0);
});

test("filter ends with 1 at a limit, whichever way it ends", async () => {
  const stdin = [Buffer.from("a 1\nb 2\nc 3\n")];
  for (const onLimit of ["truncate", "fail"]) {
    const args = ["filter", "--max-output-bytes", "9", "--on-limit", onLimit];
    const run = await runWeir(args, { stdin });
    assert.equal(run.exitCode, 1);
    const said = "# HELP weir_scrape_truncated How often a byte limit cut this scrape short.\n" +
      "# TYPE weir_scrape_truncated gauge\n" +
      'weir_scrape_truncated{limit="output"} 1\n';
    assert.equal(run.stdout.toString(), `a 1\nb 2\n${onLimit === "truncate" ? said : ""}`);
    assert.match(run.stderr, /^truncated: the output budget is exceeded$/m);
  }
});

test("filter ends with 2 when its input cannot be read, or what it was told is wrong", async (t) => {
  const missing = join(temporaryFolder(t), "missing");
  const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
    [["filter", missing], 2, /missing: /],
    [["filter", temporaryFolder(t)], 2, /is a directory/],
    [["filter", "--policies", missing], 2, /missing: /],
    [
      ["filter", "--polices", missing],
      2,
      /^--polices: unknown flag \(did you mean --policies\?\)$/m,
    ],
    [
      ["filter", "--max-input-bytes", "some"],
      2,
      /^--max-input-bytes: found "some", wanted a size/m,
    ],
    [["filter", "--port", "1"], 2, /^--port: is no flag of weir filter$/m],
    [["filter", "a", "b"], 2, /^found a second argument "b", wanted one file$/m],
  ];
  for (const [args, exitCode, message] of cases) {
    const run = await runWeir(args);
    assert.match(run.stderr, message);
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.equal(run.stdout.length, 0);
  }
});

test("filter ends quietly when its reader leaves", async (t) => {
  const source = join(temporaryFolder(t), "metrics");
  writeFileSync(source, gauges(200_000));
  const pipe = `"${binary[0]}" filter "${source}" | head -n 1`;
  const run = await runProgram("sh", ["-c", pipe]);
  assert.equal(run.stdout.toString(), "# HELP weir_test_items Items in store.\n");
  assert.doesNotMatch(run.stderr, /EPIPE|error/i);
});

/** What follows in a line is of other stages. */
function assertSummary(stderr: string, figures: string): void {
  assert.match(stderr, new RegExp(`^(samples|bytes) +${figures}(,|$)`, "m"));
}

function* pieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}
