/** A 200 that is less than the whole says so, whichever way it is made; and none is cut unasked. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { freePort, runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import {
  gauges,
  httpUpstream,
  OPEN_METRICS_TYPE,
  servingUpstream,
  TEXT_TYPE,
} from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const EOF = "# EOF\n";
/** Long enough to be streamed. */
const MANY = gauges(60_000);
const FEW = gauges(100);

const head = (name: string, help: string) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n`;
const TRUNCATED = head("weir_scrape_truncated", "How often a byte limit cut this scrape short.");
const cut = (limit: string) => `${TRUNCATED}weir_scrape_truncated{limit="${limit}"} 1\n`;
const UNFILTERED = head(
  "weir_scrape_unfiltered_lines",
  "Lines of this scrape that passed unchanged because they could not be processed.",
);
const unread = `${UNFILTERED}weir_scrape_unfiltered_lines{reason="unparseable"} 1\n`;
const missing = head("weir_scrape_missing_targets", "Targets that are missing from this scrape.") +
  "weir_scrape_missing_targets 1\n";

const nothing = [{ metric_field: "name", equals: "no_such_metric" }];

interface Way {
  readonly what: string;
  /** Arguments, beside the upstream. */
  readonly args: (t: TestContext) => readonly string[];
  /** The gateway's families of its targets stand before what it lacks. */
  readonly isGateway?: boolean;
}

const ways: readonly Way[] = [
  { what: "without a rule", args: () => [] },
  { what: "policies", args: (t) => ["--policies", dropPolicies(t, nothing)] },
  {
    what: "a rule that changes labels",
    args: () => ["--relabel", "[{action: labeldrop, regex: x}]"],
  },
  { what: "coalesced", args: () => ["--coalesce"] },
  { what: "given again", args: () => ["--min-scrape-interval", "1h"] },
  {
    what: "a gateway",
    args: () => ["--target-label", "pod", "--target-metrics", "false"],
    isGateway: true,
  },
];

for (const { what, args, isGateway } of ways) {
  for (const openMetrics of [false, true]) {
    const format = openMetrics ? "OpenMetrics" : "text";
    const end = openMetrics ? EOF : "";
    const type = openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE;
    for (const [size, text] of [["small", FEW], ["large", MANY]] as const) {
      peerTest(["curl", "promtool"], `truncated: ${what}, ${size}, ${format}`, async (t) => {
        const upstream = await servingUpstream(t, text + end, type);
        for (const limit of ["input", "output"]) {
          const budget = Math.round(text.length * 0.8);
          const shared = [
            ...["-H", upstream, `--max-${limit}-bytes`, `${budget}`, "--on-limit", "truncate"],
            ...args(t),
          ];
          const weir = await startWeir(t, shared);
          const plain = await curl(`${weir.url}/metrics`);
          const [zipped, ...others] = await Promise.all([
            curl(`${weir.url}/metrics`, "-H", "Accept-Encoding: gzip"),
            curl(`${weir.url}/metrics`),
          ]);
          const body = plain.body.toString();
          assert.ok(body.endsWith(cut(limit) + end), body.slice(-400));
          assert.equal(gunzipSync(zipped.body).toString(), body);
          for (const other of others) assert.equal(other.body.toString(), body);
          // What is left is of the budget, and whole lines of the source.
          const left = body.slice(0, -(cut(limit) + end).length);
          if (!isGateway) assert.ok(text.startsWith(left) && left.endsWith("\n"));
          // A gateway adds a label to each sample, which is no part of its input.
          assert.ok(limit === "input" && isGateway || left.length <= budget, `${left.length}`);
          assert.ok(left.length > budget - 100);
          const check = await runProgram("promtool", ["check", "metrics"], { stdin: [plain.body] });
          assert.equal(check.exitCode, 0, check.stderr);
          await weir.counted({
            'weir_scrapes_total{path="/metrics",code="200",outcome="truncated"}': 3,
          });
          assert.ok(weir.logged("truncated").length > 0);
          const told = (await curl(`${weir.url}/-/status`)).body.toString();
          assert.match(told, new RegExp(`UTC was cut at the ${limit} limit`));

          if (isGateway || what === "coalesced" || what === "given again") continue;
          const offline = [...shared.slice(2), ...openMetrics ? ["--openmetrics"] : []];
          const file = join(temporaryFolder(t), "scrape");
          writeFileSync(file, text + end);
          const run = await runWeir(["filter", file, ...offline]);
          assert.equal(run.stdout.toString(), body);
          assert.equal(run.exitCode, 1);
        }
      });
    }

    peerTest(["curl"], `nothing is said of a whole scrape: ${what}, ${format}`, async (t) => {
      if (isGateway) return await wholeGateway(t, end, type);
      const upstream = await servingUpstream(t, MANY + end, type);
      const weir = await startWeir(t, ["-H", upstream, ...args(t)]);
      for (let i = 0; i < 2; i++) {
        assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), MANY + end);
      }
      assert.match((await curl(`${weir.url}/-/status`)).body.toString(), /"healthy": true/);
    });
  }
}

async function wholeGateway(t: TestContext, end: string, type: string): Promise<void> {
  const upstreams = await Promise.all([1, 2].map(() => servingUpstream(t, FEW + end, type)));
  const weir = await startWeir(t, [
    ...upstreams.flatMap((url) => ["-H", url]),
    ...["--target-metrics", "false"],
  ]);
  const body = (await curl(`${weir.url}/metrics`, "-H", `Accept: ${type}`)).body.toString();
  assert.equal(body, FEW.replace(/ 1$/gm, " 2") + end);
}

peerTest(
  ["curl", "promtool"],
  "lines that pass unfiltered, in front of another Weir",
  async (t) => {
    const policies = ["--policies", dropPolicies(t, nothing)];
    const upstream = await servingUpstream(t, "a 1\nb{ 2\n");
    const below = await startWeir(t, ["-H", upstream, ...policies]);
    const above = await startWeir(t, ["-H", `${below.url}/metrics`, ...policies]);
    assert.equal((await curl(`${below.url}/metrics`)).body.toString(), `a 1\nb{ 2\n${unread}`);
    // The line passes both, and each says so: in one sample.
    const both = `${UNFILTERED}weir_scrape_unfiltered_lines{reason="unparseable"} 2\n`;
    assert.equal((await curl(`${above.url}/metrics`)).body.toString(), `a 1\nb{ 2\n${both}`);
    const told = (await curl(`${above.url}/-/status`)).body.toString();
    assert.match(told, /UTC passed 2 lines unfiltered, as unreadable/);
  },
);

peerTest(
  ["curl"],
  "a gateway without one of its targets, and without metrics of targets",
  async (t) => {
    const up = await servingUpstream(t, "a 1\n");
    const down = `127.0.0.1:${await freePort()}`;
    const args = ["-H", up, "-H", `http://${down}/metrics`, "--target-metrics", "false"];
    const weir = await startWeir(t, [...args, "--relabel", "metric_relabel_configs: []\ns: []\n"]);
    for (let i = 0; i < 2; i++) {
      assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), `a 1\n${missing}`);
    }
    const answer = await curl(`${weir.url}/metrics/s`);
    assert.match(answer.headers.get("age") ?? "", /^\d+$/);
    const subset = answer.body.toString();
    assert.equal(subset.replace(/ \d{13}$/gm, ""), `a 1\n${missing}`);
    const told = (await curl(`${weir.url}/-/status`)).body.toString();
    assert.ok(told.includes(`is without 1 target: ${down}`), told);
  },
);

