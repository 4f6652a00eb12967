import type { RelabelCase } from "./relabel_case.ts";

/** The action `replace`. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const REPLACE_CASES: readonly RelabelCase[] = [
  ["copies a label to a new one", "- {source_labels: [a], target_label: b}", { a: "x" }, {
    a: "x",
    b: "x",
  }],
  [
    "is the default action",
    '- {source_labels: [a], regex: "f(.*)", target_label: d, replacement: "ch${1}-ch${1}"}',
    { a: "foo" },
    { a: "foo", d: "choo-choo" },
  ],
  ["joins sources with a semicolon", "- {source_labels: [a, b], target_label: c}", {
    a: "x",
    b: "y",
  }, { a: "x", b: "y", c: "x;y" }],
  ["joins missing sources as empty", "- {source_labels: [a, no, b], target_label: c}", {
    a: "x",
    b: "y",
  }, { a: "x", b: "y", c: "x;;y" }],
  [
    "joins with a separator of its own",
    '- {source_labels: [a, b], separator: "--", target_label: c}',
    { a: "x", b: "y" },
    { a: "x", b: "y", c: "x--y" },
  ],
  ["joins with an empty separator", '- {source_labels: [a, b], separator: "", target_label: c}', {
    a: "x",
    b: "y",
  }, { a: "x", b: "y", c: "xy" }],
  [
    "takes a null separator for the empty one",
    "- {source_labels: [a, b], separator: null, target_label: c}",
    { a: "x", b: "y" },
    { a: "x", b: "y", c: "xy" },
  ],
  [
    "takes a number for a separator's text",
    "- {source_labels: [a, b], separator: 1, target_label: c}",
    { a: "x", b: "y" },
    { a: "x", b: "y", c: "x1y" },
  ],
  [
    "takes a boolean for a separator's text",
    "- {source_labels: [a, b], separator: true, target_label: c}",
    { a: "x", b: "y" },
    { a: "x", b: "y", c: "xtruey" },
  ],
  ["takes the same source twice", "- {source_labels: [a, a], target_label: c}", { a: "x" }, {
    a: "x",
    c: "x;x",
  }],
  ["deletes by an empty replacement", '- {target_label: a, replacement: ""}', { a: "x", b: "y" }, {
    b: "y",
  }],
  ["deletes by a null replacement", "- {source_labels: [b], target_label: a, replacement: null}", {
    a: "x",
    b: "y",
  }, { b: "y" }],
  ["deletes by an empty group", '- {source_labels: [b], regex: "y(.*)", target_label: a}', {
    a: "x",
    b: "y",
  }, { b: "y" }],
  [
    "deletes by a copy of a missing label",
    "- {source_labels: [no], target_label: a}",
    { a: "x" },
    {},
  ],
  [
    "deletes by a group that did not match",
    '- {source_labels: [b], regex: "(x)?y", target_label: a}',
    { a: "x", b: "y" },
    { b: "y" },
  ],
  ["sets a constant without sources", "- {target_label: env, replacement: prod}", { a: "x" }, {
    a: "x",
    env: "prod",
  }],
  [
    "sets a constant whatever the source",
    "- {source_labels: [a], target_label: env, replacement: prod}",
    { a: "x" },
    { a: "x", env: "prod" },
  ],
  [
    "sets a constant when the source is empty",
    "- {source_labels: [no], target_label: env, replacement: prod}",
    { a: "x" },
    { a: "x", env: "prod" },
  ],
  [
    "sets a constant with the default regex written",
    '- {source_labels: [no], regex: "(.*)", target_label: env, replacement: prod}',
    { a: "x" },
    { a: "x", env: "prod" },
  ],
  [
    "an empty source with two separators is not empty",
    '- {source_labels: [no, none], regex: ";", target_label: env, replacement: prod}',
    { a: "x" },
    { a: "x", env: "prod" },
  ],
  [
    "an empty source and a template in the replacement delete",
    '- {source_labels: [no], target_label: a, replacement: "$1"}',
    { a: "x" },
    {},
  ],
  ["takes a number for a replacement's text", "- {target_label: a, replacement: 10}", { a: "x" }, {
    a: "10",
  }],
  ["takes a boolean for a target's text", "- {target_label: true, replacement: x}", { a: "x" }, {
    a: "x",
    true: "x",
  }],
  [
    "renames the metric",
    '- {source_labels: [__name__], regex: "a_(.*)", target_label: __name__, replacement: "b_$1"}',
    { __name__: "a_total" },
    { __name__: "b_total" },
  ],
  ["deletes the metric's name", '- {target_label: __name__, replacement: ""}', {
    __name__: "a",
    x: "y",
  }, { x: "y" }],
  ["keeps labels that begin with two underscores", '- {target_label: __tmp_x, replacement: "1"}', {
    a: "x",
  }, { __tmp_x: "1", a: "x" }],
  [
    "works on what earlier rules left",
    [
      '- {source_labels: [a, b], regex: "f(.*);(.*)r", target_label: a, replacement: "b${1}${2}m"}',
      '- {source_labels: [c, a], regex: "(b).*b(.*)ba(.*)", target_label: d, replacement: "$1$2$2$3"}',
    ].join("\n"),
    { a: "foo", b: "bar", c: "baz" },
    { a: "boobam", b: "bar", c: "baz", d: "boooom" },
  ],
  ["overwrites its own source", '- {source_labels: [a], regex: "(.).*", target_label: a}', {
    a: "xyz",
  }, { a: "x" }],
  [
    "reads a label that an earlier rule deleted as empty",
    [
      '- {target_label: a, replacement: ""}',
      '- {source_labels: [a], regex: "", target_label: b, replacement: hit}',
    ].join("\n"),
    { a: "x" },
    { b: "hit" },
  ],
  [
    "sets a label again that an earlier rule deleted",
    ['- {target_label: a, replacement: ""}', "- {target_label: a, replacement: y}"].join("\n"),
    { a: "x" },
    { a: "y" },
  ],
  [
    "copies a copy",
    ["- {source_labels: [a], target_label: b}", "- {source_labels: [b], target_label: c}"].join(
      "\n",
    ),
    { a: "x" },
    { a: "x", b: "x", c: "x" },
  ],
  [
    "swaps two labels by a third",
    [
      "- {source_labels: [a], target_label: t}",
      "- {source_labels: [b], target_label: a}",
      "- {source_labels: [t], target_label: b}",
      '- {target_label: t, replacement: ""}',
    ].join("\n"),
    { a: "x", b: "y" },
    { a: "y", b: "x" },
  ],
  [
    "copies with a whole-match reference",
    '- {source_labels: [a], target_label: b, replacement: "${0}"}',
    { a: "x" },
    { a: "x", b: "x" },
  ],
  [
    "an input label with an empty value is absent",
    '- {source_labels: [a], regex: "", target_label: b, replacement: hit}',
    { a: "", c: "z" },
    { b: "hit", c: "z" },
  ],
  [
    "finds unanchored when the pattern leaves its group",
    '- {source_labels: [a], regex: "a)|(?:b", target_label: c, replacement: "[$0]"}',
    { a: "xb" },
    { a: "xb", c: "[b]" },
  ],
  [
    "splits a list of tags",
    '- {source_labels: [tags], regex: "(?:.+,|^)label:([^=]+)=([^,]+).*", target_label: "${1}", replacement: "${2}"}',
    { tags: "path:/secret,job:some-job,label:foo=bar" },
    { foo: "bar", tags: "path:/secret,job:some-job,label:foo=bar" },
  ],
];
