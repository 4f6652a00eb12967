import type { RelabelCase } from "./relabel_case.ts";

/** Actions on label names: labelmap, labeldrop, labelkeep. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const NAME_CASES: readonly RelabelCase[] = [
  [
    "labelmap copies and keeps the originals",
    '- {action: labelmap, regex: "(b.*)", replacement: "bar_${1}"}',
    { a: "foo", b1: "bar", b2: "baz" },
    { a: "foo", b1: "bar", b2: "baz", bar_b1: "bar", bar_b2: "baz" },
  ],
  ["labelmap takes off a prefix", '- {action: labelmap, regex: "__meta_(my.*)"}', {
    a: "foo",
    __meta_my_bar: "aaa",
    __meta_other: "ccc",
  }, { __meta_my_bar: "aaa", __meta_other: "ccc", a: "foo", my_bar: "aaa" }],
  ["labelmap with defaults maps every label to itself", "- {action: labelmap}", {
    a: "foo",
    b: "bar",
  }, { a: "foo", b: "bar" }],
  [
    "labelmap onto one name lets the last by name win",
    '- {action: labelmap, regex: "a.", replacement: x}',
    { a2: "two", a1: "one", a3: "three" },
    { a1: "one", a2: "two", a3: "three", x: "three" },
  ],
  [
    "labelmap sees added labels after the base",
    ["- {target_label: a0, replacement: zero}", '- {action: labelmap, regex: "a.", replacement: x}']
      .join("\n"),
    { a1: "one", a2: "two" },
    { a0: "zero", a1: "one", a2: "two", x: "zero" },
  ],
  [
    "labelmap sees an overridden label among the added",
    ["- {target_label: a1, replacement: new}", '- {action: labelmap, regex: "a.", replacement: x}']
      .join("\n"),
    { a1: "one", a2: "two" },
    { a1: "new", a2: "two", x: "new" },
  ],
  ["labelmap works on a snapshot", '- {action: labelmap, regex: "a(.*)", replacement: "aa$1"}', {
    a: "1",
    aa: "2",
  }, { a: "1", aa: "1", aaa: "2" }],
  [
    "labelmap in a chain",
    [
      '- {action: labelmap, regex: "a(.*)", replacement: "b$1"}',
      '- {action: labelmap, regex: "b(.*)", replacement: "c$1"}',
    ].join("\n"),
    { a1: "1" },
    { a1: "1", b1: "1", c1: "1" },
  ],
  ["labelmap swaps nothing", '- {action: labelmap, regex: "a|b", replacement: ab}', {
    a: "1",
    b: "2",
  }, { a: "1", ab: "2", b: "2" }],
  [
    "labelmap copies the metric's name",
    '- {action: labelmap, regex: "__name__", replacement: metric}',
    { __name__: "up" },
    { __name__: "up", metric: "up" },
  ],
  [
    "labelmap overwrites the metric's name",
    '- {action: labelmap, regex: "new_name", replacement: __name__}',
    { __name__: "up", new_name: "down" },
    { __name__: "down", new_name: "down" },
  ],
  [
    "labelmap ignores sources and target",
    '- {action: labelmap, source_labels: [a], target_label: t, regex: "a(.)", replacement: "b$1"}',
    { a: "x", a1: "y" },
    { a: "x", a1: "y", b1: "y" },
  ],
  ["labelmap to an empty name", '- {action: labelmap, regex: "a()"}', { a: "x" }, {
    "": "x",
    a: "x",
  }],
  [
    "labelmap replaces every match of a pattern that leaves its group",
    '- {action: labelmap, regex: "a)|(?:b", replacement: "[$0]"}',
    { axb: "v" },
    { "[a]x[b]": "v", axb: "v" },
  ],
  [
    "labelmap by a literal and its whole match",
    '- {action: labelmap, regex: "a|b", replacement: "x_$0"}',
    { a: "1", b: "2", c: "3" },
    { a: "1", b: "2", c: "3", x_a: "1", x_b: "2" },
  ],
  [
    "labelmap does not see deleted labels",
    ["- {action: labeldrop, regex: a1}", '- {action: labelmap, regex: "a(.)", replacement: "b$1"}']
      .join("\n"),
    { a1: "one", a2: "two" },
    { a2: "two", b2: "two" },
  ],
  ["labelmap orders names by their bytes", '- {action: labelmap, regex: "[^x]", replacement: x}', {
    "ﬁ": "ligature",
    "😀": "smile",
  }, { x: "smile", "ﬁ": "ligature", "😀": "smile" }],
  ["labelmap to a UTF-8 name", '- {action: labelmap, regex: "(.*)", replacement: "é.$1"}', {
    a: "x",
  }, { a: "x", "é.a": "x" }],
  [
    "labelmap to a UTF-8 name from a legacy template",
    '- {action: labelmap, regex: "(.*)", replacement: "x$1"}',
    { "a.b": "x" },
    { "a.b": "x", "xa.b": "x" },
    "legacy",
  ],
  ["labeldrop drops what matches", '- {action: labeldrop, regex: "(b.*)"}', {
    a: "foo",
    b1: "bar",
    b2: "baz",
  }, { a: "foo" }],
  ["labeldrop by a literal", "- {action: labeldrop, regex: path}", {
    __name__: "x",
    path: "/",
    paths: "2",
  }, { __name__: "x", paths: "2" }],
  ["labeldrop by literals", '- {action: labeldrop, regex: "path|method"}', {
    __name__: "x",
    path: "/",
    method: "GET",
    le: "1",
  }, { __name__: "x", le: "1" }],
  ["labeldrop drops the metric's name", '- {action: labeldrop, regex: "__.*"}', {
    __name__: "x",
    a: "1",
  }, { a: "1" }],
  [
    "labeldrop with the default regex drops all",
    "- {action: labeldrop}",
    { __name__: "x", a: "1" },
    {},
  ],
  ["labeldrop with an empty regex drops nothing", '- {action: labeldrop, regex: ""}', { a: "1" }, {
    a: "1",
  }],
  ["labeldrop by a UTF-8 name", String.raw`- {action: labeldrop, regex: "é\\..*"}`, {
    "é.a": "1",
    "e.a": "2",
  }, { "e.a": "2" }],
  [
    "labeldrop of an added label",
    ["- {target_label: t, replacement: x}", "- {action: labeldrop, regex: t}"].join("\n"),
    { a: "1" },
    { a: "1" },
  ],
  [
    "labeldrop of an overridden label",
    ["- {target_label: a, replacement: x}", "- {action: labeldrop, regex: a}"].join("\n"),
    { a: "1", b: "2" },
    { b: "2" },
  ],
  [
    "labeldrop takes a null list of sources",
    "- {action: labeldrop, source_labels: null, regex: a}",
    { a: "1", b: "2" },
    { b: "2" },
  ],
  [
    "a label comes back after labeldrop",
    [
      "- {action: labeldrop, regex: port}",
      '- {source_labels: [annotation], regex: "(.+)", target_label: port, replacement: metrics}',
      "- {action: keep, source_labels: [port], regex: metrics}",
    ].join("\n"),
    { port: "foo", annotation: "9091" },
    { annotation: "9091", port: "metrics" },
  ],
  ["labelkeep keeps what matches", '- {action: labelkeep, regex: "(b.*)"}', {
    a: "foo",
    b1: "bar",
    b2: "baz",
  }, { b1: "bar", b2: "baz" }],
  ["labelkeep drops the metric's name", "- {action: labelkeep, regex: a}", {
    __name__: "x",
    a: "1",
  }, { a: "1" }],
  ["labelkeep with the metric's name", '- {action: labelkeep, regex: "__name__|a"}', {
    __name__: "x",
    a: "1",
    b: "2",
  }, { __name__: "x", a: "1" }],
  [
    "labelkeep with the default regex keeps all",
    "- {action: labelkeep}",
    { __name__: "x", a: "1" },
    { __name__: "x", a: "1" },
  ],
  ["labelkeep with an empty regex drops all", '- {action: labelkeep, regex: ""}', {
    __name__: "x",
    a: "1",
  }, {}],
  [
    "labelkeep drops added labels",
    ["- {target_label: t, replacement: x}", "- {action: labelkeep, regex: a}"].join("\n"),
    { a: "1" },
    { a: "1" },
  ],
];
