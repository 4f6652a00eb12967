import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULTS } from "../../scripts/faults/catalogue.ts";

test("each fault has a name of its own", () => {
  const names = FAULTS.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)]);
});
