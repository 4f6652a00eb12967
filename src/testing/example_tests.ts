import { MAX_EXAMPLE_TESTS_BYTES } from "../bounds.ts";
import type { AggregationRuleConfig } from "../aggregate/aggregate_function.ts";
import { blockYaml, ruleText, ruleYaml, scalarYaml } from "../analyze/rule_yaml.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { readTestFile } from "./read_cases.ts";
import { planTest, runTest } from "./run_case.ts";
import type { ExampleSample, RuleExamples } from "./sample_examples.ts";

/** What the tests are about, and what a sample needs to be one. */
export interface TestedRules {
  readonly rules: readonly RelabelConfig[];
  readonly aggregationRules: readonly AggregationRuleConfig[];
  readonly aggregationDefaults: boolean;
  readonly format: Extract<BodyFormat, "text" | "openmetrics">;
  readonly version: string;
}

/**
 * Returns a file for `weir test`: for each rule that does something to the scrape a test of what the
 * rules make of a sample that it changes or drops and of one that it leaves. What is expected is what
 * `weir test` finds at present. Undefined when no rule does anything.
 */
export async function exampleTests(
  examples: readonly RuleExamples[],
  tested: TestedRules,
): Promise<string | undefined> {
  const tests: string[] = [];
  const idle: number[] = [];
  let left = MAX_EXAMPLE_TESTS_BYTES;
  for (const [index, { dropped, changed, kept }] of examples.entries()) {
    const hit = [dropped, changed].filter((one) => one !== undefined);
    if (hit.length === 0) {
      idle.push(index + 1);
      continue;
    }
    const samples = kept === undefined ? hit : [...hit, kept];
    const input = exposition(samples, tested.format);
    const parts = [dropped && "drops one", changed && "changes one", kept && "leaves one"];
    const name = `rule ${index + 1} (${tested.rules[index].action}) ${listed(parts)}`;
    const test = { name, input, tested };
    const text = testText(test, await expected(test));
    tests.push(text);
    left -= text.length;
    if (left < 0) break;
  }
  if (tests.length === 0) return undefined;
  const idleText = idle.length === 0
    ? ""
    : `# Nothing of the scrape is dropped or changed by rule ${idle.join(", ")}: no test.\n`;
  return `# Samples of a scrape, and what the rules make of them: weir test FILE\n${idleText}` +
    `tests:\n${tests.join("")}`;
}

function listed(parts: readonly (string | undefined)[]): string {
  const given = parts.filter((part) => part !== undefined);
  return given.length < 2
    ? given.join()
    : `${given.slice(0, -1).join(", ")} and ${given[given.length - 1]}`;
}

/** The samples under their TYPE lines, each once, those of a family together. */
function exposition(samples: readonly ExampleSample[], format: TestedRules["format"]): string {
  const families = Map.groupBy(samples, ({ family }) => family.name);
  const blocks = [...families].map(([name, members]) => {
    const { type } = members[0].family;
    const isPlain = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
    const head = type === undefined
      ? ""
      : `# TYPE ${isPlain ? name : JSON.stringify(name)} ${type}\n`;
    return `${head}${[...new Set(members.map(({ line }) => line))].join("\n")}\n`;
  });
  return `${blocks.join("")}${format === "openmetrics" ? "# EOF\n" : ""}`;
}

interface ExampleTest {
  readonly name: string;
  readonly input: string;
  readonly tested: TestedRules;
}

/** What `weir test` finds, by its own way from the file's text on. */
async function expected(test: ExampleTest): Promise<string> {
  const text = new TextEncoder().encode(`tests:\n${testText(test, "")}`);
  const [read] = await readTestFile("tests", text);
  const options = { bytes: text, runtime: NO_FILES, version: test.tested.version, env: {} };
  return runTest(await planTest(read, options));
}

/** It names none. */
const NO_FILES = { readFile: (path: string) => Promise.reject(new Error(`${path}: not here`)) };

function testText({ name, input, tested }: ExampleTest, expect: string): string {
  return `- name: ${scalarYaml(name)}\n` +
    (tested.format === "text" ? "" : `  format: ${tested.format}\n`) +
    `  input: ${blockYaml(input, 4)}\n${settingsText(tested)}  expect: ${blockYaml(expect, 4)}\n`;
}

function settingsText({ rules, aggregationRules, aggregationDefaults }: TestedRules): string {
  const aggregation = aggregationRules.length === 0 && aggregationDefaults
    ? ""
    : `  aggregation:\n    defaults: ${aggregationDefaults}\n` +
      (aggregationRules.length === 0
        ? ""
        : `    rules:\n${
          aggregationRules.map(({ match, function: name }) =>
            `    - match: ${scalarYaml(match)}\n      function: ${name}\n`
          ).join("")
        }`);
  const lines = rules.flatMap((rule) => ruleYaml(ruleText(rule)).split("\n"));
  return `  metric_relabel_configs:\n${lines.map((line) => `  ${line}\n`).join("")}${aggregation}`;
}
