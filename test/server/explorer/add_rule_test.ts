import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { parseConfigText } from "../../../src/config/parse_text.ts";
import { readRelabelDocument } from "../../../src/relabel/relabel_file.ts";
import { addRule } from "../../../src/server/explorer/add_rule.ts";
import { dropLabel, dropMetrics, dropValue } from "../../../src/server/explorer/rule_for.ts";

const RULE = dropLabel("a");
const YAML = "- action: labeldrop\n  regex: a";

/** A relabel file, and the file with one rule more; undefined where none can be added. */
const PLACES: readonly (readonly [name: string, text: string, wanted: string | undefined])[] = [
  ["nothing", "", `metric_relabel_configs:\n${YAML}\n`],
  ["blank lines", " \n\n", `metric_relabel_configs:\n${YAML}\n`],
  ["a comment alone", "# mine\n", `# mine\nmetric_relabel_configs:\n${YAML}\n`],
  [
    "an empty list",
    "metric_relabel_configs: [ ] # none\n",
    `metric_relabel_configs: # none\n${YAML}\n`,
  ],
  ["an empty key", "metric_relabel_configs:", `metric_relabel_configs:\n${YAML}\n`],
  [
    "a list under its key",
    "metric_relabel_configs:\n- action: keep\n",
    `metric_relabel_configs:\n- action: keep\n${YAML}\n`,
  ],
  [
    "a list that stands further in",
    "metric_relabel_configs:\n  - action: keep\n",
    "metric_relabel_configs:\n  - action: keep\n  - action: labeldrop\n    regex: a\n",
  ],
  [
    "subsets behind it",
    "metric_relabel_configs:\n- action: keep\n\nsome:\n- action: drop\n",
    `metric_relabel_configs:\n- action: keep\n${YAML}\n\nsome:\n- action: drop\n`,
  ],
  ["a bare list", "# mine\n- action: keep\n\n\n", `# mine\n- action: keep\n${YAML}\n`],
  ["a list in one line", "metric_relabel_configs: [{action: keep}]\n", undefined],
  ["a bare list in one line", "[{action: keep}]", undefined],
];

for (const [name, text, wanted] of PLACES) {
  test(`a rule is added to ${name}`, () => equal(addRule(text, RULE)?.text, wanted));
}

const HEAD = "metric_relabel_configs:\n";
const drop = (regex: string) => `- action: drop\n  source_labels: [__name__]\n  regex: ${regex}\n`;
const NAMES = ["go_a", "go_b", "go_c", "go_d", "up", "h_bucket", "h_sum", "h_count"];

interface Case {
  readonly name: string;
  readonly text: string;
  readonly rule: ReturnType<typeof dropLabel>;
  readonly names?: readonly string[];
  readonly wanted: string;
  readonly how: "added" | "extended" | "there";
  readonly number: number;
  readonly lines: readonly [number, number];
}

