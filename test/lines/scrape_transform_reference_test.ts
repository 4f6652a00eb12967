import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, engineOf, filterChunks } from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";
import { randomExposition, randomPolicies } from "../support/lines/random_exposition.ts";
import { referenceFilter } from "../support/lines/reference_filter.ts";

const CASES = 300;

/** The text's bytes in pieces of 0 to `largest` bytes. */
function cutAtRandom(text: string, next: (largest: number) => number) {
  const bytes = encode(text);
  const largest = 1 + next(400);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = next(largest);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test("the reference filter does what its cases say", () => {
  const policies = [{ match: [{ metric_field: "name", regex: "^b" }], keep: false }];
  const input = `# TYPE a counter\nb 1\na_total{x="\\""} 1\n# TYPE a gauge\nb{\nbb 1 5\n# EOF`;
  const expected = `# TYPE a counter\na_total{x="\\""} 1\n# EOF`;
  assert.equal(referenceFilter(input, policies, 100), expected);
  assert.equal(referenceFilter("b 12345\n", policies, 6), "b 12345\n");
});

test(`${CASES} generated expositions come out as the reference filter has them`, async () => {
  let dropped = 0;
  let kept = 0;
  for (let seed = 1; seed <= CASES; seed++) {
    const next = random(seed);
    const input = randomExposition(next);
    const policies = randomPolicies(next);
    const maxLineBytes = next(3) === 0 ? 25 : 4096;
    const expected = referenceFilter(input, policies, maxLineBytes);
    const options = { policies: await engineOf(policies), maxLineBytes };
    // Twice, so that the second run finds every decision remembered.
    for (const chunks of [[encode(input)], cutAtRandom(input, next)]) {
      const { text, stats } = await filterChunks(chunks, options);
      assert.equal(text, expected, `seed ${seed}: ${JSON.stringify(policies)}\n${input}`);
      assert.equal(stats.inputSamples - stats.outputSamples, stats.droppedByPolicy);
      assert.equal(stats.outputBytes, encode(expected).length);
      dropped += stats.droppedByPolicy;
      kept += stats.outputSamples;
    }
  }
  assert.ok(dropped > 3000 && kept > 3000, `${dropped} dropped, ${kept} kept: too one-sided`);
});
