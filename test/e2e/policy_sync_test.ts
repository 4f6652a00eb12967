/** The policy server is told of every hit once, whatever fails between. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { answer, type SyncRequest, syncServer } from "../support/policy/sync_server.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const DROP_A = {
  id: "drop-a",
  name: "Drop a",
  enabled: true,
  metric: { match: [{ metricField: 1, exact: "a", negate: false }], keep: false },
};

peerTest(["curl"], "hits reach the policy server once, with failures in between", async (t) => {
  const accepted: SyncRequest[] = [];
  const good = answer({ policies: [DROP_A], hash: "1", recommendedIntervalSeconds: 1 });
  const server = await syncServer((response, request) => {
    accepted.push(request);
    return good(response);
  });
  t.after(() => server.stop());
  const config = join(temporaryFolder(t), "weir.json");
  writeFileSync(
    config,
    JSON.stringify({
      upstream_url: await servingUpstream(t, "a 1\nb 2\na 3\n"),
      policy_providers: [{ id: "tero", type: "http", url: server.url, poll_interval_secs: 1 }],
    }),
  );
  const weir = await startWeir(t, [config]);
  const scrape = async (expected: string) =>
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), expected);
  await eventually(
    "the first policies",
    async () => (await curl(`${weir.url}/-/ready`)).status === 200,
  );
  assert.equal(accepted[0].body.fullSync, true);

  await scrape("b 2\n");
  const accepting = server.reply;
  let failed = 0;
  server.reply = (response) => {
    failed++;
    response.writeHead(500).end("no\n");
  };
  await eventually("a sync that fails", () => failed > 0);
  await scrape("b 2\n");
  server.reply = accepting;
  await weir.counted({ 'weir_policy_hits_total{policy="drop-a"}': 4 });

  await eventually("all hits are reported", () => {
    assert.equal(hitsIn(accepted), 4);
    return true;
  });
  const syncs = accepted.length;
  await eventually("one more sync", () => accepted.length > syncs);
  assert.equal(hitsIn(accepted), 4);
});

function hitsIn(requests: readonly SyncRequest[]): number {
  return requests
    .flatMap(({ body }) => body.policyStatuses as { id: string; matchHits: string }[])
    .filter(({ id }) => id === "drop-a")
    .reduce((sum, { matchHits }) => sum + Number(matchHits), 0);
}
