import { equal } from "node:assert/strict";
import { test } from "node:test";
import { insertRule } from "../../../src/server/explorer/insert_rule.ts";

const RULE = "- action: labeldrop\n  regex: a";

/** A relabel file, and the file with one rule more; undefined where none can be added. */
const CASES: readonly (readonly [name: string, text: string, wanted: string | undefined])[] = [
  ["nothing", "", `metric_relabel_configs:\n${RULE}\n`],
  ["blank lines", " \n\n", `metric_relabel_configs:\n${RULE}\n`],
  [
    "an empty list",
    "metric_relabel_configs: [ ] # none\n",
    `metric_relabel_configs: # none\n${RULE}\n`,
  ],
  ["an empty key", "metric_relabel_configs:", `metric_relabel_configs:\n${RULE}\n`],
  [
    "a list under its key",
    "metric_relabel_configs:\n- action: keep\n",
    `metric_relabel_configs:\n- action: keep\n${RULE}\n`,
  ],
  [
    "a list that stands further in",
    "metric_relabel_configs:\n  - action: keep\n",
    "metric_relabel_configs:\n  - action: keep\n  - action: labeldrop\n    regex: a\n",
  ],
  [
    "subsets behind it",
    "metric_relabel_configs:\n- action: keep\n\nsome:\n- action: drop\n",
    `metric_relabel_configs:\n- action: keep\n${RULE}\n\nsome:\n- action: drop\n`,
  ],
  ["a bare list", "# mine\n- action: keep\n\n\n", `# mine\n- action: keep\n${RULE}\n`],
  ["a list in one line", "metric_relabel_configs: [{action: keep}]\n", undefined],
  ["a bare list in one line", "[{action: keep}]", undefined],
];

for (const [name, text, wanted] of CASES) {
  test(`a rule is added to ${name}`, () => equal(insertRule(text, RULE), wanted));
}
