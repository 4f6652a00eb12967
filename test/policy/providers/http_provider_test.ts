import assert from "node:assert/strict";
import { test } from "node:test";
import { AB, statusesOf, withServer } from "../../support/policy/provider_fixture.ts";
import * as server from "../../support/policy/sync_server.ts";
import { answer, policy } from "../../support/policy/sync_server.ts";

test("the first sync is full, with this body and these headers", async () => {
  const headers = [{ name: "Authorization", value: "Bearer abc" }, { name: "X-Org", value: "7" }];
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    assert.deepEqual(fixture.events, ["loaded a,b"]);
    const [request] = peer.requests;
    assert.equal(request.method, "POST");
    assert.equal(request.headers["content-type"], "application/json");
    assert.equal(request.headers.accept, "application/json");
    assert.match(String(request.headers["idempotency-key"]), /^[0-9a-f-]{36}$/);
    assert.equal(request.headers.authorization, "Bearer abc");
    assert.equal(request.headers["x-org"], "7");
    const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
    assert.deepEqual(request.body, {
      clientMetadata: {
        supportedPolicyStages: ["POLICY_STAGE_METRIC_FILTER"],
        labels: [attribute("team", "platform")],
        resourceAttributes: [
          attribute("service.instance.id", "i-1"),
          attribute("service.name", "checkout"),
          attribute("service.namespace", "shop"),
          attribute("service.version", "1.2"),
          attribute("deployment.environment", "production"),
        ],
      },
      fullSync: true,
      lastSyncTimestampUnixNano: "0",
      lastSuccessfulHash: "",
      policyStatuses: [],
    });
  }, { headers });
});

test("later syncs tell the hash, the time and the counts since the one before", async () => {
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    fixture.count("a", 3);
    fixture.count("b", 0, 2);
    await fixture.provider.reload();
    fixture.count("a", 1);
    await fixture.provider.reload();
    assert.deepEqual(fixture.events, ["loaded a,b", "unchanged", "unchanged"]);
    const { fullSync, lastSyncTimestampUnixNano, lastSuccessfulHash, policyStatuses } =
      peer.requests[1].body;
    assert.deepEqual({ fullSync, lastSyncTimestampUnixNano, lastSuccessfulHash, policyStatuses }, {
      fullSync: false,
      lastSyncTimestampUnixNano: "1700",
      lastSuccessfulHash: "h1",
      policyStatuses: [
        { id: "a", matchHits: "3", matchMisses: "0", errors: [] },
        { id: "b", matchHits: "0", matchMisses: "2", errors: [] },
      ],
    });
    assert.deepEqual(statusesOf(peer.requests[2]), ["a 1/0", "b 0/0"]);
  });
});

test("what was counted before the policies came is not reported", async () => {
  await withServer(answer(AB), async (peer, fixture) => {
    fixture.count("a", 100);
    await fixture.start();
    fixture.count("a", 1);
    await fixture.provider.reload();
    assert.deepEqual(statusesOf(peer.requests[1]), ["a 1/0", "b 0/0"]);
  });
});

test("a changed set is loaded; a policy that left it reports its rest and no more", async () => {
  let now = 0;
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    fixture.count("a", 1);
    peer.reply = (response) => {
      fixture.count("a", 10);
      answer({ policies: [policy("b"), policy("c")], hash: "h2" })(response);
    };
    await fixture.provider.reload();
    peer.reply = answer({ policies: [policy("b"), policy("c")], hash: "h2" });
    await fixture.provider.reload();
    fixture.count("a", 100);
    await fixture.provider.reload();
    now += 61_000;
    await fixture.provider.reload();
    fixture.count("a", 1000);
    await fixture.provider.reload();
    assert.deepEqual(fixture.events.slice(0, 2), ["loaded a,b", "loaded b,c"]);
    assert.deepEqual(peer.requests.slice(1).map(statusesOf), [
      ["a 1/0", "b 0/0"],
      ["b 0/0", "c 0/0", "a 10/0"],
      ["b 0/0", "c 0/0", "a 100/0"],
      ["b 0/0", "c 0/0"],
      ["b 0/0", "c 0/0"],
    ]);
  }, { now: () => now });
});

test("policies that are not in force are reported too, with their errors", async () => {
  const bad = { ...policy("bad"), name: "", metric: { match: [{ metricField: 1, regex: "([" }] } };
  const off = { ...policy("off"), enabled: false };
  const logs = { id: "logs", name: "logs", log: { match: [], keep: "none" } };
  await withServer(
    answer({ policies: [bad, off, logs, { name: "no id" }], hash: "h" }),
    async (peer, fixture) => {
      await fixture.start();
      await fixture.provider.reload();
      assert.deepEqual(peer.requests[1].body.policyStatuses.slice(1).map(Object.values), [
        ["off", "0", "0", []],
        ["logs", "0", "0", []],
      ]);
      const [status] = peer.requests[1].body.policyStatuses;
      assert.deepEqual(
        [status.id, status.errors],
        ["bad", fixture.entries[0].state === "invalid" ? fixture.entries[0].errors : []],
      );
      assert.ok(status.errors.includes("missing name"), status.errors.join());
      assert.deepEqual([...fixture.counters.entries()], [], "none of them is counted");
    },
  );
});

test("snake_case, enum names and 64-bit numbers are read as well", async () => {
  const body = `{"policies": [], "hash": "h9", "sync_timestamp_unix_nano": 1732300000123456789,
    "recommended_sync_interval_seconds": "30", "sync_type": "SYNC_TYPE_FULL", "error_message": ""}`;
  await withServer(server.text(body), async (peer, fixture) => {
    await fixture.start();
    await fixture.provider.reload();
    assert.deepEqual(fixture.events, ["loaded", "unchanged"]);
    assert.equal(peer.requests[1].body.lastSyncTimestampUnixNano, "1732300000123456789");
    assert.equal(peer.requests[1].body.lastSuccessfulHash, "h9");
    assert.deepEqual(fixture.pauses, [30_000, 30_000]);
  });
});

test("without a hash every answer is loaded", async () => {
  await withServer(answer({ policies: [policy("a")] }), async (_, fixture) => {
    await fixture.start();
    await fixture.provider.reload();
    assert.deepEqual(fixture.events, ["loaded a", "loaded a"]);
  });
});

test("a connection is used once", async () => {
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    await fixture.provider.reload();
    peer.reply = (response) => void response.destroy();
    await fixture.provider.reload();
    assert.equal(peer.syncs.length, 3);
    assert.equal(new Set(peer.requests.map(({ port }) => port)).size, peer.requests.length);
  });
});
