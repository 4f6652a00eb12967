import type { RelabelCase } from "./relabel_case.ts";

/** Actions that make values: hashmod, lowercase, uppercase; UTF-8. Expected is what Prometheus 3.14's `model/relabel` gives. */
export const VALUE_CASES: readonly RelabelCase[] = [
  ["hashmod of baz", "- {action: hashmod, source_labels: [c], target_label: d, modulus: 1000}", {
    c: "baz",
  }, { c: "baz", d: "976" }],
  [
    "hashmod over a newline",
    "- {action: hashmod, source_labels: [a], target_label: b, modulus: 1000}",
    { a: "foo\nbar" },
    { a: "foo\nbar", b: "734" },
  ],
  [
    "hashmod of a missing label",
    "- {action: hashmod, source_labels: [no], target_label: b, modulus: 1000}",
    { a: "x" },
    { a: "x", b: "958" },
  ],
  [
    "hashmod of joined sources",
    '- {action: hashmod, source_labels: [a, b], separator: "-", target_label: c, modulus: 7}',
    { a: "x", b: "y" },
    { a: "x", b: "y", c: "3" },
  ],
  ["hashmod of UTF-8", "- {action: hashmod, source_labels: [a], target_label: c, modulus: 1000}", {
    a: "é😀",
  }, { a: "é😀", c: "638" }],
  [
    "hashmod by one is zero",
    "- {action: hashmod, source_labels: [a], target_label: c, modulus: 1}",
    { a: "x" },
    { a: "x", c: "0" },
  ],
  [
    "hashmod by the largest exact number",
    "- {action: hashmod, source_labels: [a], target_label: c, modulus: 9007199254740991}",
    { a: "x" },
    { a: "x", c: "2346693179502420" },
  ],
  [
    "hashmod by more than 2^53",
    "- {action: hashmod, source_labels: [a], target_label: c, modulus: 9007199254740993}",
    { a: "x" },
    { a: "x", c: "2346693179498488" },
  ],
  [
    "hashmod by the largest modulus",
    "- {action: hashmod, source_labels: [a], target_label: c, modulus: 18446744073709551615}",
    { a: "x" },
    { a: "x", c: "17710500428000290726" },
  ],
  [
    "hashmod ignores regex and replacement",
    "- {action: hashmod, source_labels: [a], regex: no, replacement: no, target_label: c, modulus: 10}",
    { a: "x" },
    { a: "x", c: "6" },
  ],
  [
    "hashmod and keep make a shard",
    [
      "- {action: hashmod, source_labels: [a], target_label: __tmp_hash, modulus: 2}",
      '- {action: keep, source_labels: [__tmp_hash], regex: "1"}',
    ].join("\n"),
    { a: "x" },
    "dropped",
  ],
  ["lowercase", "- {action: lowercase, source_labels: [a], target_label: b}", { a: "bAr123Foo" }, {
    a: "bAr123Foo",
    b: "bar123foo",
  }],
  ["uppercase", "- {action: uppercase, source_labels: [a], target_label: b}", { a: "bAr123Foo" }, {
    a: "bAr123Foo",
    b: "BAR123FOO",
  }],
  ["lowercase of joined sources", "- {action: lowercase, source_labels: [a, b], target_label: c}", {
    a: "X",
    b: "Y",
  }, { a: "X", b: "Y", c: "x;y" }],
  [
    "lowercase of a missing label deletes",
    "- {action: lowercase, source_labels: [no], target_label: a}",
    { a: "X" },
    {},
  ],
  [
    "uppercase ignores the regex",
    "- {action: uppercase, source_labels: [a], regex: no, target_label: a}",
    { a: "x" },
    { a: "X" },
  ],
  [
    "lowercase of the metric's name",
    "- {action: lowercase, source_labels: [__name__], target_label: __name__}",
    { __name__: "HTTP_Total" },
    { __name__: "http_total" },
  ],
  ["uppercase leaves a sharp s", "- {action: uppercase, source_labels: [a], target_label: b}", {
    a: "straße",
  }, { a: "straße", b: "STRAßE" }],
  [
    "uppercase leaves letters of two",
    "- {action: uppercase, source_labels: [a], target_label: b}",
    { a: "ŉǰΐﬁև" },
    { a: "ŉǰΐﬁև", b: "ŉǰΐﬁև" },
  ],
  ["uppercase of a dotless i", "- {action: uppercase, source_labels: [a], target_label: b}", {
    a: "ıi",
  }, { a: "ıi", b: "II" }],
  [
    "uppercase of a title-case letter",
    "- {action: uppercase, source_labels: [a], target_label: b}",
    { a: "ǅ" },
    { a: "ǅ", b: "Ǆ" },
  ],
  ["uppercase of an iota subscript", "- {action: uppercase, source_labels: [a], target_label: b}", {
    a: "ᾀᾐᾧᾳῃῳᾴ",
  }, { a: "ᾀᾐᾧᾳῃῳᾴ", b: "ᾈᾘᾯᾼῌῼᾴ" }],
  [
    "uppercase beyond the basic plane",
    "- {action: uppercase, source_labels: [a], target_label: b}",
    { a: "𐐨😀" },
    { a: "𐐨😀", b: "𐐀😀" },
  ],
  [
    "uppercase of letters that got one in Unicode 16",
    "- {action: uppercase, source_labels: [a], target_label: b}",
    { a: "ɤƛ" },
    { a: "ɤƛ", b: "\ua7cb\ua7dc" },
  ],
  ["lowercase has no final sigma", "- {action: lowercase, source_labels: [a], target_label: b}", {
    a: "ΟΔΟΣ",
  }, { a: "ΟΔΟΣ", b: "οδοσ" }],
  ["lowercase of a dotted I", "- {action: lowercase, source_labels: [a], target_label: b}", {
    a: "İI",
  }, { a: "İI", b: "ii" }],
  ["lowercase of a capital sharp s", "- {action: lowercase, source_labels: [a], target_label: b}", {
    a: "ẞÉ",
  }, { a: "ẞÉ", b: "ßé" }],
  ["lowercase of an iota subscript", "- {action: lowercase, source_labels: [a], target_label: b}", {
    a: "ᾈᾼ",
  }, { a: "ᾈᾼ", b: "ᾀᾳ" }],
  ["lowercase of the Kelvin sign", "- {action: lowercase, source_labels: [a], target_label: b}", {
    a: "K",
  }, { a: "K", b: "k" }],
  ["a UTF-8 label is a source", '- {source_labels: ["http.status", "é"], target_label: s}', {
    "http.status": "200",
    "é": "x",
  }, { "http.status": "200", s: "200;x", "é": "x" }],
  ["a UTF-8 label is a target", '- {target_label: "http.status", replacement: "200"}', { a: "x" }, {
    a: "x",
    "http.status": "200",
  }],
  [
    "a source may be UTF-8 under the legacy scheme",
    '- {source_labels: ["http.status"], target_label: s}',
    { "http.status": "200" },
    { "http.status": "200", s: "200" },
    "legacy",
  ],
  ["a number names a source", "- {source_labels: [1], target_label: s}", { "1": "x" }, {
    "1": "x",
    s: "x",
  }],
  [
    "a null source is a missing label",
    "- {source_labels: [null, a], target_label: s}",
    { a: "x" },
    { a: "x", s: ";x" },
  ],
  [
    "a dot matches one letter beyond the basic plane",
    '- {source_labels: [a], regex: "(.)(.)", target_label: s, replacement: "$2$1"}',
    { a: "😀x" },
    { a: "😀x", s: "x😀" },
  ],
  ["no rule at all", "[]", { b: "x", a: "y" }, { a: "y", b: "x" }],
];
