/** `--demo`: the first command that anybody runs. */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { curl } from "../support/e2e/curl.ts";
import { samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const dropped = (line: string) => /^(debug|go)_/.test(line);

peerTest(
  ["curl", "promtool"],
  "--demo answers a filtered scrape that promtool accepts",
  async (t) => {
    const weir = await startWeir(t, ["--demo"]);
    const source = await curl(`${weir.url}/source`);
    const scrape = await curl(`${weir.url}/metrics`);
    assert.equal(scrape.exitCode, 0);
    assert.equal(scrape.status, 200);
    assert.equal(scrape.headers.get("content-type"), TEXT_TYPE);

    const nameAndLabels = (line: string) => line.slice(0, line.lastIndexOf(" "));
    const all = samplesOf(source.body.toString()).map(nameAndLabels);
    const kept = samplesOf(scrape.body.toString()).map(nameAndLabels);
    assert.ok(all.some((line) => line.startsWith("debug_")));
    assert.ok(all.some((line) => line.startsWith("go_")));
    assert.deepEqual(kept, all.filter((line) => !dropped(line)));
    assert.doesNotMatch(scrape.body.toString(), /^# \w+ (debug|go)_/m);

    for (const body of [source.body, scrape.body]) {
      const check = await runProgram("promtool", ["check", "metrics"], { stdin: [body] });
      assert.equal(check.exitCode, 0, check.stderr);
    }

    const open = await curl(`${weir.url}/metrics`, "-H", `Accept: ${OPEN_METRICS_TYPE}`);
    assert.equal(open.headers.get("content-type"), OPEN_METRICS_TYPE);
    assert.ok(open.body.toString().endsWith("\n# EOF\n"));
    assert.deepEqual(samplesOf(open.body.toString()).filter(dropped), []);
  },
);

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
