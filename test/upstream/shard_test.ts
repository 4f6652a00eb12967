import assert from "node:assert/strict";
import { test } from "node:test";
import { belongsToShard } from "../../src/upstream/shard.ts";

const ADDRESSES = Array.from({ length: 200 }, (_, at) => `10.0.0.${at + 1}:8080`);

/** The shard of each address. Fails when one belongs to none or to several. */
function shards(addresses: readonly string[], count: number): number[] {
  return addresses.map((address) => {
    const taking = Array.from({ length: count }, (_, index) => index)
      .filter((index) => belongsToShard(address, { index, count }));
    assert.equal(taking.length, 1, address);
    return taking[0];
  });
}

function sizes(owners: readonly number[], count: number): number[] {
  return Array.from(
    { length: count },
    (_, index) => owners.filter((owner) => owner === index).length,
  );
}

test("200 addresses are each taken by one of 4 shards, in like shares", () => {
  assert.deepEqual(sizes(shards(ADDRESSES, 4), 4), [48, 56, 46, 50]);
});

test("a fifth shard takes a fifth from the others, and nothing else moves", () => {
  const before = shards(ADDRESSES, 4);
  const after = shards(ADDRESSES, 5);
  const moved = after.filter((shard, at) => shard !== before[at]);
  assert.deepEqual([moved.length, new Set(moved)], [35, new Set([4])]);
});

test("10,000 addresses of each kind are spread within a tenth of the mean", () => {
  const kinds: Record<string, (at: number) => string> = {
    IPv4: (at) => `10.${at >> 8}.${at & 255}.1:9100`,
    IPv6: (at) => `[fd00::${at.toString(16)}]:9100`,
    names: (at) => `app-${at}.app.svc.cluster.local:9100`,
  };
  for (const [kind, make] of Object.entries(kinds)) {
    const addresses = Array.from({ length: 10_000 }, (_, at) => make(at));
    for (const count of [2, 7]) {
      const mean = addresses.length / count;
      for (const size of sizes(shards(addresses, count), count)) {
        assert.ok(Math.abs(size - mean) < mean / 10, `${kind}, ${count} shards: ${size}`);
      }
    }
  }
});

test("one shard takes everything", () => {
  assert.deepEqual(sizes(shards(ADDRESSES, 1), 1), [200]);
});
