import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeEntries } from "../../src/policy/merge_entries.ts";
import type { PolicyEntry } from "../../src/policy/policy_document.ts";

const active = (id: string): PolicyEntry => ({
  state: "active",
  spec: { id, name: id, keep: false, matchers: [] },
});
const invalid = (id: string): PolicyEntry => ({
  state: "invalid",
  id,
  errors: ["missing name"],
  paths: [["name"]],
});

test("of policies with the same id the first provider's is in force", () => {
  const first = { provider: "flag", entries: [active("a"), active("b")] };
  const second = { provider: "tero", entries: [active("b"), active("c")] };
  const { entries, duplicates } = mergeEntries([first, second]);
  assert.deepEqual(entries, [active("a"), active("b"), active("c")]);
  assert.deepEqual(duplicates, [{ policy: "b", provider: "tero", inForce: "flag" }]);
});

test("the same id twice in one provider is a duplicate too", () => {
  const { entries, duplicates } = mergeEntries([
    { provider: "local", entries: [active("a"), active("a")] },
  ]);
  assert.deepEqual(entries, [active("a")]);
  assert.deepEqual(duplicates, [{ policy: "a", provider: "local", inForce: "local" }]);
});

test("policies without an id are no duplicates of each other", () => {
  const { entries, duplicates } = mergeEntries([
    { provider: "local", entries: [invalid(""), invalid("")] },
  ]);
  assert.equal(entries.length, 2);
  assert.deepEqual(duplicates, []);
});
