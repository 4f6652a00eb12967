import type { RelabelCase } from "./relabel_case.ts";

/** Actions that only keep or drop. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const FILTER_CASES: readonly RelabelCase[] = [
  ["keep keeps a match", '- {action: keep, source_labels: [a], regex: "f.*"}', { a: "foo" }, {
    a: "foo",
  }],
  ["keep drops what does not match", "- {action: keep, source_labels: [a], regex: no-match}", {
    a: "foo",
  }, "dropped"],
  ["keep with the default regex keeps all", "- {action: keep, source_labels: [no]}", { a: "foo" }, {
    a: "foo",
  }],
  ["keep of a missing label drops", '- {action: keep, source_labels: [no], regex: ".+"}', {
    a: "foo",
  }, "dropped"],
  [
    "keep without sources matches the empty string",
    '- {action: keep, regex: ".+"}',
    { a: "foo" },
    "dropped",
  ],
  [
    "keep with an empty regex keeps a missing label",
    '- {action: keep, source_labels: [no], regex: ""}',
    { a: "foo" },
    { a: "foo" },
  ],
  [
    "keep with an empty regex drops a present label",
    '- {action: keep, source_labels: [a], regex: ""}',
    { a: "foo" },
    "dropped",
  ],
  ["keep by literals", '- {action: keep, source_labels: [a], regex: "foo|bar"}', { a: "bar" }, {
    a: "bar",
  }],
  ["keep by literals, none of them", '- {action: keep, source_labels: [a], regex: "foo|bar"}', {
    a: "foobar",
  }, "dropped"],
  ["keep by literals, one of them empty", '- {action: keep, source_labels: [no], regex: "foo|"}', {
    a: "x",
  }, { a: "x" }],
  ["keep by name", '- {action: keep, source_labels: [__name__], regex: "go_.+"}', {
    __name__: "go_threads",
  }, { __name__: "go_threads" }],
  [
    "drop drops a match",
    '- {action: drop, source_labels: [a], regex: ".*o.*"}',
    { a: "foo" },
    "dropped",
  ],
  ["drop keeps what does not match", "- {action: drop, source_labels: [a], regex: no-match}", {
    a: "foo",
  }, { a: "foo" }],
  [
    "drop anchors alternations",
    '- {action: drop, source_labels: [a], regex: "f|o"}',
    { a: "foo" },
    { a: "foo" },
  ],
  ["drop by a dot over a newline", '- {action: drop, source_labels: [a], regex: "a.b"}', {
    a: "a\nb",
  }, "dropped"],
  ["drop with the default regex drops all", "- {action: drop}", { a: "foo" }, "dropped"],
  [
    "drop on joined sources",
    String.raw`- {action: drop, source_labels: [__name__, le], regex: "x_bucket;0\\.5"}`,
    { __name__: "x_bucket", le: "0.5" },
    "dropped",
  ],
  [
    "drop ends the rules",
    ["- {action: drop, source_labels: [a], regex: foo}", "- {target_label: b, replacement: x}"]
      .join("\n"),
    { a: "foo" },
    "dropped",
  ],
  [
    "drop after a change",
    ["- {target_label: a, replacement: bar}", "- {action: drop, source_labels: [a], regex: bar}"]
      .join("\n"),
    { a: "foo" },
    "dropped",
  ],
  ["drop of a literal in upper case keeps", "- {action: drop, source_labels: [a], regex: FOO}", {
    a: "foo",
  }, { a: "foo" }],
  [
    "drop by a pattern with a newline at its end",
    '- {action: drop, source_labels: [a], regex: "foo"}',
    { a: "foo\n" },
    { a: "foo\n" },
  ],
  ["drop with a dollar in the pattern", '- {action: drop, source_labels: [a], regex: "^foo$"}', {
    a: "foo",
  }, "dropped"],
  ["drop by a class", String.raw`- {action: drop, source_labels: [a], regex: "[[:alpha:]]+\\d"}`, {
    a: "foo1",
  }, "dropped"],
  ["drop by a quoted text", String.raw`- {action: drop, source_labels: [a], regex: "\\Qa.b\\E"}`, {
    a: "axb",
  }, { a: "axb" }],
  ["drop by a script", String.raw`- {action: drop, source_labels: [a], regex: "\\p{Greek}+"}`, {
    a: "Ωμέγα",
  }, "dropped"],
  [
    "drop by two letters that are one letter to UTF-16 twice",
    '- {action: drop, source_labels: [a], regex: ".."}',
    { a: "😀" },
    { a: "😀" },
  ],
  ["the action's name may be in capitals", "- {action: DROP, source_labels: [a], regex: foo}", {
    a: "foo",
  }, "dropped"],
  [
    "the action's name may be in mixed case",
    "- {action: KeepEqual, source_labels: [a], target_label: b}",
    { a: "1", b: "1" },
    { a: "1", b: "1" },
  ],
  ["keepequal keeps equals", "- {action: keepequal, source_labels: [a], target_label: b}", {
    a: "1",
    b: "1",
  }, { a: "1", b: "1" }],
  ["keepequal drops others", "- {action: keepequal, source_labels: [a], target_label: b}", {
    a: "1",
    b: "2",
  }, "dropped"],
  [
    "keepequal of two missing labels keeps",
    "- {action: keepequal, source_labels: [no], target_label: none}",
    { a: "1" },
    { a: "1" },
  ],
  [
    "keepequal of a missing target drops",
    "- {action: keepequal, source_labels: [a], target_label: none}",
    { a: "1" },
    "dropped",
  ],
  [
    "keepequal without sources keeps when the target is missing",
    "- {action: keepequal, target_label: none}",
    { a: "1" },
    { a: "1" },
  ],
  [
    "keepequal compares joined sources",
    "- {action: keepequal, source_labels: [a, b], target_label: c}",
    { a: "1", b: "2", c: "1;2" },
    { a: "1", b: "2", c: "1;2" },
  ],
  [
    "keepequal takes defaults that are written",
    '- {action: keepequal, source_labels: [a], target_label: a, separator: ";", replacement: "$1", modulus: 0}',
    { a: "1" },
    { a: "1" },
  ],
  ["dropequal drops equals", "- {action: dropequal, source_labels: [a], target_label: b}", {
    a: "1",
    b: "1",
  }, "dropped"],
  ["dropequal keeps others", "- {action: dropequal, source_labels: [a], target_label: b}", {
    a: "1",
    b: "2",
  }, { a: "1", b: "2" }],
  [
    "dropequal of two missing labels drops",
    "- {action: dropequal, source_labels: [no], target_label: none}",
    { a: "1" },
    "dropped",
  ],
  [
    "dropequal does not expand its target",
    '- {action: dropequal, source_labels: [a], target_label: "$1"}',
    { a: "1" },
    { a: "1" },
  ],
];
