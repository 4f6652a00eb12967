/** Gateways before gateways: what each says of its targets becomes one block in the upper one. */
import assert from "node:assert/strict";
import {
  addressOf,
  linesOf,
  scrape,
  sortedLines,
  targetLines,
} from "../support/e2e/gateway_answer.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort, runProgram } from "../support/e2e/program.ts";
import { OPEN_METRICS_TYPE, servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const jobs = (a: number) => `# HELP jobs Jobs.\n# TYPE jobs gauge\njobs ${a}\n`;

async function assertWellFormed(exposition: Buffer): Promise<void> {
  const check = await runProgram("promtool", ["check", "metrics"], { stdin: [exposition] });
  assert.equal(check.exitCode, 0, check.stderr);
}

peerTest(["curl", "promtool"], "two levels: one block of each family, all targets", async (t) => {
  const apps = [1, 20, 300].map((a) => servingUpstream(t, jobs(a)));
  const [a, b, c] = await Promise.all(apps);
  const dead = `http://127.0.0.1:${await freePort()}`;
  const left = await startWeir(t, ["-H", a, "-H", b]);
  const right = await startWeir(t, ["-H", c, "-H", dead]);
  const top = await startWeir(t, ["-H", left.url, "-H", right.url]);
  const answer = await scrape(top.url);
  assert.equal(answer.status, 200);
  const perGateway = 1 + 2 * 3;
  const expected = [
    "# HELP jobs Jobs.",
    "# TYPE jobs gauge",
    "jobs 321",
    ...targetLines(
      [addressOf(a), 1, 1],
      [addressOf(b), 1, 1],
      [addressOf(c), 1, 1],
      [addressOf(dead), 0, 0],
      [addressOf(left.url), 1, perGateway],
      [addressOf(right.url), 1, perGateway],
    ),
  ];
  assert.deepEqual(sortedLines(linesOf(answer)), sortedLines(expected));
  await assertWellFormed(answer.body);
});

peerTest(["curl", "promtool"], "two levels without targets of their own", async (t) => {
  const [a, b] = [await servingUpstream(t, jobs(1)), await servingUpstream(t, jobs(20))];
  const quiet = ["--target-metrics", "false"];
  const left = await startWeir(t, ["-H", a, "-H", b]);
  const top = await startWeir(t, [
    "-H",
    left.url,
    "-H",
    left.url.replace("127.0.0.1", "localhost"),
    ...quiet,
  ]);
  const lines = linesOf(await scrape(top.url));
  // The same gateway twice: levels are summed.
  assert.ok(lines.includes("jobs 42"));
  assert.ok(lines.includes(`weir_target_up{target="${addressOf(a)}"} 2`));
  assert.equal(lines.filter((line) => line.startsWith("# TYPE weir_target_up ")).length, 1);
});

peerTest(["curl"], "two levels of OpenMetrics end once", async (t) => {
  const exposition = "# TYPE hits counter\nhits_total 3\nhits_created 1000\n# EOF\n";
  const [a, b] = [
    await servingUpstream(t, exposition, OPEN_METRICS_TYPE),
    await servingUpstream(t, exposition, OPEN_METRICS_TYPE),
  ];
  const raw = ["--counters", "raw"];
  const left = await startWeir(t, ["-H", a, "-H", b, ...raw]);
  const right = await startWeir(t, ["-H", b, "-H", a, ...raw]);
  const top = await startWeir(t, ["-H", left.url, "-H", right.url, ...raw]);
  const answer = await curl(`${top.url}/metrics`, "-H", `Accept: ${OPEN_METRICS_TYPE}`);
  assert.equal(answer.headers.get("content-type"), OPEN_METRICS_TYPE);
  const lines = linesOf(answer);
  // A plain sum began at no time.
  assert.deepEqual(lines.slice(0, 3), [
    "# TYPE hits counter",
    "hits_total 12",
    "# HELP weir_target_up Whether the target was read whole in this scrape.",
  ]);
  assert.equal(lines.at(-1), "# EOF");
  assert.equal(lines.filter((line) => line === "# EOF").length, 1);
  for (const name of ["up", "scrape_duration_seconds", "samples"]) {
    const types = lines.filter((line) => line === `# TYPE weir_target_${name} gauge`);
    assert.equal(types.length, 1, name);
  }
});
