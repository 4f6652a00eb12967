import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import type { RelabelConfig } from "../../src/relabel/relabel_config.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { readYaml } from "../../src/yaml/read_document.ts";

/** See `about` in the files for what their rows are. */
function rowsOf<Row>(file: string): readonly Row[] {
  return JSON.parse(readFileSync(join(import.meta.dirname!, "data", file), "utf8")).rows;
}

/** The rules of a text; null where it is refused. */
async function rulesOf(text: string): Promise<readonly RelabelConfig[] | null> {
  try {
    const { main, problems } = readRelabelDocument((await readYaml(text)).value, "r.yaml");
    if (problems.length > 0) return null;
    await compileRules(main);
    return main;
  } catch {
    return null;
  }
}

/** Where a scalar can stand: a list of one rule, and what came of the scalar. */
type Place = readonly [rule: (scalar: string) => string, found: (rule: RelabelConfig) => unknown];

const BLOCK: Readonly<Record<string, Place>> = {
  replacement: [(s) => `- target_label: x\n  replacement: ${s}`, (rule) => rule.replacement],
  modulus: [
    (s) => `- action: hashmod\n  target_label: x\n  modulus: ${s}`,
    (rule) => String(rule.modulus),
  ],
  regex: [(s) => `- action: drop\n  regex: ${s}`, (rule) => rule.regex],
  separator: [(s) => `- target_label: x\n  separator: ${s}`, (rule) => rule.separator],
  target_label: [(s) => `- target_label: ${s}`, (rule) => rule.targetLabel],
  item: [
    (s) => `- action: drop\n  source_labels:\n  - ${s}`,
    (rule) => rule.sourceLabels.join("\0"),
  ],
};

const FLOW: Readonly<Record<string, Place>> = {
  replacement: [(s) => `- {target_label: x, replacement: ${s}}`, (rule) => rule.replacement],
  modulus: [
    (s) => `- {action: hashmod, target_label: x, modulus: ${s}}`,
    (rule) => String(rule.modulus),
  ],
  item: [
    (s) => `- {action: drop, source_labels: [a, ${s}, b]}`,
    (rule) => rule.sourceLabels.slice(1, -1).join("\0"),
  ],
};

/** In flow style YAML 1.1 and 1.2 differ in what may begin and end a scalar: these do not. */
const FLOWS = /^(?:[\w.+~'"][\w.+~'"-]*|-[\w.+~]+)$/;

type Scalar = readonly [
  scalar: string,
  text: string | null,
  modulus: string | null,
  others?: Readonly<Record<string, string | null>>,
];

const SCALARS = rowsOf<Scalar>("scalars.json");

for (const [style, places] of Object.entries({ block: BLOCK, flow: FLOW })) {
  for (const [name, [rule, found]] of Object.entries(places)) {
    test(`${name} is what Prometheus reads, in ${style} style`, async () => {
      const wrong: unknown[] = [];
      for (const [scalar, text, modulus, others = {}] of SCALARS) {
        if (style === "flow" && !FLOWS.test(scalar)) continue;
        const wanted = name === "modulus" ? modulus : name in others ? others[name] : text;
        const rules = await rulesOf(`metric_relabel_configs:\n${rule(scalar)}\n`);
        const got = rules === null ? null : found(rules[0]);
        if (got !== wanted) wrong.push({ scalar, wanted, got });
      }
      deepEqual(wrong, []);
    });
  }
}

type DocumentRow = readonly [text: string, rules: readonly unknown[] | null];

test("documents, anchors, merges, nulls and keys are what Prometheus reads", async () => {
  const wrong: unknown[] = [];
  for (const [text, wanted] of rowsOf<DocumentRow>("documents.json")) {
    const rules = await rulesOf(text);
    const got = rules?.map((rule) => [
      rule.action,
      rule.sourceLabels,
      rule.separator,
      rule.regex,
      String(rule.modulus),
      rule.targetLabel,
      rule.replacement,
    ]) ?? null;
    if (JSON.stringify(got) !== JSON.stringify(wanted)) wrong.push({ text, wanted, got });
  }
  deepEqual(wrong, []);
});

test("a quoted null is a text, also as a regex", async () => {
  const { value } = await readYaml(`- {action: drop, regex: 'null'}\n- {action: drop, regex: "~"}`);
  const { configs, problems } = readRelabelConfigs(value, placeOf("rules"), "utf8");
  deepEqual([configs.map(({ regex }) => regex), problems], [["null", "~"], []]);
});

test("aliases of aliases are refused before they are many", async () => {
  const levels = Array.from(
    { length: 8 },
    (_, at) => `l${at + 1}: &l${at + 1} [${`*l${at},`.repeat(9)}]`,
  );
  const text = `l0: &l0 [x]\n${levels.join("\n")}\n`;
  let message = "";
  await readYaml(text).catch((error: Error) => message = error.message);
  equal(
    message,
    "not valid YAML: found aliases that stand for too many values, wanted fewer",
  );
});
