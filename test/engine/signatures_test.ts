import assert from "node:assert/strict";
import { test } from "node:test";
import { PolicyCounters } from "../../src/policy/policy_counters.ts";
import { PolicySet } from "../../src/policy/policy_set.ts";
import { SignatureCache } from "../../src/policy/signature_cache.ts";
import { policy, regexLibrary, specsOf } from "../support/policy/policy_fixture.ts";

const key = new TextEncoder().encode("name");

async function fixture(): Promise<{ set: PolicySet; counters: PolicyCounters }> {
  const counters = new PolicyCounters();
  const specs = await specsOf([
    policy({ metric_field: "name", contains: "ab" }, true, "ab"),
    policy({ metric_field: "name", contains: "cd" }, true, "cd"),
  ]);
  return { set: new PolicySet(specs, regexLibrary, counters), counters };
}

test("there is room until a bound is reached; then everything is forgotten, and counted", async () => {
  const { set, counters } = await fixture();
  const cache = new SignatureCache(set, { entries: 3, bytes: 8 });
  const decision = set.decide({ read: () => "ab" });
  decision.samples += 5;
  assert.equal(cache.makeRoom(4), false);
  cache.addSignature(key, 4, decision);
  assert.equal(cache.findSignature(key, 4), decision);
  assert.equal(cache.makeRoom(4), false);
  assert.equal(cache.makeRoom(5), true);
  assert.deepEqual([cache.epoch, set.outcomes], [1, 0]);
  assert.equal(cache.findSignature(key, 4), undefined);
  assert.deepEqual(counters.of("ab"), { hits: 5, misses: 0 });
});

test("outcomes are bounded as entries are", async () => {
  const { set } = await fixture();
  const cache = new SignatureCache(set, { entries: 3, bytes: 100 });
  for (const text of ["ab", "cd"]) set.decide({ read: () => text });
  assert.equal(cache.makeRoom(1), false);
  set.decide({ read: () => "abcd" });
  assert.equal(set.outcomes, 3);
  assert.equal(cache.makeRoom(1), true);
  assert.equal(set.outcomes, 0);
});

test("metadata is numbered by its text, and bounded, too", async () => {
  const { set } = await fixture();
  const cache = new SignatureCache(set, { entries: 2, bytes: 100 });
  assert.deepEqual(["a", "b", "a"].map((text) => cache.metadataId(text)), [0, 1, 0]);
  assert.equal(cache.makeRoom(1), true);
  assert.equal(cache.metadataId("b"), 0);
});
