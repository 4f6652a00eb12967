import { deepEqual } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { compileRuleRegex } from "../../src/relabel/rule_regex.ts";
import { Template } from "../../src/relabel/template.ts";

/** See `about` in the file. */
const PATTERNS: { readonly taken: readonly string[]; readonly refused: readonly string[] } = JSON
  .parse(readFileSync(join(import.meta.dirname!, "data", "patterns.json"), "utf8"));

async function taken(patterns: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const pattern of patterns) {
    await compileRuleRegex(pattern).then(() => found.push(pattern), () => {});
  }
  return found;
}

test("a regex that Prometheus takes is taken", async () => {
  deepEqual(await taken(PATTERNS.taken), PATTERNS.taken);
});

test("a regex that Prometheus refuses is refused", async () => {
  deepEqual(await taken(PATTERNS.refused), []);
});

/** What Go's `Regexp.Expand` makes of `<${a}>`: github.com/grafana/regexp, as Prometheus uses it. */
const SHARED_NAMES: readonly (readonly [pattern: string, text: string, expanded: string])[] = [
  ["(?P<a>x)|(?P<a>y)", "y", "<y>"],
  ["(?P<a>x)(?P<a>y)", "xy", "<x>"],
  ["(?P<a>x)?(?<a>y)", "y", "<y>"],
  ["(?P<a>x)[(?P<a>]\\Q(?P<a>\\E(?P<a>y)", "xa(?P<a>y", "<x>"],
  ["(?P<a>)(?P<a>y)", "y", "<>"],
];

for (const [pattern, text, expanded] of SHARED_NAMES) {
  test(`groups that share a name: ${pattern}`, async () => {
    const match = (await compileRuleRegex(pattern)).match(text);
    deepEqual(match && new Template("<${a}>").expand(match), expanded);
  });
}
