/** Both byte budgets at the limit, one below and one above, in both formats and on both ends. */
import assert from "node:assert/strict";
import { runProgram } from "../support/e2e/program.ts";
import { BROKEN_OFF, curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { gauges, OPEN_METRICS_TYPE, servingUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const EOF = "# EOF\n";
const scrapes = (outcome: string) =>
  `weir_scrapes_total{path="/metrics",code="200",outcome="${outcome}"}`;
const truncations = (limit: string) => `weir_truncations_total{limit="${limit}"}`;

/** Drops every tenth sample; what it leaves of `gauges(1000)` has 900 samples. */
const everyTenth = [{ datapoint_attribute: "item", ends_with: "0" }];

interface Case {
  readonly format: "text" | "OpenMetrics";
  readonly limit: "input" | "output";
  readonly filtered: boolean;
}

const cases: Case[] = (["text", "OpenMetrics"] as const).flatMap((format) =>
  (["input", "output"] as const).flatMap((limit) =>
    [false, true].map((filtered) => ({ format, limit, filtered }))
  )
);

for (const { format, limit, filtered } of cases) {
  const isOpen = format === "OpenMetrics";
  const source = gauges(1000) + (isOpen ? EOF : "");
  const kept = (text: string) =>
    filtered ? linesOf(text).filter((line) => !line.includes('0"}')).join("") : text;
  const whole = kept(source);
  const size = limit === "input" ? source.length : whole.length;
  const type = isOpen ? OPEN_METRICS_TYPE : TEXT_TYPE;
  const how = `${limit} budget, ${format}, ${filtered ? "filtered" : "unfiltered"}`;

  peerTest(["curl", "promtool"], `${how}: at the limit, below and above`, async (t) => {
    const url = await servingUpstream(t, source, type);
    const policies = filtered ? ["--policies", dropPolicies(t, everyTenth)] : [];
    for (const budget of [size + 1, size]) {
      const weir = await startWeir(t, [
        "-H",
        url,
        `--max-${limit}-bytes`,
        `${budget}`,
        ...policies,
      ]);
      const answer = await curl(`${weir.url}/metrics`);
      assert.equal(answer.exitCode, 0);
      assert.equal(answer.headers.get("content-type"), type);
      assert.equal(answer.body.toString(), whole, `a budget of ${budget} for ${size} bytes`);
      await weir.counted({ [scrapes("complete")]: 1, [truncations(limit)]: 0 });
      assert.deepEqual(weir.logged("truncated"), []);
    }

    const budget = size - 1;
    const args = [`--max-${limit}-bytes`, `${budget}`, "--on-limit", "truncate", ...policies];
    const weir = await startWeir(t, ["-H", url, ...args]);
    const left = limit === "input"
      ? kept(linesWithin(source, budget))
      : linesWithin(whole, isOpen ? budget - EOF.length : budget);
    // With the budget all but in the terminator nothing is missing, but that is not known.
    const expected = left.replace(EOF, "") + truncated(limit) + (isOpen ? EOF : "");
    const answer = await curl(`${weir.url}/metrics`);
    assert.equal(answer.exitCode, 0);
    assert.equal(answer.status, 200);
    assert.equal(answer.body.toString(), expected);
    await assertAccepted(answer.body);
    await weir.counted({ [scrapes("truncated")]: 1, [truncations(limit)]: 1 });
    const logged = weir.logged("truncated");
    assert.equal(logged.length, 1);
    assert.match(logged[0], new RegExp(` limit=${limit} limit_bytes=${budget} `));
    const lines = linesOf(left).filter((line) => line !== EOF).length;
    assert.match(logged[0], new RegExp(` output_bytes=${expected.length} `));
    assert.match(logged[0], new RegExp(` output_lines=${lines}$`));
  });
}

/** Until an answer has begun there is a status; a transfer that has begun must not look whole. */
for (const limit of ["input", "output"]) {
  for (const budget of [10, 1000, 400_000]) {
    peerTest(["curl"], `--on-limit fail at an ${limit} budget of ${budget}: 502`, async (t) => {
      const url = await servingUpstream(t, gauges(20_000));
      const args = ["-H", url, `--max-${limit}-bytes`, `${budget}`];
      const weir = await startWeir(t, args);
      for (const encoding of ["identity", "gzip"]) {
        const answer = await curl(`${weir.url}/metrics`, "-H", `Accept-Encoding: ${encoding}`);
        assert.deepEqual([answer.exitCode, answer.status], [0, 502], encoding);
        assert.equal(answer.body.toString(), `the ${limit} budget is exceeded\n`);
      }
      await weir.counted({
        'weir_scrapes_total{path="/metrics",code="502",outcome="error"}': 2,
        [truncations(limit)]: 2,
        weir_upstream_up: 1,
      });
      assert.equal(weir.logged("truncated").length, 2);
    });
  }

  for (const budget of [1_500_000]) {
    peerTest(["curl"], `--on-limit fail at an ${limit} budget of ${budget}`, async (t) => {
      const url = await servingUpstream(t, gauges(60_000));
      const args = ["-H", url, `--max-${limit}-bytes`, `${budget}`];
      const weir = await startWeir(t, args);
      for (const encoding of ["identity", "gzip"]) {
        const answer = await curl(`${weir.url}/metrics`, "-H", `Accept-Encoding: ${encoding}`);
        assert.ok(BROKEN_OFF.includes(answer.exitCode), `${encoding}: ${answer.exitCode}`);
      }
      await weir.counted({ [scrapes("aborted")]: 2, [truncations(limit)]: 2 });
      assert.equal(weir.logged("truncated").length, 2);
    });
  }
}

function linesOf(text: string): string[] {
  return text.split("\n").slice(0, -1).map((line) => `${line}\n`);
}

/** The whole lines of the first `budget` bytes. */
function linesWithin(text: string, budget: number): string {
  return text.slice(0, text.slice(0, budget).lastIndexOf("\n") + 1);
}

/** What a truncated answer ends with. */
function truncated(limit: string): string {
  return "# HELP weir_scrape_truncated How often a byte limit cut this scrape short.\n" +
    "# TYPE weir_scrape_truncated gauge\n" +
    `weir_scrape_truncated{limit="${limit}"} 1\n`;
}

async function assertAccepted(exposition: Uint8Array): Promise<void> {
  const check = await runProgram("promtool", ["check", "metrics"], { stdin: [exposition] });
  assert.equal(check.exitCode, 0, check.stderr);
}
