import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "@std/yaml";

const folder = resolve(import.meta.dirname!, "../../docs/recipes");
const names = readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory());
const pages = readdirSync(folder).filter((name) => name.endsWith(".md") && name !== "README.md")
  .map((name) => read(name)).join("\n");

test("there are recipes", () => ok(names.length >= 6));

for (const name of names) {
  test(`${name}: its tests are of the rules and policies that are deployed`, () => {
    const rules = load(`${name}/rules.yaml`).metric_relabel_configs;
    const policies = existsSync(join(folder, name, "policies.json"))
      ? load(`${name}/policies.json`).policies
      : undefined;
    const { tests } = load(`${name}/rules_test.yaml`);
    ok(tests.length > 0);
    for (const one of tests) {
      deepEqual(one.metric_relabel_configs, rules, one.name);
      deepEqual(one.policies, policies, one.name);
    }
  });

  // The page's own figures are what the binary prints: test/e2e/shown_pages_test.ts.
  test(`${name}: the figures of the table are those of its page`, () => {
    const shown = new RegExp(
      `weir analyze (?:docs/recipes/${name}/)?scrape.prom --relabel-file.*\\n` +
        `series {2}(.*)\\nbytes {3}(.*)\\n`,
      "g",
    );
    const ofPage = [...pages.matchAll(shown)].filter(({ 0: all, index }) =>
      all.includes(`/${name}/`) || pages.slice(0, index).endsWith(`cd docs/recipes/${name} && `)
    );
    equal(ofPage.length, 1);
    const [, series, bytes] = ofPage[0];
    const row = read("README.md").split("\n").filter((line) =>
      line.split("|").map((cell) => cell.trim()).slice(2, 4).join() === `${series},${bytes}`
    );
    equal(row.length, 1, `${series}, ${bytes}`);
  });
}

function read(file: string): string {
  return readFileSync(join(folder, file), "utf8");
}

// deno-lint-ignore no-explicit-any
function load(file: string): any {
  return parse(read(file));
}
