/** `npm run release -- --papers`: the papers of a release, without its binaries. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

const root = resolve(import.meta.dirname!, "..", "..");

async function papers(t: TestContext, sourceDate: string) {
  const folder = temporaryFolder(t);
  const args = [join(root, "scripts/release/release.ts"), "--papers", "--outdir", folder];
  const env = { SOURCE_DATE_EPOCH: sourceDate };
  const { exitCode, stderr } = await runProgram(join(root, "node_modules/.bin/bun"), args, { env });
  const files = readdirSync(folder).sort();
  return { exitCode, stderr, files, texts: files.map((file) => readFileSync(join(folder, file))) };
}

test("the papers are the same each time, and tell a time only when they are given one", async (t) => {
  const first = await papers(t, "");
  assert.deepEqual([first.exitCode, first.files], [0, [
    "THIRD-PARTY-LICENSES.txt",
    "weir.cdx.json",
  ]]);
  assert.deepEqual((await papers(t, "")).texts, first.texts);
  assert.equal(JSON.parse(String(first.texts[1])).metadata.timestamp, undefined);
  const dated = await papers(t, "1700000000");
  assert.equal(JSON.parse(String(dated.texts[1])).metadata.timestamp, "2023-11-14T22:13:20.000Z");
});

test("a time that is none is refused", async (t) => {
  const { exitCode, stderr } = await papers(t, "yesterday");
  assert.equal(exitCode, 1);
  assert.equal(stderr, 'release: SOURCE_DATE_EPOCH: found "yesterday", wanted Unix seconds\n');
});

test("what has no commit is not released, and the folder stays as it is", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "weir-linux-x64"), "an earlier one");
  const args = [join(root, "scripts/release/release.ts"), "--outdir", folder];
  const env = { WEIR_REVISION: "unknown" };
  const { exitCode, stderr } = await runProgram(join(root, "node_modules/.bin/bun"), args, { env });
  assert.equal(exitCode, 1);
  const wanted = "wanted a commit, and nothing that differs from it";
  assert.equal(stderr, `release: found revision "unknown", ${wanted}\n`);
  assert.deepEqual(readdirSync(folder), ["weir-linux-x64"]);
});
