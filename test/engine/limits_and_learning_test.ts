import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, filterChunks } from "../support/lines/filtered.ts";
import { dropPath, rulesOf } from "../support/lines/series_case.ts";

for (const learns of [true, false]) {
  test(`values of a sample that a limit drops use up no other limit, learns: ${learns}`, async () => {
    const rules = await rulesOf({
      rules: dropPath,
      limits: { action: "drop", labelValueLength: 3, labelValues: new Map([["a", 1]]) },
    });
    const input = encode('m{a="x",b="long"} 1\nm{a="y",b="s"} 2\n');
    const { text, stats } = await filterChunks([input], { rules, learns });
    assert.equal(text, 'm{a="y",b="s"} 2\n');
    assert.deepEqual([...stats.limitedSamples], [["m\0label_value_length", 1]]);
  });
}
