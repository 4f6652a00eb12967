import { parse } from "@std/yaml";
import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { problemText } from "../../src/problems/problem.ts";
import { readYaml } from "../../src/yaml/read_document.ts";
import { readRelabelDocument } from "../../src/relabel/relabel_file.ts";

function read(yaml: string) {
  const { main, subsets, problems } = readRelabelDocument(parse(yaml), "relabel.yaml");
  const actions = (rules: typeof main) => rules.map((rule) => rule.action);
  return {
    main: actions(main),
    subsets: Object.fromEntries([...subsets].map(([name, rules]) => [name, actions(rules)])),
    problems: problems.map(problemText),
  };
}

test("relabel file: the main list and subsets, empty ones too", () => {
  const yaml = "metric_relabel_configs: [{action: labeldrop, regex: path}]\n" +
    "requests: [{action: keep}, {action: drop}]\nall: []\nnone:\n";
  deepEqual(read(yaml), {
    main: ["labeldrop"],
    subsets: { requests: ["keep", "drop"], all: [], none: [] },
    problems: [],
  });
});

test("relabel file: a bare list is the main one", () => {
  deepEqual(read("- {action: keep}"), { main: ["keep"], subsets: {}, problems: [] });
  deepEqual(read("- {action: no}").problems, [
    'relabel.yaml: metric_relabel_configs[0].action: unknown relabel action "no"',
  ]);
});

test("relabel file: the main key is required", () => {
  deepEqual(read("requests: []").problems, [
    'relabel.yaml: found "requests", wanted the key metric_relabel_configs',
  ]);
  deepEqual(read("{}"), { main: [], subsets: {}, problems: [] });
});

test("relabel file: problems of every list", () => {
  deepEqual(read("metric_relabel_configs: {}\nrequests: [{action: keep, x: 1}]").problems, [
    "relabel.yaml: metric_relabel_configs: found a map, wanted a list of rules",
    "relabel.yaml: requests[0].x: unknown key",
  ]);
});

test("relabel file: neither map nor list", () => {
  const wanted = "wanted a map with the key metric_relabel_configs, or a list of rules";
  deepEqual(read("drop").problems, [`relabel.yaml: found a string, ${wanted}`]);
});

test("relabel file: names of subsets fit into a path", () => {
  const wanted = 'wanted letters, digits, "_", "-" and "." only: it is part of a path';
  const yaml = 'metric_relabel_configs: []\na/b: []\n..: []\n"": [{action: no}]\nA.b-c_1: []';
  deepEqual(read(yaml), {
    main: [],
    subsets: { "A.b-c_1": [] },
    problems: [["a/b: ", '"a/b"'], ["..: ", '".."'], ["", '""']].map(([at, name]) =>
      `relabel.yaml: ${at}found the subset name ${name}, ${wanted}`
    ),
  });
});

for (
  const [mode, read] of [
    ["shadow", "shadow"],
    ["enforce", "enforce"],
    ["{canary: 5%}", { canary: 0.05 }],
    // Subsets of this name.
    ["[]", undefined],
    ["", undefined],
  ] as const
) {
  test(`relabel file: mode: ${mode}`, async () => {
    const { value } = await readYaml(`metric_relabel_configs: []\nmode: ${mode}\n`);
    const document = readRelabelDocument(value, "relabel.yaml");
    deepEqual(document.problems, []);
    deepEqual(document.mode, read);
    deepEqual([...document.subsets.keys()], read === undefined ? ["mode"] : []);
  });
}

for (const [mode, found] of [["dry", '"dry"'], ["{canary: 10}", "a map"], ["true", '"true"']]) {
  test(`relabel file: a mode that is none: ${mode}`, async () => {
    const { value } = await readYaml(`metric_relabel_configs: []\nmode: ${mode}\n`);
    deepEqual(readRelabelDocument(value, "relabel.yaml").problems.map(problemText), [
      `relabel.yaml: mode: found ${found}, wanted enforce, shadow or {canary: 10%}, ` +
      "with a share above 0% and at most 100%",
    ]);
  });
}
