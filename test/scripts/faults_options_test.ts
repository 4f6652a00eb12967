import assert from "node:assert/strict";
import { test } from "node:test";
import { readOptions } from "../../scripts/faults/options.ts";

const WRONG: Readonly<Record<string, readonly [args: string[], message: string]>> = {
  "a fault that is not there": [
    ["--only", "none,nothing"],
    "--only: found nothing, wanted names of --list",
  ],
  "no scrapes": [["--scrapes", "0"], "--scrapes: found 0, wanted a whole number from 1"],
  "a mode that is not there": [
    ["--mode", "sidecar,router"],
    "--mode: found sidecar,router, wanted sidecar, aggregating, gateway",
  ],
  "a runtime that is not there": [
    ["--runtime", "node"],
    "--runtime: found node, wanted binary, bun, deno",
  ],
};

for (const [name, [args, message]] of Object.entries(WRONG)) {
  test(name, () => assert.equal(readOptions(args, ["none"]), message));
}

test("modes come in their own order", () => {
  const options = readOptions(["--mode", "gateway,sidecar"], []);
  assert.ok(typeof options === "object");
  assert.deepEqual(options.modes, ["sidecar", "gateway"]);
  assert.equal(options.runtime, "binary");
});
