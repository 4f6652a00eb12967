/** What a lint says can never happen does not happen: random rules over random samples. */
import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../../src/problems/problem.ts";
import { LabelBuilder } from "../../src/relabel/label_builder.ts";
import { lintRules } from "../../src/lint/lints.ts";
import { readRelabelConfigs } from "../../src/relabel/read_relabel_configs.ts";
import { compileRules, type RuleStep } from "../../src/relabel/rule_set.ts";
import { random } from "../support/random.ts";

const LABELS = ["__name__", "a", "b", "c"];
const VALUES = ["", "x", "y", "xy", "x;y", "z"];
const REGEXES = ["x", "x|y", ".*", ".+", "(.+)", "", "x;y", "x?", "(x|y)z?", "[xy]", "x;.*", ";"]
  .concat(["y|", "(x)(;)?(y)", "x$y", "(.*)", "^x$|y"]);
const NAMES = ["a", "b", "a|b", "[ab]", "__.*", "c", "a.*", "__name__|a", "(a|b)?"];
const COMPARING = ["keepequal", "dropequal"];
const ACTIONS = ["keep", "drop", "replace", "replace", "labeldrop", "labelkeep", "labelmap"]
  .concat(COMPARING, ["lowercase", "uppercase", "hashmod"]);

const next = random(7);
const below = (count: number) => next(count - 1);
const pick = <T>(items: readonly T[]): T => items[below(items.length)];

function randomRule(): object {
  const action = pick(ACTIONS);
  const source_labels = Array.from({ length: pick([0, 1, 1, 1, 2, 3]) }, () => pick(LABELS));
  switch (action) {
    case "keep":
    case "drop":
      return { action, source_labels, regex: pick(REGEXES), separator: pick([";", "", "x"]) };
    case "replace": {
      const target_label = pick([...LABELS, "$1", "a$1"]);
      const replacement = pick(["", "$1", "x", "y", "x$1", "$0"]);
      return { action, source_labels, regex: pick(REGEXES), target_label, replacement };
    }
    case "labeldrop":
      return { action, regex: pick(NAMES) };
    case "labelkeep":
      return { action, regex: pick(["__name__|a", ".*", "a", "__name__.*|b|c"]) };
    case "labelmap":
      return { action, regex: pick(NAMES), replacement: pick(["b", "c", "x$1", "$0"]) };
    case "hashmod":
      return { action, source_labels, target_label: pick(LABELS), modulus: 3 };
    default: {
      const sources = COMPARING.includes(action) && source_labels.length === 0
        ? ["a"]
        : source_labels;
      return { action, source_labels: sources, target_label: pick(LABELS) };
    }
  }
}

function didSomething({ rule, before, after, dropped }: RuleStep): boolean {
  if (rule.config.action.startsWith("keep")) return !dropped;
  return dropped || JSON.stringify(before) !== JSON.stringify(after);
}

test("rules that never fire, by their lints, never do", async () => {
  const counts = { idle: 0, all: 0 };
  for (let round = 0; round < 2000; round++) {
    const rules = Array.from({ length: 1 + below(5) }, randomRule);
    const { configs } = readRelabelConfigs(rules, placeOf("rules"), "utf8");
    const set = await compileRules(configs);
    const lints = lintRules(set);
    const idle = new Set(
      lints.flatMap(({ code, rule }) =>
        code.startsWith("never") || code === "cannot-match" ? rule : []
      ),
    );
    const takesName = lints.some(({ code }) => code === "takes-name");
    counts.idle += idle.size;
    counts.all += takesName ? 1 : 0;
    for (let sample = 0; sample < 30; sample++) {
      const name = pick(["x", "y", "xy", "n"]);
      const labels = LABELS.map((label) =>
        [label, label === "__name__" ? name : pick(VALUES)] as const
      );
      const shown = () => JSON.stringify([rules, labels]);
      const builder = new LabelBuilder(labels);
      const droppedBy = set.apply(builder, (step) => {
        equal(idle.has(step.index) && didSomething(step), false, `${step.index} ${shown()}`);
      });
      if (takesName) ok(droppedBy >= 0 || builder.get("__name__") === "", shown());
    }
  }
  ok(counts.idle > 500 && counts.all > 50, JSON.stringify(counts));
});
