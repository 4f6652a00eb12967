import type { RelabelCase } from "./relabel_case.ts";

/** Regexes, by the action `replace`. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const REGEX_CASES: readonly RelabelCase[] = [
  [
    "does nothing without a match",
    "- {source_labels: [a], regex: f, target_label: b, replacement: bar}",
    { a: "boo" },
    { a: "boo" },
  ],
  ["anchors at both ends", "- {source_labels: [a], regex: oo, target_label: b, replacement: bar}", {
    a: "foo",
  }, { a: "foo" }],
  [
    "anchors alternations as a group",
    '- {source_labels: [a], regex: "f|o", target_label: b, replacement: bar}',
    { a: "foo" },
    { a: "foo" },
  ],
  [
    "takes the leftmost alternative that fits whole",
    '- {source_labels: [a], regex: "(a|ab)(b?)", target_label: b, replacement: "$1-$2"}',
    { a: "ab" },
    { a: "ab", b: "a-b" },
  ],
  [
    "lets the dot match a newline",
    '- {source_labels: [a], regex: "a(.*)b", target_label: c, replacement: "[$1]"}',
    { a: "a\nb" },
    { a: "a\nb", c: "[\n]" },
  ],
  ["lets the default regex match a newline", "- {source_labels: [a], target_label: c}", {
    a: "x\ny\n",
  }, { a: "x\ny\n", c: "x\ny\n" }],
  [
    "lets a flag take the newline from the dot",
    '- {source_labels: [a], regex: "(?-s)a.b", target_label: c, replacement: hit}',
    { a: "a\nb" },
    { a: "a\nb" },
  ],
  ["takes flags", '- {source_labels: [a], regex: "(?i)FOO", target_label: c, replacement: hit}', {
    a: "foo",
  }, { a: "foo", c: "hit" }],
  [
    "matches only the empty string with an empty regex",
    '- {source_labels: [a], regex: "", target_label: c, replacement: hit}',
    { a: "x" },
    { a: "x" },
  ],
  [
    "an empty regex matches a missing label",
    '- {source_labels: [no], regex: "", target_label: c, replacement: hit}',
    { a: "x" },
    { a: "x", c: "hit" },
  ],
  [
    "a null regex is the empty one",
    "- {source_labels: [no], regex: null, target_label: c, replacement: hit}",
    { a: "x" },
    { a: "x", c: "hit" },
  ],
  [
    "a null regex matches nothing else",
    "- {source_labels: [a], regex: , target_label: c, replacement: hit}",
    { a: "x" },
    { a: "x" },
  ],
  [
    "takes a number for a regex's text",
    "- {source_labels: [a], regex: 404, target_label: c, replacement: hit}",
    { a: "404" },
    { a: "404", c: "hit" },
  ],
  [
    "takes a boolean for a regex's text",
    "- {source_labels: [a], regex: true, target_label: c, replacement: hit}",
    { a: "true" },
    { a: "true", c: "hit" },
  ],
];
