import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { placeOf, problemText } from "../../src/problems/problem.ts";
import { ConfigError } from "../../src/problems/config_error.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules } from "../../src/relabel/rule_set.ts";
import { readYaml } from "../../src/yaml/read_document.ts";

/** A rule in YAML, and what is wrong with it after the place. */
const ERRORS: readonly (readonly [rule: string, problem: string, scheme?: "legacy"])[] = [
  ["{action: frobnicate}", '.action: unknown relabel action "frobnicate"'],
  ["{action: Dorp}", '.action: unknown relabel action "Dorp" (did you mean "drop"?)'],
  ['{action: ""}', '.action: unknown relabel action ""'],
  ["{action: 1}", '.action: unknown relabel action "1"'],
  ["{action: null}", ".action: relabel action cannot be empty"],
  ["{action: [drop]}", ".action: found a list, wanted a string"],
  [
    "{action: hashmod, target_label: a}",
    ": relabel configuration for hashmod requires non-zero modulus",
  ],
  [
    "{action: hashmod, modulus: 0}",
    ": relabel configuration for hashmod requires non-zero modulus",
  ],
  ["{}", ": relabel configuration for replace action requires 'target_label' value"],
  ["{target_label: }", ": relabel configuration for replace action requires 'target_label' value"],
  ...["hashmod", "lowercase", "uppercase", "keepequal", "dropequal"].map((action) =>
    [
      `{action: ${action}, modulus: 3}`,
      `: relabel configuration for ${action} action requires 'target_label' value`,
    ] as const
  ),
  ...["hashmod", "lowercase", "uppercase", "keepequal", "dropequal"].map((action) =>
    [
      `{action: ${action}, modulus: 3, target_label: "a-\\"\\x01é"}`,
      `.target_label: "a-\\"\\x01é" is invalid 'target_label' for ${action} action`,
      "legacy",
    ] as const
  ),
  [
    "{target_label: a-b}",
    ".target_label: \"a-b\" is invalid 'target_label' for replace action",
    "legacy",
  ],
  [
    "{target_label: 0$1}",
    ".target_label: \"0$1\" is invalid 'target_label' for replace action",
    "legacy",
  ],
  [
    '{target_label: "${"}',
    ".target_label: \"${\" is invalid 'target_label' for replace action",
    "legacy",
  ],
  ...["lowercase", "uppercase", "keepequal", "dropequal"].map((action) =>
    [
      `{action: ${action}, target_label: a, replacement: x}`,
      `.replacement: 'replacement' can not be set for ${action} action`,
    ] as const
  ),
  [
    '{action: lowercase, target_label: a, replacement: ""}',
    ".replacement: 'replacement' can not be set for lowercase action",
  ],
  [
    '{action: labelmap, replacement: ""}',
    ".replacement: \"\" is invalid 'replacement' for labelmap action",
  ],
  [
    "{action: labelmap, replacement: a-$1}",
    ".replacement: \"a-$1\" is invalid 'replacement' for labelmap action",
    "legacy",
  ],
  ...['regex: "(.*)"', "regex: null", "modulus: 3", 'separator: ""', "separator: ,"].flatMap((
    field,
  ) =>
    ["keepequal", "dropequal"].map((action) =>
      [
        `{action: ${action}, source_labels: [a], target_label: b, ${field}}`,
        `: ${action} action requires only 'source_labels' and \`target_label\`, and no other fields`,
      ] as const
    )
  ),
  ...[
    "source_labels: [a]",
    "source_labels: []",
    "target_label: a",
    "modulus: 3",
    'separator: ""',
    "replacement: x",
  ].flatMap((field) =>
    ["labeldrop", "labelkeep"].map((action) =>
      [
        `{action: ${action}, regex: a, ${field}}`,
        `: ${action} action requires only 'regex', and no other fields`,
      ] as const
    )
  ),
  [
    "{target_label: a, seperator: x}",
    '.seperator: unknown key (did you mean "separator"?)',
  ],
  ["{target_label: a, if: x}", ".if: unknown key"],
  [
    "{source_labels: a, target_label: b}",
    ".source_labels: found a string, wanted a list of label names",
  ],
  [
    "{source_labels: [a, {}], target_label: b}",
    ".source_labels[1]: found a map, wanted a label name",
  ],
  ['{source_labels: [""], target_label: b}', '.source_labels[0]: "" is not a valid label name'],
  ["{separator: {}, target_label: b}", ".separator: found a map, wanted a string"],
  ["{regex: [a], action: drop}", ".regex: found a list, wanted a string"],
  ["{replacement: [a], target_label: b}", ".replacement: found a list, wanted a string"],
  ["{target_label: [a]}", ".target_label: found a list, wanted a string"],
  ...["-1", "x", "0x", "1e20", "18446744073709551615.5e1", ".inf", "yes", "2001-01-01"].map((
    modulus,
  ) =>
    [
      `{action: hashmod, target_label: a, modulus: ${modulus}}`,
      `.modulus: found "${modulus}", wanted a whole number from 0 to 18446744073709551615`,
    ] as const
  ),
  [
    '{action: hashmod, target_label: a, modulus: "3"}',
    '.modulus: found "3" in quotes, wanted a whole number from 0 to 18446744073709551615',
  ],
  [
    "{action: hashmod, target_label: a, modulus: [3]}",
    ".modulus: found a list, wanted a whole number from 0 to 18446744073709551615",
  ],
  ["null", ": empty or null metric relabeling rule"],
  ["drop", ": found a string, wanted a map of keys"],
  ["[drop]", ": found a list, wanted a map of keys"],
];

