import type { RelabelCase } from "./relabel_case.ts";

/** Templates in `replacement` and `target_label`. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const TEMPLATE_CASES: readonly RelabelCase[] = [
  [
    "puts in a numbered group",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "$2$1"}',
    { a: "xy" },
    { a: "xy", t: "yx" },
  ],
  [
    "puts in a braced number",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "${2}0${1}"}',
    { a: "xy" },
    { a: "xy", t: "y0x" },
  ],
  [
    "puts in the whole match",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "<$0>"}',
    { a: "xy" },
    { a: "xy", t: "<xy>" },
  ],
  [
    "puts in a named group",
    '- {source_labels: [a], regex: "(?P<first>.)(.)", target_label: t, replacement: "$first!"}',
    { a: "xy" },
    { a: "xy", t: "x!" },
  ],
  [
    "puts in a braced name",
    '- {source_labels: [a], regex: "(?<first>.)(.)", target_label: t, replacement: "${first}x"}',
    { a: "xy" },
    { a: "xy", t: "xx" },
  ],
  [
    "reads names greedily",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$1x-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "reads an underscore into a name",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "$1_$2"}',
    { a: "xy" },
    { a: "xy", t: "y" },
  ],
  [
    "reads letters of all scripts into a name",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$1é-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "reads two digits as one number",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$10-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "an unknown number is empty",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$3-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "an unknown name is empty",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$no-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "a number with a leading zero is a name",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$01-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  [
    "a number of ten digits is a name",
    '- {source_labels: [a], regex: "(.)(.)", target_label: t, replacement: "-$1000000000-"}',
    { a: "xy" },
    { a: "xy", t: "--" },
  ],
  ["two dollars are one", '- {source_labels: [a], target_label: t, replacement: "$$1"}', {
    a: "xy",
  }, { a: "xy", t: "$1" }],
  [
    "three dollars are one and a reference",
    '- {source_labels: [a], target_label: t, replacement: "$$$1"}',
    { a: "xy" },
    { a: "xy", t: "$xy" },
  ],
  ["a dollar at the end stays", '- {source_labels: [a], target_label: t, replacement: "x$"}', {
    a: "xy",
  }, { a: "xy", t: "x$" }],
  ["a dollar before a sign stays", '- {source_labels: [a], target_label: t, replacement: "$-x"}', {
    a: "xy",
  }, { a: "xy", t: "$-x" }],
  [
    "an open brace without an end stays",
    '- {source_labels: [a], target_label: t, replacement: "${1"}',
    { a: "xy" },
    { a: "xy", t: "${1" },
  ],
  [
    "empty braces stay",
    '- {source_labels: [a], target_label: t, replacement: "${}"}',
    { a: "xy" },
    { a: "xy", t: "${}" },
  ],
  ["braces with a blank stay", '- {source_labels: [a], target_label: t, replacement: "${ 1}"}', {
    a: "xy",
  }, { a: "xy", t: "${ 1}" }],
  [
    "a malformed reference before a good one stays",
    '- {source_labels: [a], target_label: t, replacement: "${$1"}',
    { a: "xy" },
    { a: "xy", t: "${xy" },
  ],
  ["a value with a dollar is not expanded again", "- {source_labels: [a], target_label: t}", {
    a: "$1",
  }, { a: "$1", t: "$1" }],
  [
    "the target is a template",
    '- {source_labels: [a], regex: "some-([^-]+)-([^,]+)", target_label: "${1}", replacement: "${2}"}',
    { a: "some-name-value" },
    { a: "some-name-value", name: "value" },
  ],
  [
    "the target expands within a text",
    '- {source_labels: [a], regex: "(.*)", target_label: "pre_${1}_post", replacement: hit}',
    { a: "x" },
    { a: "x", pre_x_post: "hit" },
  ],
  [
    "a target that expands to nothing does nothing",
    '- {source_labels: [a], regex: "some-([^-]+)-([^,]+)", target_label: "${3}", replacement: "${1}"}',
    { a: "some-name-0" },
    { a: "some-name-0" },
  ],
  [
    "a target that expands to a name with a dash, UTF-8",
    '- {source_labels: [a], target_label: "${1}", replacement: hit}',
    { a: "x-y" },
    { a: "x-y", "x-y": "hit" },
  ],
  [
    "a target that expands to a name with a dash, legacy",
    '- {source_labels: [a], target_label: "${1}", replacement: hit}',
    { a: "x-y" },
    { a: "x-y" },
    "legacy",
  ],
  [
    "a target that expands to a digit first, legacy",
    '- {source_labels: [a], target_label: "${1}x", replacement: hit}',
    { a: "1" },
    { a: "1" },
    "legacy",
  ],
  [
    "a target that expands to a legacy name",
    '- {source_labels: [a], target_label: "_${1}", replacement: hit}',
    { a: "1" },
    { _1: "hit", a: "1" },
    "legacy",
  ],
  [
    "a target with an escaped dollar",
    '- {source_labels: [a], target_label: "x$$y", replacement: hit}',
    { a: "1" },
    { a: "1", "x$y": "hit" },
  ],
  [
    "a malformed target is a UTF-8 name",
    '- {source_labels: [a], target_label: "${", replacement: hit}',
    { a: "1" },
    { "${": "hit", a: "1" },
  ],
  [
    "an expanded target deletes by an empty result",
    '- {source_labels: [a], target_label: "${1}", replacement: ""}',
    { a: "b", b: "x" },
    { a: "b" },
  ],
];
