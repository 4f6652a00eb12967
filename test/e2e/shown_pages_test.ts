/** What the documentation has its reader do is done, and gives what it shows. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { peerTest } from "../support/e2e/peers.ts";
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
  ...recipes.map((name) => `docs/recipes/${name}`),
];

for (const page of PAGES) {
  peerTest(["curl", "promtool", "python3"], page, async (t) => {
    assert.notEqual(await runPage(t, page), 0, "something is run");
  }, 120_000);
}