/** 50 MB in chunks, made while they are read. */
function largeUpstream(t: TestContext, bytes: number, hash?: ReturnType<typeof createHash>) {
  return httpUpstream(t, async (_request, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE });
    let sent = 0;
    for (let number = 0; sent < bytes; number++) {
      const lines = Array.from(
        { length: 500 },
        (_, i) =>
          `weir_test_items{item="${String(number * 500 + i).padStart(10, "0")}",of="${
            "x".repeat(60)
          }"} 1\n`,
      ).join("");
      hash?.update(lines);
      sent += lines.length;
      if (!response.write(lines)) await new Promise((drained) => response.once("drain", drained));
    }
    response.end();
  });
}

for (
  const [what, keys, args] of [
    ["a file that names the upstream", "", []],
    [
      "a file with rules",
      "metric_relabel_configs: [{action: drop, source_labels: [a], regex: b}]\n",
      [],
    ],
    ["flags alone", undefined, []],
  ] as const
) {
  peerTest(["curl"], `50 MB pass whole, in bounded memory: ${what}`, async (t) => {
    const expected = createHash("sha256");
    const url = await largeUpstream(t, 50_000_000, expected);
    const config = join(temporaryFolder(t), "weir.yaml");
    if (keys !== undefined) writeFileSync(config, `upstream_url: ${url}\n${keys}`);
    const weir = await startWeir(t, keys === undefined ? ["-H", url, ...args] : [config]);
    const { body, exitCode } = await curl(`${weir.url}/metrics`);
    assert.equal(exitCode, 0);
    assert.ok(body.length >= 50_000_000);
    assert.equal(createHash("sha256").update(body).digest("hex"), expected.digest("hex"));
    await weir.counted({
      'weir_scrapes_total{path="/metrics",code="200",outcome="complete"}': 1,
      'weir_truncations_total{limit="input"}': 0,
    });
    assert.ok(weir.peakMebibytes < 160, `${weir.peakMebibytes} MiB`);
  });
}

peerTest(
  ["curl"],
  "a file in Edge's form is cut at 10 MiB, as Edge does it, and says so",
  async (t) => {
    const config = join(temporaryFolder(t), "config.json");
    writeFileSync(
      config,
      JSON.stringify({ upstream_url: await largeUpstream(t, 12_000_000), policy_providers: [] }),
    );
    const weir = await startWeir(t, [config]);
    const { body, status, exitCode } = await curl(`${weir.url}/metrics`);
    assert.deepEqual([exitCode, status], [0, 200]);
    assert.ok(body.toString().endsWith(cut("input")));
    assert.ok(body.length <= 10_485_760 + cut("input").length && body.length > 10_485_000);
  },
);

peerTest(["curl"], "a file of Weir's own with a limit fails at it", async (t) => {
  const config = join(temporaryFolder(t), "weir.yaml");
  const upstream = await servingUpstream(t, FEW);
  writeFileSync(
    config,
    `upstream_url: ${upstream}\nprometheus: {max_output_bytes_per_scrape: 1000}\n`,
  );
  const weir = await startWeir(t, [config]);
  const { body, status } = await curl(`${weir.url}/metrics`);
  assert.deepEqual([status, body.toString()], [502, "the output budget is exceeded\n"]);
  const told = (await curl(`${weir.url}/-/status`)).body.toString();
  assert.match(told, /UTC failed: the output budget is exceeded/);
});
