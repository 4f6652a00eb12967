/** `--demo`: the first command that anybody runs. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { curl } from "../support/e2e/curl.ts";
import { samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const REQUESTS = "nginx_ingress_controller_requests_total";
const dropped = (line: string) => /^(debug|go)_/.test(line);

peerTest(
  ["curl", "promtool"],
  "--demo answers a scrape that its policies and its rule make ten times smaller",
  async (t) => {
    const weir = await startWeir(t, ["--demo"]);
    const source = await curl(`${weir.url}/source`);
    const scrape = await curl(`${weir.url}/metrics`);
    assert.equal(scrape.exitCode, 0);
    assert.equal(scrape.status, 200);
    assert.equal(scrape.headers.get("content-type"), TEXT_TYPE);

    const all = samplesOf(source.body.toString());
    const kept = samplesOf(scrape.body.toString());
    assert.deepEqual([all.length, kept.length], [17_419, 3010]);
    assert.ok(scrape.body.length < source.body.length * 0.065, `${scrape.body.length} bytes`);
    assert.ok(all.some((line) => line.startsWith("debug_")));
    assert.ok(all.some((line) => line.startsWith("go_")));
    assert.doesNotMatch(scrape.body.toString(), /^(# \w+ )?(debug|go)_/m);
    const buckets = new Set(kept.flatMap((line) => /^\w+_bucket/.exec(line)?.[0] ?? []));
    assert.deepEqual([...buckets], ["nginx_ingress_controller_request_duration_seconds_bucket"]);
    // The same metric before and after: ten series of an ingress are six.
    const ofFirst = (lines: string[]) =>
      lines.filter((line) => line.startsWith(REQUESTS) && line.includes('ingress="app-0001"'));
    assert.equal(ofFirst(all).length, 10);
    assert.deepEqual(
      ofFirst(kept).map((line) => line.slice(REQUESTS.length, line.lastIndexOf(" "))),
      ["200", "404", "201", "500", "401", "304"].map((status) =>
        `{ingress="app-0001",namespace="billing",status="${status}"}`
      ),
    );

    for (const body of [source.body, scrape.body]) {
      const check = await runProgram("promtool", ["check", "metrics"], { stdin: [body] });
      assert.equal(check.exitCode, 0, check.stderr);
    }

    const open = await curl(`${weir.url}/metrics`, "-H", `Accept: ${OPEN_METRICS_TYPE}`);
    assert.equal(open.headers.get("content-type"), OPEN_METRICS_TYPE);
    assert.ok(open.body.toString().endsWith("\n# EOF\n"));
    assert.equal(samplesOf(open.body.toString()).length, 3010);
    assert.deepEqual(samplesOf(open.body.toString()).filter(dropped), []);
  },
);

peerTest(["curl"], "rules of one's own take the place of the demo's", async (t) => {
  const weir = await startWeir(t, ["--demo", "--relabel", "[{action: labeldrop, regex: path}]"]);
  const scrape = samplesOf((await curl(`${weir.url}/metrics`)).body.toString());
  assert.ok(scrape.some(dropped));
  assert.ok(scrape.some((line) => line.includes(',method="GET"')));
  assert.ok(!scrape.some((line) => line.includes("path=")));
});

peerTest(["curl"], "--demo-ingresses sets the sample's size", async (t) => {
  const samples = async (count: number) => {
    const weir = await startWeir(t, ["--demo", "--demo-ingresses", `${count}`]);
    return samplesOf((await curl(`${weir.url}/source`)).body.toString()).length;
  };
  assert.equal(await samples(11) - await samples(10), 870);
});

peerTest(["curl"], "deno task start serves the demo", async (t) => {
  const root = resolve(import.meta.dirname!, "..", "..");
  const deno = join(root, "node_modules", ".bin", "deno");
  const weir = await startWeir(t, [], { program: [deno, "task", "--cwd", root, "start"] });
  const scrape = await curl(`${weir.url}/metrics`);
  // The task passes the signal on; killed, it would leave Weir behind.
  assert.equal(await weir.stop(), 0);
  assert.equal(scrape.status, 200);
});
