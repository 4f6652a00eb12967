/** Several gateways share the targets: each is asked by one, and few move with a fifth. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { linesOf, scrape } from "../support/e2e/gateway_answer.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const TARGETS = 200;

interface Targets {
  /** The config file that names them all. */
  readonly config: string;
  readonly addresses: readonly string[];
  /** How often each was asked, by address; empties the count. */
  asked(): Map<string, number>;
}

/** One server that is all targets: each has an address of its own. */
async function startTargets(t: TestContext): Promise<Targets> {
  const asked = new Map<string, number>();
  const server = createServer(({ socket }, response) => {
    const address = `${socket.localAddress}:${socket.localPort}`;
    asked.set(address, (asked.get(address) ?? 0) + 1);
    response.writeHead(200, { "content-type": TEXT_TYPE }).end("# TYPE jobs gauge\njobs 1\n");
  }).listen(0, "0.0.0.0");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  const addresses = Array.from({ length: TARGETS }, (_, n) => `127.77.0.${n + 1}:${port}`);
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, `upstreams:\n${addresses.map((a) => `- http://${a}/metrics\n`).join("")}`);
  return {
    config,
    addresses,
    asked: () => {
      const counts = new Map(asked);
      asked.clear();
      return counts;
    },
  };
}

/** Scrapes one process for each shard. Returns the shard of each target. */
async function shardsOf(
  t: TestContext,
  targets: Targets,
  count: number,
): Promise<Map<string, number>> {
  const owners = new Map<string, number>();
  let jobs = 0;
  for (let shard = 0; shard < count; shard++) {
    // As the pods of a StatefulSet tell it.
    const args = [targets.config, "--shard", `weir-gateway-${shard}/${count}`];
    const weir = await startWeir(t, args);
    const lines = linesOf(await scrape(weir.url));
    jobs += Number(lines.find((line) => line.startsWith("jobs "))?.slice("jobs ".length));
    for (const line of lines) {
      const target = /^weir_target_up\{target="(.*)"\} 1$/.exec(line)?.[1];
      if (target === undefined) continue;
      assert.equal(owners.get(target), undefined, `${target} is in two shards`);
      owners.set(target, shard);
    }
    await weir.kill();
  }
  const once = new Map(targets.addresses.map((address) => [address, 1]));
  assert.deepEqual([...targets.asked()].sort(), [...once].sort());
  assert.deepEqual([...owners.keys()].sort(), targets.addresses.toSorted());
  assert.equal(jobs, TARGETS);
  return owners;
}

peerTest(
  ["curl"],
  "four shards ask every target once; a fifth takes its share alone",
  async (t) => {
    const targets = await startTargets(t);
    const four = await shardsOf(t, targets, 4);
    const five = await shardsOf(t, targets, 5);
    const sizes = (owners: Map<string, number>, count: number) =>
      Array.from({ length: count }, (_, n) => [...owners.values()].filter((o) => o === n).length);
    const moved = targets.addresses.filter((address) => four.get(address) !== five.get(address));
    console.log(
      `shards of four: ${sizes(four, 4)}; of five: ${sizes(five, 5)}; moved: ${moved.length}`,
    );
    // None moves between the four, whichever port the targets have got.
    assert.deepEqual(moved.map((address) => five.get(address)), moved.map(() => 4));
    assert.ok(moved.length > 10 && moved.length < 75, `${moved.length} of ${TARGETS} moved`);
    for (const size of sizes(four, 4)) assert.ok(size > 20 && size < 85, `${size} in one of four`);
  },
);

peerTest(["curl"], "auto takes the number from POD_NAME", async (t) => {
  const targets = await startTargets(t);
  const named = await startWeir(t, [targets.config, "--shard", "auto/4"], {
    env: { POD_NAME: "weir-gateway-2" },
  });
  const numbered = await startWeir(t, [targets.config, "--shard", "2/4"]);
  const up = async (url: string) =>
    linesOf(await scrape(url)).filter((line) => line.startsWith("weir_target_up{"));
  const lines = await up(named.url);
  assert.ok(lines.length > 0);
  assert.deepEqual(lines, await up(numbered.url));
});
