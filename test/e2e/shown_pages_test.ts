/** What the documentation has its reader do is done, and gives what it shows. */
import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runPage } from "../support/docs/shown_page.ts";

const docs = resolve(import.meta.dirname!, "..", "..", "docs");
const recipes = readdirSync(`${docs}/recipes`).filter((name) => name.endsWith(".md"));

const PAGES = [
  "README.md",
  "docs/tutorial.md",
  "docs/migrating.md",
  "docs/sizing.md",
  "docs/versioning.md",
  "docs/troubleshooting.md",
  "docs/usage.md",
  ...recipes.map((name) => `docs/recipes/${name}`),
];

for (const page of PAGES) {
  peerTest(["curl", "promtool", "python3"], page, async (t) => {
    assert.notEqual(await runPage(t, page), 0, "something is run");
  }, 120_000);
}

const WRONG: readonly [what: string, page: string, error: RegExp][] = [
  ["another output", "```console\n$ echo 1; echo 2\n1\n3\n```\n", /echo 1; echo 2/],
  ["a line more", "```console\n$ echo 1; echo 2\n1\n```\n", /echo 1; echo 2/],
  ["a line too few for …", "```console\n$ echo 1; echo 2\n1\n…\n3\n```\n", /echo 1; echo 2/],
  ["a command that fails", "```sh\nweir check --relabel '[{action: dorp}]'\n```\n", /dorp/],
  ["a file unlike the repository's", "```json package.json\n{}\n```\n", /package\.json is as/],
  ["a file that is not there", "```sh\nkubectl apply -f deploy/none.yaml\n```\n", /none\.yaml/],
  [
    "a port that is taken",
    "```sh\nweir --demo -p 8080\nweir --demo --listen :8080\n```\n",
    /nothing else listens there/,
  ],
];

for (const [what, text, error] of WRONG) {
  peerTest([], `a page is wrong that shows ${what}`, async (t) => {
    const page = join(temporaryFolder(t), "page.md");
    writeFileSync(page, text);
    await assert.rejects(() => runPage(t, page), error);
  });
}

peerTest([], "… stands for any text, and any lines", async (t) => {
  const page = join(temporaryFolder(t), "page.md");
  writeFileSync(page, "```console\n$ seq 1 12; echo at 5 s\n1\n…\n12\nat … s\n```\n");
  assert.equal(await runPage(t, page), 1);
});
