import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { previewText } from "../../src/analyze/preview_text.ts";
import { reportText } from "../../src/analyze/report_text.ts";
import { reportSvg } from "../../src/analyze/svg.ts";
import { escapeQuoted } from "../../src/exposition/quoted_text.ts";
import { analyzed } from "../support/analyze/analyzed.ts";
import { previewed } from "../support/analyze/previewed.ts";

/** What nobody should have in a label, and some have. */
const HOSTILE = [
  "<script>alert(1)</script>",
  `"'><img src=x onerror=alert(1)>`,
  "]]></style><script>",
  "&lt;&amp;",
  "\u001b]0;owned\u0007\u001b[2J",
  "a\r\nb\u0000c\u0085d\u009b31m",
  "\u202egnp.exe\u202c\u2066\u200f\u061c",
  "\u2028\u2029\ufeff",
  "\ud83d\ude00\u0301\u0301",
  "x".repeat(10_240),
  "<".repeat(10_240),
];

const INPUT = HOSTILE.flatMap((value) => {
  const quoted = escapeQuoted(value);
  return [1, 2].map((i) => `{"${quoted}","${quoted}"="${quoted}","l"="${i}"} 1\n`);
}).join("") + HOSTILE.map((value) => `m{v="${escapeQuoted(value)}"} 1\n`).join("");

/** Control and format characters, and what turns the direction of a text. */
const HIDDEN = /[\p{Cc}\p{Cf}\u2028\u2029]/u;

test("the text report has no control character and no long line", () => {
  for (const line of reportText(analyzed(INPUT), Infinity)) {
    equal(HIDDEN.test(line), false, JSON.stringify(line));
    // Patterns are whole: a rule that is cut could not be pasted.
    if (!/^ {2}(?:regex|target_label):/.test(line)) equal(line.length < 1000, true, line);
  }
});

test("the text of a preview has no control character", async () => {
  const report = await previewed(INPUT, {
    rules: [{ action: "labeldrop", regex: "l" }],
    options: { maxLineBytes: 2 ** 20 },
  });
  // Prometheus refuses a name with a NUL, so it is dropped.
  equal(report.merged, HOSTILE.length - 1);
  for (const line of previewText(report, Infinity)) {
    equal(HIDDEN.test(line), false, JSON.stringify(line));
  }
});

test("the chart has no markup but its own, and nothing that XML refuses", () => {
  const svg = reportSvg(analyzed(INPUT));
  const tags = new Set([...svg.matchAll(/<\/?([a-zA-Z!?\[]*)/g)].map(([, name]) => name));
  equal([...tags].sort().join(" "), "g rect style svg text title");
  equal(/[^\n\P{Cc}]|[\p{Cf}\u2028\u2029\ufffe\uffff]/u.test(svg), false);
  equal(/&(?!(?:amp|lt|gt|quot|#39);)/.test(svg), false);
  for (const [, attributes] of svg.matchAll(/<\w+((?: [\w:-]+="[^"<>]*")*)\/?>/g)) {
    equal(/ on\w+=| href=/.test(attributes), false, attributes);
  }
  equal(svg.match(/<\w/g)?.length, svg.match(/<\w+(?: [\w:-]+="[^"<>]*")*\/?>/g)?.length);
  match(svg, /&lt;script&gt;alert\(1\)&lt;\/script&gt;/);
  equal(svg.length < 200_000, true);
});
