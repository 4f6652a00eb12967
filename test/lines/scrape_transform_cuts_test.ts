import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  filterChunks,
  type PolicyText,
} from "../support/lines/filtered.ts";
import { random } from "../support/random.ts";
import { noExpositions, sharedExpositions } from "../support/lines/shared_expositions.ts";

/** The bytes in pieces of random sizes, the empty one among them. */
function randomChunks(bytes: Uint8Array<ArrayBuffer>, seed: number) {
  const next = random(seed);
  const largest = [3, 50, 1000, 20_000][seed % 4];
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = Math.min(next(largest), bytes.length - at);
    chunks.push(bytes.subarray(at, at + size));
    at += size;
  }
  return chunks;
}

test("real expositions pass untouched without policies", { skip: noExpositions }, async () => {
  for (const [name, bytes] of sharedExpositions()) {
    const text = new TextDecoder().decode(bytes);
    for (let size = 1; size <= 200; size++) {
      const result = await filterChunks(chunksOf(bytes, size));
      assert.ok(result.text === text, `${name} in chunks of ${size}`);
    }
    for (let seed = 0; seed < 20; seed++) {
      const result = await filterChunks(randomChunks(bytes, seed));
      assert.ok(result.text === text, `${name} with seed ${seed}`);
    }
  }
});

test(
  "real expositions pass untouched where no policy matches",
  { skip: noExpositions },
  async () => {
    const policies = await engineOf([
      dropName("^nothing_has_this_name$"),
      { match: [{ datapoint_attribute: "no_such_label", equals: "x" }], keep: false },
      {
        match: [{ metric_type: "histogram" }, { metric_field: "name", contains: "%" }],
        keep: false,
      },
    ]);
    for (const [name, bytes] of sharedExpositions()) {
      for (let seed = 0; seed < 8; seed++) {
        const { text, stats } = await filterChunks(randomChunks(bytes, seed), { policies });
        assert.ok(text === new TextDecoder().decode(bytes), `${name} with seed ${seed}`);
        assert.equal(stats.unparseableLines, 0);
        assert.ok(stats.inputSamples > 100);
        assert.equal(stats.outputSamples, stats.inputSamples);
      }
    }
  },
);

const policies: PolicyText[] = [
  dropName("_(min|max)$"),
  { match: [{ datapoint_attribute: "code", regex: "^5" }], keep: false },
  { match: [{ metric_type: "summary" }], keep: false },
  { match: [{ datapoint_attribute: "value", gt: 1000 }], keep: false },
];

const block = (job: string) =>
  [
    `# HELP ${job}_requests Requests, with a \\\\ and a \\n in the text, größer.`,
    `# TYPE ${job}_requests counter`,
    `${job}_requests_total{code="200",path="/a\\"b,c}"} 7 1700000000000`,
    `${job}_requests_total{code="500",path="/"} 7`,
    `${job}_requests_created 1500 # {id="x"} 1`,
    "",
    `# a comment about ${job}`,
    `# TYPE ${job}_took summary`,
    `${job}_took{quantile="0.5"} 1`,
    `${job}_took_sum 4`,
    `# TYPE "${job}.size" gauge\r`,
    `{"${job}.size","a.b"="ü"} 12\r`,
    `{"${job}.size_max"} 12`,
    `${job}_max 4`,
    `${job}_broken{code="500" 4`,
    `  ${job}_blanks { code = "404" , } 1`,
    `${job}_long{x="${"x".repeat(150)}"} 2000`,
    "",
  ].join("\n");
const sample = block("one") + block("two") + block("three") + block("four") + "# EOF";

test("wherever two chunks meet, the output is that of the uncut input", async () => {
  const bytes = encode(sample);
  assert.ok(bytes.length > 2000);
  const options = {
    policies: await engineOf(policies),
    maxLineBytes: 160,
    format: "openmetrics" as const,
  };
  const whole = await filterChunks([bytes], options);
  assert.deepEqual(
    [whole.stats.inputSamples, whole.stats.droppedByPolicy, whole.stats.overlongLines],
    [44, 24, 4],
  );
  for (let cut = 0; cut <= bytes.length; cut++) {
    const chunks = [bytes.subarray(0, cut), bytes.subarray(cut)];
    const { text, stats } = await filterChunks(chunks, options);
    assert.equal(text, whole.text, `cut at ${cut}`);
    assert.deepEqual(stats, whole.stats, `cut at ${cut}`);
  }
  for (let size = 1; size <= 64; size++) {
    const { text, stats } = await filterChunks(chunksOf(bytes, size), options);
    assert.equal(text, whole.text, `chunks of ${size}`);
    assert.deepEqual(stats, whole.stats, `chunks of ${size}`);
  }
});

test("the uncut output has what it should have", async () => {
  const options = {
    policies: await engineOf(policies),
    maxLineBytes: 160,
    format: "openmetrics" as const,
  };
  const { text } = await filterChunks([encode(block("one"))], options);
  assert.deepEqual(text.split("\n"), [
    "# HELP one_requests Requests, with a \\\\ and a \\n in the text, größer.",
    "# TYPE one_requests counter",
    `one_requests_total{code="200",path="/a\\"b,c}"} 7 1700000000000`,
    "",
    "# a comment about one",
    `# TYPE "one.size" gauge\r`,
    `{"one.size","a.b"="ü"} 12\r`,
    `one_broken{code="500" 4`,
    `  one_blanks { code = "404" , } 1`,
    `one_long{x="${"x".repeat(150)}"} 2000`,
    "",
  ]);
});