for (const [rule, problem, scheme] of ERRORS) {
  test(`error: ${rule}`, async () => {
    const { value: rules } = await readYaml(`- {action: keep}\n- ${rule}`);
    const read = readRelabelConfigs(rules, placeOf("metric_relabel_configs"), scheme ?? "utf8");
    deepEqual(read.problems.map(problemText), [`metric_relabel_configs[1]${problem}`]);
    equal(read.configs.length, 1);
  });
}

test("errors: all problems of all rules at once", () => {
  const rules = [{ action: "dorp", regexp: "a", separator: [] }, { action: "keep" }, {}];
  deepEqual(readRelabelConfigs(rules, placeOf("rules"), "utf8").problems.map(problemText), [
    'rules[0].regexp: unknown key (did you mean "regex"?)',
    'rules[0].action: unknown relabel action "dorp" (did you mean "drop"?)',
    "rules[0].separator: found a list, wanted a string",
    "rules[2]: relabel configuration for replace action requires 'target_label' value",
  ]);
});

test("errors: no list of rules", () => {
  const { problems } = readRelabelConfigs({ action: "drop" }, placeOf("rules"), "utf8");
  deepEqual(problems.map(problemText), [
    "rules: found a map, wanted a list of rules",
  ]);
  deepEqual(readRelabelConfigs(null, placeOf("rules"), "utf8"), { configs: [], problems: [] });
});

test("errors: every invalid regex, with its place and pattern", async () => {
  const patterns = ["a(", "ok", "\\Qopen", "(?=x)", "a**"];
  const rules = patterns.map((regex) => ({ action: "labeldrop", regex }));
  const { configs, problems } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
  deepEqual(problems, []);
  await rejects(compileRules(configs), (error) => {
    deepEqual((error as ConfigError).problems, [
      'rules[0].regex: error parsing regexp: missing closing ): "a("',
      'rules[2].regex: error parsing regexp: missing closing ): "\\\\Qopen"',
      'rules[3].regex: error parsing regexp: invalid or unsupported Perl syntax: "(?=x)"',
      'rules[4].regex: error parsing regexp: invalid nested repetition operator: "a**"',
    ]);
    return error instanceof ConfigError;
  });
});

test("errors: a long name does not take exponential time under the legacy scheme", () => {
  const rules = [{ target_label: `$1${"a".repeat(5000)}-` }];
  equal(readRelabelConfigs(rules, placeOf("rules"), "legacy").problems.length, 1);
});
