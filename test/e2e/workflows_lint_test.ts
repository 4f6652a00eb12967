/** The forge's workflows, held against a linter that knows them. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";

const root = resolve(import.meta.dirname!, "..", "..");

peerTest(["actionlint"], "actionlint finds nothing in the workflows", async () => {
  const files = globSync(".github/workflows/*.yml", { cwd: root }).map((file) => join(root, file));
  // Not what other linters say that happen to be installed.
  const args = ["-no-color", "-shellcheck=", "-pyflakes=", ...files];
  const { exitCode, stdout } = await runProgram("actionlint", args);
  assert.deepEqual([exitCode, String(stdout)], [0, ""]);
});
