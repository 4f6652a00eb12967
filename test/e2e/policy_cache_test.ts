/** A restart while the policy server is down. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { answer, policy, status, syncServer } from "../support/policy/sync_server.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const DROP_SECRET = {
  ...policy("drop-secret"),
  metric: { match: [{ metricField: 1, exact: "secret" }], keep: false },
};
const SYNCED = answer({ policies: [DROP_SECRET], hash: "1" });

async function start(t: TestContext) {
  const server = await syncServer(SYNCED);
  t.after(() => server.stop());
  const folder = temporaryFolder(t);
  const cache = join(folder, "policies.cache");
  const upstream_url = await servingUpstream(t, "secret 1\nopen 2\n");
  const serve = (more: object) => {
    const config = join(folder, "weir.json");
    const policy_providers = [{ id: "remote", type: "http", url: server.url }];
    writeFileSync(config, JSON.stringify({ upstream_url, policy_providers, ...more }));
    return startWeir(t, [config]);
  };
  const ask = async ({ url }: { readonly url: string }, path = "/metrics") => {
    const { status, body } = await curl(`${url}${path}`);
    return [status, body.toString()];
  };
  return { server, cache, serve, ask };
}

peerTest(
  ["curl"],
  "with a policy cache nothing leaks after it, from the first scrape on",
  async (t) => {
    const { server, cache, serve, ask } = await start(t);
    const first = await serve({ policy_cache: cache });
    await eventually("the cache", () => readFileSync(cache, "utf8").includes("drop-secret"));
    assert.deepEqual(await ask(first), [200, "open 2\n"]);
    await first.stop();

    server.reply = status(503);
    const second = await serve({ policy_cache: cache });
    assert.deepEqual(await ask(second), [200, "open 2\n"]);
    assert.equal((await ask(second, "/-/ready"))[0], 200);
    assert.equal(second.logged("policies of an earlier run are in force").length, 1, second.log);
    const own = String((await ask(second, "/-/metrics"))[1]);
    assert.match(own, /^weir_policy_last_load_successful\{provider="remote"\} 0$/m);
    await second.stop();
  },
);

peerTest(["curl"], "without a cache everything passes, unless policies are required", async (t) => {
  const { server, serve, ask } = await start(t);
  server.reply = status(503);
  const open = await serve({});
  assert.deepEqual(await ask(open), [200, "secret 1\nopen 2\n"]);
  await open.stop();

  const strict = await serve({ require_policies: true });
  const refusal = [503, "no policies yet of remote, which require_policies wants\n"];
  assert.deepEqual(await ask(strict), refusal);
  assert.equal((await ask(strict, "/-/ready"))[0], 503);
  assert.equal((await ask(strict, "/-/healthy"))[0], 200);
  const own = String((await ask(strict, "/-/metrics"))[1]);
  assert.match(own, /^weir_refused_requests_total\{reason="policies"\} 1$/m);
  server.reply = SYNCED;
  await eventually("the policies", async () => (await ask(strict, "/-/ready"))[0] === 200);
  assert.deepEqual(await ask(strict), [200, "open 2\n"]);
  await strict.stop();
});
