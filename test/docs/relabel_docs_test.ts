import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ConfigError } from "../../src/problems/config_error.ts";
import { parseConfigText, withPositions } from "../../src/config/parse_text.ts";
import { buildRules, isSeriesRules, type RulesInForce } from "../../src/lines/rules_in_force.ts";
import { lintRules } from "../../src/lint/lints.ts";
import { RELABEL_ACTIONS } from "../../src/relabel/actions.ts";
import { RELABEL_DEFAULTS } from "../../src/relabel/relabel_config.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { placeText } from "../../src/problems/problem.ts";

const DOCS = readFileSync(new URL("../../docs/relabel.md", import.meta.url).pathname).toString();

/** Rules with what they make of an input, or with the errors, else the lints, that they have. */
interface Example {
  readonly heading: string;
  readonly rules: string;
  readonly shows:
    | { readonly input: string; readonly output: string }
    | { readonly errors: string };
}

const EXAMPLES = examples();

for (const { heading, rules, shows } of EXAMPLES) {
  test(`example: ${heading}`, async () => {
    if ("errors" in shows) {
      assert.deepEqual((await problemsOf(rules)).join("\n"), shows.errors.trimEnd());
      return;
    }
    const compiled = await compile(rules);
    const { text } = await filterChunks([encode(shows.input)], { rules: compiled });
    assert.equal(text, shows.output);
    assert.notEqual(text, shows.input, "an example shows a change");
  });
}

test("every block of rules is an example", () => {
  assert.equal(EXAMPLES.length, DOCS.match(/^```yaml$/gm)?.length);
  assert.equal(EXAMPLES.length, DOCS.match(/^```(prom output|text)$/gm)?.length);
});

test("every action has an example under a heading that names it", async () => {
  const named = EXAMPLES.map(({ heading }) => heading).join(", ");
  const shown = new Set<string>();
  for (const { rules, shows } of EXAMPLES) {
    if ("errors" in shows) continue;
    for (const { action } of (await read(rules)).main) shown.add(action);
  }
  for (const action of RELABEL_ACTIONS) {
    assert.match(named, new RegExp(`\\b${action}\\b`));
    assert.ok(shown.has(action), action);
  }
});

test("every rule of an example is needed", async () => {
  for (const { heading, rules, shows } of EXAMPLES) {
    if ("errors" in shows) continue;
    const { main } = await read(rules);
    for (const index of main.keys()) {
      const relabelConfigs = main.toSpliced(index, 1);
      const without = await buildRules({ relabelConfigs, aggregationRules: [], limits: undefined });
      const { text } = await filterChunks([encode(shows.input)], { rules: without });
      assert.notEqual(text, shows.output, `${heading}: rule ${index}`);
    }
  }
});

test("the defaults are documented", () => {
  for (const key of ["action", "separator", "regex", "replacement"] as const) {
    const cell = RELABEL_DEFAULTS[key].replaceAll("$", "\\$").replaceAll(/[()*.]/g, "\\$&");
    assert.match(DOCS, new RegExp(`^\\| \`${key}\` +\\| \`${cell}\` +\\|`, "m"));
  }
});

test("keep and drop alone leave the lines as they are", async () => {
  const filters = EXAMPLES.filter(({ heading }) => /^keep/.test(heading))
    .map(async ({ rules }) => !isSeriesRules(await compile(rules)));
  assert.deepEqual(await Promise.all(filters), [true, true]);
});

test("rules read le as Prometheus 3 has it, whatever its spelling", async () => {
  const rules = await compile(String.raw`[{source_labels: [le], regex: '1\.0', action: drop}]`);
  const input =
    '# TYPE h histogram\nh_bucket{le="1"} 3\nh_bucket{le="1.0"} 4\nh_bucket{le="2"} 5\n';
  const { text } = await filterChunks([encode(input)], { rules });
  assert.equal(text, '# TYPE h histogram\nh_bucket{le="2"} 5\n');
});

test("the metrics exist", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const rendered = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage }).render("text");
  for (const [, series] of DOCS.matchAll(/`(weir_\w+\{[^}]*\})`/g)) {
    assert.ok(rendered.includes(`${series} 0\n`), series);
  }
});

async function read(rules: string) {
  const place = "rules.yaml";
  return readRelabelDocument(await parseConfigText(place, encode(rules)), place);
}

async function compile(rules: string): Promise<RulesInForce | undefined> {
  const { main, problems } = await read(rules);
  if (problems.length > 0) throw new ConfigError(problems);
  return await buildRules({ relabelConfigs: main, aggregationRules: [], limits: undefined });
}

async function problemsOf(rules: string): Promise<readonly string[]> {
  const texts = new Map([["rules.yaml", encode(rules)]]);
  const compiled = withPositions(texts, () => compile(rules));
  const error = await compiled.then(() => undefined, (thrown) => thrown);
  if (error instanceof ConfigError) return error.problems;
  if (error !== undefined) throw error;
  return lintRules(await compileRules((await read(rules)).main)).map(({ place, message, code }) =>
    `${placeText(place)}: ${message} (${code})`
  );
}

/** Rules, and the input and output or the errors that follow them, with the heading above. */
function examples(): Example[] {
  const found: Example[] = [];
  let heading = "";
  let rules = "";
  let input = "";
  for (const [, title, info, text] of DOCS.matchAll(/^#+ (.*)$|^```(\S.*)\n([^]*?)^```$/gm)) {
    if (title !== undefined) heading = title;
    else if (info === "yaml") rules = text;
    else if (info === "prom input") input = text;
    else if (info === "prom output") found.push({ heading, rules, shows: { input, output: text } });
    else if (info === "text") found.push({ heading, rules, shows: { errors: text } });
  }
  return found;
}
