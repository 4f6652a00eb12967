/** Real expositions, served by nginx: promtool finds nothing through Weir that was not there. */
import assert from "node:assert/strict";
import { curl } from "../support/e2e/curl.ts";
import {
  expositions,
  expositionsFolder,
  problemsOf,
  samplesOf,
} from "../support/e2e/expositions.ts";
import { startNginx } from "../support/e2e/nginx.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

for (const { name, text, policies, isDropped } of expositions) {
  peerTest(["curl", "nginx", "promtool"], `${name}, filtered: no new problem`, async (t) => {
    const nginx = await startNginx(t, expositionsFolder);
    const weir = await startWeir(t, [
      "-H",
      `${nginx.url}/${name}`,
      "--policies",
      dropPolicies(t, ...policies),
    ]);
    const answer = await curl(`${weir.url}/metrics`);
    assert.equal(answer.exitCode, 0);
    assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4");
    const filtered = answer.body.toString();
    const kept = samplesOf(text).filter((line) => !isDropped(line));
    assert.deepEqual(samplesOf(filtered), kept);
    const hits = [...await weir.ownMetrics()].filter(([key]) => key.includes("policy_hits"));
    assert.equal(hits.length, policies.length);
    for (const [key, value] of hits) assert.ok(value > 0, `${key} is 0: the policy drops nothing`);

    const known = new Set(await lint(text));
    assert.deepEqual((await lint(filtered)).filter((problem) => !known.has(problem)), []);
    assertMetadata(filtered, text);
  });

  peerTest(["curl", "nginx"], `${name}, without policies: the same bytes`, async (t) => {
    const nginx = await startNginx(t, expositionsFolder);
    const weir = await startWeir(t, ["-H", `${nginx.url}/${name}`]);
    for (const path of ["/metrics", "/source"]) {
      const answer = await curl(`${weir.url}${path}`);
      assert.equal(answer.exitCode, 0);
      assert.equal(answer.body.toString(), text);
    }
  });
}

async function lint(exposition: string): Promise<string[]> {
  const stdin = [Buffer.from(exposition)];
  const { exitCode, stderr } = await runProgram("promtool", ["check", "metrics"], { stdin });
  // 3: it is well-formed, but not as Prometheus recommends. 1: it is not.
  assert.ok(exitCode === 0 || exitCode === 3, stderr);
  return problemsOf(stderr);
}

/** Each line of metadata is one of the source's, once, and its family's samples follow. */
function assertMetadata(filtered: string, source: string): void {
  const known = new Set(source.split("\n"));
  const lines = filtered.split("\n").slice(0, -1);
  const metadata = lines.filter((line) => line.startsWith("#"));
  assert.equal(new Set(metadata).size, metadata.length, "metadata is written once");
  for (const [index, line] of lines.entries()) {
    assert.ok(known.has(line), line);
    if (!line.startsWith("#")) continue;
    const family = line.split(" ")[2];
    const next = lines.slice(index).find((following) => !following.startsWith("#")) ?? "";
    assert.ok(next.startsWith(family), `${line} is followed by ${next}`);
  }
}