const CASES: readonly Case[] = [
  {
    name: "the same drop twice is one rule",
    text: HEAD + drop("up"),
    rule: dropMetrics(["up"]),
    wanted: HEAD + drop("up"),
    how: "there",
    number: 1,
    lines: [2, 4],
  },
  {
    name: "a second metric goes into the rule of the first",
    text: HEAD + drop("up"),
    rule: dropMetrics(["go_a"]),
    wanted: HEAD + drop("go_a|up"),
    how: "extended",
    number: 1,
    lines: [2, 4],
  },
  {
    name: "all metrics of a prefix become one pattern",
    text: HEAD + drop('"go_(?:a|b|c)"'),
    rule: dropMetrics(["go_d"]),
    names: NAMES,
    wanted: HEAD + drop('"go_.*"'),
    how: "extended",
    number: 1,
    lines: [2, 4],
  },
  {
    name: "a pattern that drops it already",
    text: HEAD + drop("go_.*  # the runtime"),
    rule: dropMetrics(["go_d"]),
    wanted: HEAD + drop("go_.*  # the runtime"),
    how: "there",
    number: 1,
    lines: [2, 4],
  },
  {
    name: "what people wrote stays: comments, order, quotes, and patterns",
    text:
      "# ours\nmetric_relabel_configs:\n  # why\n  - regex: 'go_gc.*|up'  # noise\n    action: drop # yes\n" +
      "    source_labels: ['__name__']\n\n  # and this\n  - action: labeldrop\n    regex: pod\n\nsub:\n- action: keep\n",
    rule: dropMetrics(["h_sum"]),
    wanted:
      '# ours\nmetric_relabel_configs:\n  # why\n  - regex: "go_gc.*|h_sum|up"  # noise\n    action: drop # yes\n' +
      "    source_labels: ['__name__']\n\n  # and this\n  - action: labeldrop\n    regex: pod\n\nsub:\n- action: keep\n",
    how: "extended",
    number: 1,
    lines: [4, 6],
  },
  {
    name: "a label of all metrics goes into the rule of another one",
    text: `${HEAD}- action: labeldrop\n  regex: pod\n`,
    rule: dropLabel("path"),
    wanted: `${HEAD}- action: labeldrop\n  regex: path|pod\n`,
    how: "extended",
    number: 1,
    lines: [2, 3],
  },
  {
    name: "a label that a later rule reads is dropped after that",
    text:
      `${HEAD}- action: labeldrop\n  regex: pod\n- action: drop\n  source_labels: [path]\n  regex: x\n`,
    rule: dropLabel("path"),
    wanted:
      `${HEAD}- action: labeldrop\n  regex: pod\n- action: drop\n  source_labels: [path]\n  regex: x\n` +
      "- action: labeldrop\n  regex: path\n",
    how: "added",
    number: 3,
    lines: [7, 8],
  },
  {
    name: "a label of a second metric",
    text:
      `${HEAD}- action: replace\n  source_labels: [__name__]\n  regex: up\n  target_label: pod\n  replacement: ""\n`,
    rule: dropLabel("pod", "go_a"),
    wanted:
      `${HEAD}- action: replace\n  source_labels: [__name__]\n  regex: go_a|up\n  target_label: pod\n  replacement: ""\n`,
    how: "extended",
    number: 1,
    lines: [2, 6],
  },
  {
    name: "names of metrics say nothing of labels",
    text: `${HEAD}- action: labeldrop\n  regex: go_a|go_b|go_c\n`,
    rule: dropLabel("go_d"),
    names: NAMES,
    wanted: `${HEAD}- action: labeldrop\n  regex: go_a|go_b|go_c|go_d\n`,
    how: "extended",
    number: 1,
    lines: [2, 3],
  },
  {
    name: "another label of that metric is another rule",
    text:
      `${HEAD}- action: replace\n  source_labels: [__name__]\n  regex: up\n  target_label: pod\n  replacement: ""\n`,
    rule: dropLabel("path", "up"),
    wanted:
      `${HEAD}- action: replace\n  source_labels: [__name__]\n  regex: up\n  target_label: pod\n  replacement: ""\n` +
      '- action: replace\n  source_labels: [__name__]\n  regex: up\n  target_label: path\n  replacement: ""\n',
    how: "added",
    number: 2,
    lines: [7, 11],
  },
  {
    name: "a second value of a label",
    text: `${HEAD}- action: drop\n  source_labels: [__name__, path]\n  regex: "up;/a"\n`,
    rule: dropValue("up", "path", "/b.c"),
    wanted:
      `${HEAD}- action: drop\n  source_labels: [__name__, path]\n  regex: "up;/a|up;/b\\\\.c"\n`,
    how: "extended",
    number: 1,
    lines: [2, 4],
  },
  {
    name: "another separator is another rule",
    text:
      `${HEAD}- action: drop\n  source_labels: [__name__, path]\n  separator: "-"\n  regex: "up-/a"\n`,
    rule: dropValue("up", "path", "b"),
    wanted:
      `${HEAD}- action: drop\n  source_labels: [__name__, path]\n  separator: "-"\n  regex: "up-/a"\n` +
      '- action: drop\n  source_labels: [__name__, path]\n  regex: "up;b"\n',
    how: "added",
    number: 2,
    lines: [6, 8],
  },
  {
    name: "behind a rule that renames a drop is of other names",
    text: `${HEAD}${drop("up")}- source_labels: [a]\n  regex: (.+)\n  target_label: __name__\n`,
    rule: dropMetrics(["go_a"]),
    wanted: `${HEAD}${drop("up")}- source_labels: [a]\n  regex: (.+)\n  target_label: __name__\n${
      drop("go_a")
    }`,
    how: "added",
    number: 3,
    lines: [8, 10],
  },
  {
    name: "a rule in braces is left alone, and what is before it",
    text: `${HEAD}${drop("up")}- {action: labelmap, regex: x}\n`,
    rule: dropMetrics(["go_a"]),
    wanted: `${HEAD}${drop("up")}- {action: labelmap, regex: x}\n${drop("go_a")}`,
    how: "added",
    number: 3,
    lines: [6, 8],
  },
  {
    name: "a rule that keeps is none that drops",
    text: `${HEAD}- action: keep\n  source_labels: [__name__]\n  regex: up\n`,
    rule: dropMetrics(["up"]),
    wanted: `${HEAD}- action: keep\n  source_labels: [__name__]\n  regex: up\n${drop("up")}`,
    how: "added",
    number: 2,
    lines: [5, 7],
  },
];

for (const { name, text, rule, names, wanted, ...place } of CASES) {
  test(name, async () => {
    deepEqual(addRule(text, rule, names), { text: wanted, ...place });
    const document = await parseConfigText("rules", new TextEncoder().encode(wanted));
    deepEqual(readRelabelDocument(document, "rules").problems, []);
  });
}

test("five hundred metrics, one drop after the other, are one rule that is short", () => {
  const names = Array.from({ length: 500 }, (_, at) => `exporter_metric_${at}`);
  let text = "";
  for (const name of names) text = addRule(text, dropMetrics([name]), [...names, "up"])!.text;
  equal(text, HEAD + drop('"exporter_metric_.*"'));
});
