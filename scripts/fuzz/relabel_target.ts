import { ConfigError } from "../../src/problems/config_error.ts";
import { parseConfigText } from "../../src/config/parse_text.ts";
import { LabelBuilder } from "../../src/relabel/label_builder.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";
import type { RelabelConfig } from "../../src/relabel/relabel_config.ts";
import { compileRules, type RuleSet } from "../../src/relabel/rule_set.ts";
import { excerpt, yamls } from "./corpus.ts";
import {
  bytesOf,
  type FuzzInput,
  type FuzzTarget,
  hold,
  jsonBytes,
  jsonOf,
  type Next,
  pick,
  seldom,
  times,
} from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";
import { type PlainLabels, relabelByReference } from "./relabel_reference.ts";
import { problemText } from "../../src/problems/problem.ts";

const FILE = "rules.yaml";

export const relabelTarget: FuzzTarget = {
  name: "relabel",
  what: "relabel files: errors have a place, rules do what Prometheus's algorithm does",
  reduced: { [FILE]: "bytes", "samples.json": "items" },

  generate(next) {
    const text = seldom(next, 6) ? excerpt(next, yamls, 30) : rulesText(next);
    return {
      [FILE]: seldom(next, 4) ? mutated(next, text) : text,
      "samples.json": jsonBytes(times(8, () => randomLabels(next))),
    };
  },

  async check(input) {
    for (const configs of await acceptedConfigs(input)) {
      const rules = await compiled(configs);
      if (rules === undefined) continue;
      for (const labels of jsonOf<PlainLabels[]>(input, "samples.json", [])) {
        checkSample(labels, configs, rules);
      }
    }
  },
};

/** Every list of rules that the file holds, once nothing is wrong with it. */
async function acceptedConfigs(input: FuzzInput): Promise<readonly RelabelConfig[][]> {
  let value: unknown;
  try {
    value = await parseConfigText(FILE, input[FILE]);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    holdPlaced(error.problems);
    return [];
  }
  const { main, subsets, problems } = readRelabelDocument(value, FILE);
  holdPlaced(problems.map(problemText));
  return problems.length > 0 ? [] : [main, ...subsets.values()];
}

async function compiled(configs: readonly RelabelConfig[]): Promise<RuleSet | undefined> {
  try {
    return await compileRules(configs);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    holdPlaced(error.problems);
    return undefined;
  }
}

/** What the file is called, with or without line and column. */
const PLACED = new RegExp(`^${RegExp.escape(FILE)}(?::\\d+:\\d+)?: `);

function holdPlaced(problems: readonly string[]): void {
  for (const problem of problems) {
    const isPlaced = PLACED.test(problem) && !problem.includes("\n");
    hold(isPlaced, "errors have a place", () => problem);
  }
}

function checkSample(labels: PlainLabels, configs: readonly RelabelConfig[], rules: RuleSet): void {
  const builder = new LabelBuilder(
    labels.map(([name, value], i) => [name, value && i]),
    (i) => labels[i][1],
  );
  const isKept = rules.apply(builder) < 0;
  const found = isKept
    ? builder.result().map((
      [name, value],
    ) => [name, typeof value === "number" ? labels[value][1] : value])
    : undefined;
  const sorted = (list: unknown) =>
    JSON.stringify(Array.isArray(list) ? list.toSorted(byText) : "dropped");
  const wanted = sorted(relabelByReference(labels, configs));
  const detail = () => `${JSON.stringify(labels)}\nwanted ${wanted}\nfound  ${sorted(found)}`;
  hold(sorted(found) === wanted, "as Prometheus does", detail);
}

function byText(a: unknown, b: unknown): number {
  return String(a) < String(b) ? -1 : 1;
}

const NAMES = ["__name__", "a", "b", "le", "x_a", "x_b", "k.v", "ö", "__tmp", "copy_a"];
const VALUES = [
  "",
  "1",
  "a",
  "GET",
  "get",
  "a;b",
  ";",
  "/a/b",
  "n\nl",
  "ö😀",
  "x".repeat(99),
  "ſK",
  " ",
];
const REGEXES = [
  "",
  "(.*)",
  ".*",
  ".+",
  "a|1",
  "(a)(;)?(.*)",
  "(?i)get",
  "x_(.*)",
  "(?P<n>.)(.*)",
  "[^;]*",
]
  .concat([
    "(a|b)?",
    "\\d+",
    "(",
    "(?m)^a$",
    "\\Qa;b\\E",
    "[[:alpha:]]+",
    "\\pL",
    "a{1001}",
    "(.*);(.*)",
  ])
  .concat(["__.*", "^a$|b", "(?s:.)", "(?-s:.)*", "\\C", "(?P<n>a)(?P<n>b)", "k.v", "(?U)a*"]);
const TEMPLATES = [
  "",
  "$1",
  "${1}",
  "$2",
  "$1x",
  "${1}x",
  "$n",
  "$$",
  "$",
  "${",
  "${1",
  "x$",
  "a",
  "b$1",
]
  .concat(["__name__", "k.v", "ö", "$0", "$10", "${n}_", "le", "$ö", "a b"]);
const ACTIONS = ["replace", "keep", "drop", "keepequal", "dropequal", "hashmod", "labelmap"]
  .concat(["labeldrop", "labelkeep", "lowercase", "uppercase", "Replace", "DROP", "dorp", ""]);

function randomLabels(next: Next): PlainLabels {
  return NAMES.filter((name) => name === "__name__" || seldom(next, 2))
    .map((name) => [name, pick(next, VALUES)]);
}

function rulesText(next: Next): Uint8Array<ArrayBuffer> {
  const rules = times(1 + next(3), () => randomRule(next));
  const document = seldom(next, 3)
    ? rules
    : { metric_relabel_configs: rules, [pick(next, ["s", "a/b"])]: rules };
  return bytesOf(JSON.stringify(document, null, seldom(next, 2) ? 1 : 0));
}

/** Mostly with the fields that its action takes. */
function randomRule(next: Next): unknown {
  const action = pick(next, seldom(next, 9) ? ACTIONS : ACTIONS.slice(0, 11));
  const rule: Record<string, unknown> = seldom(next, 5) ? {} : { action };
  const put = (odds: number, key: string, value: () => unknown) => {
    if (!seldom(next, odds)) {
      rule[key] = seldom(next, 60) ? pick(next, [null, 5, [], {}, true]) : value();
    }
  };
  const isByName = /^label/.test(action);
  const isComparing = /equal$/.test(action);
  if (!isByName) put(9, "source_labels", () => times(next(3), () => pick(next, NAMES)));
  if (!isByName && !isComparing) put(2, "separator", () => pick(next, [";", "", "x", "$1"]));
  if (!isComparing) put(4, "regex", () => pick(next, REGEXES));
  if (!isByName) put(20, "target_label", () => pick(next, isComparing ? NAMES : TEMPLATES));
  if (action === "hashmod") {
    put(9, "modulus", () => pick(next, [1, 3, 1000, "18446744073709551615", 0]));
  }
  if (/^(replace|labelmap|hashmod)$/i.test(action)) {
    put(3, "replacement", () => pick(next, TEMPLATES));
  }
  if (seldom(next, 60)) rule.regx = "x";
  return seldom(next, 80) ? null : rule;
}
