import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../../src/policy/providers/http_provider.ts";
import { AB, Fixture, withServer } from "../../support/policy/provider_fixture.ts";
import * as server from "../../support/policy/sync_server.ts";
import { answer, eventually, syncServer } from "../../support/policy/sync_server.ts";

const INTERVALS: [string, number | undefined, unknown[], number[]][] = [
  ["60 s until the server says, then what it said last", undefined, [0, 10, 0, "20"], [
    60_000,
    10_000,
    10_000,
    20_000,
  ]],
  ["not below 1 s nor above 24 h", undefined, [0.01, 1e9], [1000, 86_400_000]],
  ["nonsense is no recommendation", undefined, [-5, "soon", null], [60_000, 60_000, 60_000]],
  ["the configured one goes first", 15, [10], [15_000]],
];

for (const [name, pollIntervalSeconds, recommended, expected] of INTERVALS) {
  test(`interval: ${name}`, async () => {
    await withServer(answer(), async (peer, fixture) => {
      for (const [index, seconds] of recommended.entries()) {
        peer.reply = answer({ ...AB, recommendedSyncIntervalSeconds: seconds });
        if (index === 0) await fixture.start();
        else await fixture.provider.reload();
      }
      assert.deepEqual(fixture.pauses, expected);
    }, { pollIntervalSeconds });
  });
}

test("backoff: the range doubles up to 5 min, and a success ends it", async () => {
  const randoms = [0, 0.5, 1, 0, 0, 0, 0, 0, 0.5, 1, 0.25];
  let drawn = 0;
  await withServer(server.status(503), async (peer, fixture) => {
    await fixture.start();
    for (let failures = 2; failures <= 10; failures++) {
      fixture.endPause();
      await eventually(() => fixture.pauses.length === failures, `failure ${failures}`);
    }
    peer.reply = answer(AB);
    fixture.endPause();
    await eventually(() => fixture.pauses.length === 11, "the success");
    peer.reply = server.status(503);
    fixture.endPause();
    await eventually(() => fixture.pauses.length === 12, "the next failure");
    const seconds = [1, 3, 8, 8, 16, 32, 64, 128, 225, 300, 60, 1.25];
    assert.deepEqual(fixture.pauses, seconds.map((pause) => pause * 1000));
  }, { random: () => randoms[drawn++] });
});

test("reload during a sync: one more follows, for all who asked", async () => {
  await withServer(server.silence, async (peer, fixture) => {
    let release = () => {};
    peer.reply = (response) => release = () => answer(AB)(response);
    const started = fixture.start();
    await peer.received(1);
    const reloads = [fixture.provider.reload(), fixture.provider.reload()];
    peer.reply = answer(AB);
    release();
    await Promise.all([started, ...reloads]);
    assert.equal(peer.requests.length, 2);
    assert.deepEqual(fixture.events, ["loaded a,b", "unchanged"]);
  });
});

test("stop ends the request in flight; nothing is told or asked after it", async () => {
  await withServer(server.silence, async (peer, fixture) => {
    let closed = false;
    peer.reply = (response) => void response.on("close", () => closed = true);
    fixture.begin();
    await peer.received(1);
    const reload = fixture.provider.reload();
    fixture.provider.stop();
    await reload;
    await eventually(() => closed, "the closed connection");
    await fixture.provider.reload();
    assert.deepEqual([fixture.events, fixture.pauses, peer.requests.length], [[], [], 1]);
  });
});

test("the real sleep: the next sync follows by itself", async () => {
  const peer = await syncServer(answer({ ...AB, recommendedSyncIntervalSeconds: 1 }));
  const fixture = new Fixture(peer.url, { sleep });
  try {
    fixture.begin();
    await peer.received(2);
  } finally {
    fixture.provider.stop();
    peer.stop();
  }
});
