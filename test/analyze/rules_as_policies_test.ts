import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { rulesAsPolicies } from "../../src/analyze/rules_as_policies.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import { buildRules } from "../../src/lines/rules_in_force.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import { encode, engineOf, filterChunks, type PolicyText } from "../support/lines/filtered.ts";

async function rulesOf(text: string) {
  const { main, problems } = readRelabelDocument(
    await parseConfigText("rules", encode(text)),
    "rules",
  );
  deepEqual(problems, []);
  return main;
}

const SCRAPE = `a_total{path="/",code="200"} 1
a_total{path="/x",code="500"} 2
a_total{path="/x.y",code="200"} 3
a_total{code="200"} 4
ab_total{path="/",code="500"} 5
go_gc{path="/x"} 6
go_goroutines 7
GO_x 8
b{path="a;b"} 9
`;

/** Rules, and what they leave of the scrape: the values. */
const SAID: readonly (readonly [name: string, rules: string, left: string])[] = [
  ["a metric", "- {action: drop, source_labels: [__name__], regex: a_total}", "56789"],
  ["a list of metrics", "- {action: drop, source_labels: [__name__], regex: a_total|b}", "5678"],
  ["a prefix", "- {action: drop, source_labels: [__name__], regex: go_.*}", "1234589"],
  ["a prefix or a metric", "- {action: drop, source_labels: [__name__], regex: go_.*|b}", "123458"],
  ["a pattern", "- {action: drop, source_labels: [__name__], regex: 'a.?_t.*'}", "6789"],
  ["metrics that stay", "- {action: keep, source_labels: [__name__], regex: go_.*}", "67"],
  ["a value", "- {action: drop, source_labels: [path], regex: /x}", "1345789"],
  ["a value with a point", "- {action: drop, source_labels: [path], regex: '/x\\.y'}", "12456789"],
  ["any value", "- {action: drop, source_labels: [path], regex: .+}", "478"],
  [
    "a value of a metric",
    '- {action: drop, source_labels: [__name__, path], regex: "a_total;/x|a_total;/"}',
    "3456789",
  ],
  [
    "values of metrics",
    '- {action: drop, source_labels: [__name__, path], regex: "(?:a|ab)_total;/|go_gc;/x"}',
    "234789",
  ],
  [
    "three labels, another separator",
    '- {action: drop, source_labels: [__name__, path, code], separator: "|", regex: "a_total\\\\|/x\\\\|500"}',
    "13456789",
  ],
  [
    "one rule after the other",
    "- {action: drop, source_labels: [path], regex: /x}\n- {action: keep, source_labels: [__name__], regex: a.*}",
    "1345",
  ],
];

for (const [name, text, left] of SAID) {
  test(`policies drop what rules drop: ${name}`, async () => {
    const rules = await rulesOf(text);
    const { text: document, why } = await rulesAsPolicies(rules);
    equal(why, undefined);
    const { policies } = JSON.parse(document!) as { policies: { metric: PolicyText }[] };
    const engine = await engineOf(policies.map(({ metric }) => metric));
    const input = [encode(SCRAPE)];
    const byRules = await filterChunks(input, {
      rules: await buildRules({ relabelConfigs: rules, aggregationRules: [], limits: undefined }),
    });
    const byPolicies = await filterChunks(input, { policies: engine });
    equal(byPolicies.text, byRules.text);
    equal(byPolicies.text.replace(/^.* (\d)\n/gm, "$1"), left);
  });
}

const NOT_SAID: readonly (readonly [rules: string, why: string])[] = [
  [
    "- {action: labeldrop, regex: path}",
    "Rule 1 (labeldrop): policies keep and drop samples, they change no label",
  ],
  [
    "- {action: drop, source_labels: [path], regex: .*}",
    "Rule 1 (drop): its regex takes samples without the label, which a policy's does not",
  ],
  [
    "- {action: drop, source_labels: [path], regex: ''}",
    "Rule 1 (drop): its regex takes samples without the label, which a policy's does not",
  ],
  [
    '- {action: drop, source_labels: [__name__, path], regex: "b;"}',
    "Rule 1 (drop): its regex takes samples without the label, which a policy's does not",
  ],
  [
    '- {action: drop, source_labels: [__name__, path], regex: "b;a;b"}',
    "Rule 1 (drop): a separator stands in a value",
  ],
  [
    '- {action: drop, source_labels: [__name__, path], regex: "b.*;a"}',
    "Rule 1 (drop): its regex is of several labels at once, and no list of their values",
  ],
  [
    "- {action: keep, source_labels: [path], regex: .+}",
    "Rule 1 (keep): a policy cannot drop what lacks a label",
  ],
  [
    "- {action: drop, source_labels: [value], regex: .+}",
    'Rule 1 (drop): a policy reads "value" in another way',
  ],
  [
    '- {action: drop, source_labels: ["a.b"], regex: .+}',
    'Rule 1 (drop): a policy reads "a.b" in another way',
  ],
  [
    "- {action: dropequal, source_labels: [a], target_label: b}",
    "Rule 1 (dropequal): a policy does not compare two labels",
  ],
];

for (const [text, why] of NOT_SAID) {
  test(`no policy: ${text}`, async () =>
    deepEqual(await rulesAsPolicies(await rulesOf(text)), { why: [why] }));
}

test("one rule that cannot be said is enough", async () => {
  const rules = await rulesOf(
    "- {action: drop, source_labels: [__name__], regex: a}\n- {action: labeldrop, regex: b}\n",
  );
  deepEqual(await rulesAsPolicies(rules), {
    why: ["Rule 2 (labeldrop): policies keep and drop samples, they change no label"],
  });
});
