import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_POLICY_CACHE_BYTES } from "../../../src/bounds.ts";
import { PolicyCache } from "../../../src/policy/providers/policy_cache.ts";
import type { ProviderSink } from "../../../src/policy/providers/policy_provider.ts";
import { PolicyStore } from "../../../src/policy/providers/policy_store.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";
import { AB, withServer } from "../../support/policy/provider_fixture.ts";
import * as server from "../../support/policy/sync_server.ts";
import { answer } from "../../support/policy/sync_server.ts";

/** A disk with one file; `broken`: it takes nothing. */
class Disk {
  text: string | undefined;
  broken = false;
  readonly saves: boolean[] = [];

  async open(): Promise<PolicyCache> {
    return await PolicyCache.open("cache.json", {
      runtime: {
        readFile: (path) =>
          this.text === undefined
            ? Promise.reject(new Error(`${path}: no such file`))
            : Promise.resolve(new TextEncoder().encode(this.text)),
        replaceFile: (path, chunks) => {
          if (this.broken) return Promise.reject(new Error(`${path}: read-only file system`));
          this.text = [...chunks].map((chunk) => new TextDecoder().decode(chunk)).join("");
          return Promise.resolve();
        },
      },
      saved: (successful) => this.saves.push(successful),
    });
  }
}

test("a server that is down at the next start: the last good policies are in force", async () => {
  const disk = new Disk();
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    assert.deepEqual([fixture.events, disk.saves], [["loaded a,b"], [true]]);
    fixture.provider.stop();

    peer.reply = server.status(503);
    const next = fixture.again({ cache: await disk.open() });
    assert.equal(next.provider.isLocal, true);
    await next.start();
    assert.deepEqual(next.events, ["restored a,b", "failed answered 503, wanted 200"]);
    const { fullSync, clientMetadata: _, ...sync } = peer.requests.at(-1)!.body;
    assert.deepEqual([fullSync, sync.lastSuccessfulHash], [false, "h1"]);

    peer.reply = answer({ ...AB, policies: [] });
    await next.provider.reload();
    assert.equal(next.events.at(-1), "unchanged");
    peer.reply = answer({ ...AB, policies: [server.policy("c")], hash: "h2" });
    await next.provider.reload();
    assert.equal(next.events.at(-1), "loaded c");
    assert.match(disk.text!, /"hash":"h2"/);
  }, { cache: await disk.open() });
});

test("another server, or another id, has nothing of it", async () => {
  const disk = new Disk();
  await withServer(answer(AB), async (peer, fixture) => {
    await fixture.start();
    const cache = await disk.open();
    assert.notEqual(cache.get("remote", peer.url), undefined);
    assert.equal(cache.get("remote", `${peer.url}2`), undefined);
    assert.equal(cache.get("other", peer.url), undefined);
  }, { cache: await disk.open() });
});

test("no password of the URL is in the file", async () => {
  const disk = new Disk();
  await withServer(answer(AB), async (peer, fixture) => {
    const url = peer.url.replace("http://", "http://user:hunter2@");
    const other = fixture.again({ url, cache: await disk.open() });
    await other.start();
    assert.deepEqual(other.events, ["loaded a,b"]);
    assert.doesNotMatch(disk.text ?? "", /hunter2/);
  });
});

const broken: readonly (readonly [name: string, text: string | undefined])[] = [
  ["is not there", undefined],
  ["is empty", ""],
  ["is cut", '{"version":1,"sets":[{"id":"remote","ser'],
  ["is of another version", '{"version":2,"sets":[]}'],
  ["has no sets", '{"version":1}'],
  ["has a set without a server", '{"version":1,"sets":[{"id":"remote"}]}'],
  ["is too large", " ".repeat(MAX_POLICY_CACHE_BYTES + 1)],
];

for (const [name, text] of broken) {
  test(`a file that ${name} is as none, and is written anew`, async () => {
    const disk = new Disk();
    disk.text = text;
    await withServer(answer(AB), async (_, fixture) => {
      assert.equal(fixture.provider.isLocal, false);
      await fixture.start();
      assert.deepEqual(fixture.events, ["loaded a,b"]);
      assert.match(disk.text!, /^\{"version":1,"sets":\[\{"id":"remote"/);
    }, { cache: await disk.open() });
  });
}

test("a set that is no list is not put in force", async () => {
  const disk = new Disk();
  await withServer(server.status(500), async (peer, fixture) => {
    const set = {
      id: "remote",
      server: peer.url,
      policies: 5,
      hash: "",
      timestamp: "0",
      saved: "",
    };
    disk.text = JSON.stringify({ version: 1, sets: [set] });
    const other = fixture.again({ cache: await disk.open() });
    await other.start();
    assert.deepEqual(other.events, ["failed answered 500, wanted 200"]);
    assert.equal(peer.requests.at(-1)!.body.fullSync, true);
  });
});

test("a disk that takes nothing does not hold up policies", async () => {
  const disk = new Disk();
  disk.broken = true;
  await withServer(answer(AB), async (_, fixture) => {
    await fixture.start();
    assert.deepEqual([fixture.events, disk.saves], [["loaded a,b"], [false]]);
  }, { cache: await disk.open() });
});

test("who has no policies yet is told, and restored ones count", async () => {
  const usage = () => ({ residentBytes: 0, cpuSeconds: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  const store = new PolicyStore(metrics);
  const provider = (id: string, isRestored: boolean) => ({
    key: id,
    create: () => ({
      id,
      isLocal: true,
      start: async (sink: ProviderSink) => {
        if (isRestored) await sink.restored([]);
        else sink.failed("down");
      },
      reload: () => Promise.resolve(),
      stop: () => {},
    }),
  });
  await store.use([provider("a", true), provider("b", false)]);
  assert.deepEqual([store.ready, store.missing], [true, ["b"]]);
});
