import assert from "node:assert/strict";
import { test } from "node:test";
import { chunksOf, encode, filterChunks, type Options } from "../support/lines/filtered.ts";
import { dropPath, rulesOf } from "../support/lines/series_case.ts";
import { noExpositions, sharedExpositions } from "../support/lines/shared_expositions.ts";

const INPUT = encode(
  String.raw`# HELP h Text.
# TYPE h histogram
h_bucket{path="ä\"\n",le="1"} 1 # {id="}"} 1
h_bucket{path="b",le="1.0"} 2
h bad
# note
h_sum{path="b"} 1e3
` + '\r\n# TYPE s summary\ns{path="a",quantile="0.5"} 1 5\nx{path="1",} -0\nx -0\n# EOF',
);

const EXPECTED = String.raw`# HELP h Text.
# TYPE h histogram
h_bucket{le="1.0"} 3 # {id="}"} 1
h_sum 1e3
h bad
# note
` + '\r\n# TYPE s summary\ns{quantile="0.5"} 1 5\nx -0\n# EOF';

async function optionsOf(): Promise<Options> {
  return { rules: await rulesOf({ rules: dropPath }), format: "openmetrics" };
}

test("chunks of every size give the same output", async () => {
  const options = await optionsOf();
  for (let size = 1; size <= 64; size++) {
    const { text } = await filterChunks(chunksOf(INPUT, size), options);
    assert.equal(text, EXPECTED, `chunks of ${size}`);
  }
});

test("a cut anywhere gives the same output", async () => {
  const options = await optionsOf();
  for (let at = 0; at <= INPUT.length; at++) {
    const { text } = await filterChunks([INPUT.subarray(0, at), INPUT.subarray(at)], options);
    assert.equal(text, EXPECTED, `cut at ${at}`);
  }
});

test("real scrapes come out the same however they are cut", { skip: noExpositions }, async () => {
  const rules = await rulesOf({ rules: [{ action: "labeldrop", regex: "path|mode|handler|cpu" }] });
  for (const [name, bytes] of sharedExpositions()) {
    const whole = await filterChunks([bytes], { rules });
    assert.equal(whole.stats.unparseableLines, 0, name);
    for (const size of [97, 4096, 65_536]) {
      const cut = await filterChunks(chunksOf(bytes, size), { rules });
      assert.equal(cut.text, whole.text, name);
    }
  }
});
