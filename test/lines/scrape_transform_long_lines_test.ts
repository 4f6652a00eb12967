import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_HELD_LINE_BYTES } from "../../src/bounds.ts";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  filterChunks,
  type Options,
} from "../support/lines/filtered.ts";
import { rulesOf } from "../support/lines/series_case.ts";
import { lineFormat } from "../../src/exposition/line_format.ts";

const long = `aa{x="${"y".repeat(MAX_HELD_LINE_BYTES)}"} 1\n`;

const longCases: [string, Options, string, boolean][] = [
  ["an input limit at its end", { maxInputBytes: 5 + long.length }, `aa 1\n${long}`, false],
  [
    "an input limit inside it",
    { maxInputBytes: 4 + long.length },
    `aa 1\n${long.slice(0, -1)}`,
    true,
  ],
  ["an output limit at its end", { maxOutputBytes: 5 + long.length }, `aa 1\n${long}`, false],
  [
    "an output limit inside it",
    { maxOutputBytes: 4 + long.length },
    `aa 1\n${long.slice(0, -4)}`,
    true,
  ],
  ["an output limit before it", { maxOutputBytes: MAX_HELD_LINE_BYTES }, "aa 1\n", false],
];

for (const [what, options, expected, broken] of longCases) {
  for (const openMetrics of [false, true]) {
    test(`a line in pieces and ${what}${openMetrics ? ", in OpenMetrics" : ""}`, async () => {
      // The last bytes come apart, so that the line is in pieces; more follows it.
      const chunks = ["aa 1\n", long.slice(0, -4), long.slice(-4), "bb 2\n"].map(encode);
      const more = openMetrics && options.maxOutputBytes ? 6 : 0;
      const limits = { ...options, maxOutputBytes: (options.maxOutputBytes ?? 0) + more };
      const { text, stats } = await filterChunks(chunks, {
        ...limits,
        format: lineFormat(openMetrics),
      });
      const eof = openMetrics && !broken ? "# EOF\n" : "";
      assert.ok(text === expected + eof, `${text.length} bytes, wanted ${expected.length}`);
      assert.equal(stats.broken, broken);
      assert.equal(stats.truncatedBy, options.maxInputBytes ? "input" : "output");
      assert.equal(stats.outputBytes, text.length);
    });
  }
}

const sameCases: [string, string, Options][] = [
  ["a sample, behind families that rules may rename", `a 1\nb 1\n${long}b{x="1"} 1\n`, {
    rules: await rulesOf({ rules: [{ target_label: "__name__", regex: "no" }] }),
  }],
  ["HELP of a family that policies drop", `# HELP bb ${long}bb 1\naa 1\n`, {
    policies: await engineOf([dropName("^b")]),
  }],
];

for (const [what, input, options] of sameCases) {
  test(`a line that cannot be held comes out the same in one chunk: ${what}`, async () => {
    const bytes = encode(input);
    const whole = await filterChunks([bytes], options);
    const cut = await filterChunks(chunksOf(bytes, 65_536), options);
    assert.ok(whole.text === cut.text, `${whole.text.length} and ${cut.text.length} bytes`);
    assert.deepEqual(whole.stats, cut.stats);
  });
}
