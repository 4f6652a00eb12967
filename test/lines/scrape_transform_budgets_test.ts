import assert from "node:assert/strict";
import { test } from "node:test";
import {
  chunksOf,
  dropName,
  encode,
  engineOf,
  filterChunks,
  type Options,
  type PolicyText,
} from "../support/lines/filtered.ts";

interface Case {
  what: string;
  input: string;
  options: Options;
  policies?: PolicyText[];
  expected: string;
  truncatedBy?: "input" | "output";
}

const LINES = "aa 1\nbb 2\ncc 3\n";
const OPEN = "aa 1\nbb 2\ncc 3\n# EOF\n";
const format = "openmetrics";
const input = "input";
const output = "output";

const cases: Case[] = [
  { what: "no limit", input: LINES, options: {}, expected: LINES },
  { what: "input at the limit", input: LINES, options: { maxInputBytes: 15 }, expected: LINES },
  { what: "input below the limit", input: LINES, options: { maxInputBytes: 16 }, expected: LINES },
  {
    what: "input above the limit",
    input: LINES,
    options: { maxInputBytes: 14 },
    expected: "aa 1\nbb 2\n",
    truncatedBy: input,
  },
  {
    what: "an input limit at the end of a line",
    input: LINES,
    options: { maxInputBytes: 10 },
    expected: "aa 1\nbb 2\n",
    truncatedBy: input,
  },
  {
    what: "an input limit inside the first line",
    input: LINES,
    options: { maxInputBytes: 3 },
    expected: "",
    truncatedBy: input,
  },
  {
    what: "input at the limit without a newline at the end",
    input: "aa 1\nbb 2",
    options: { maxInputBytes: 9 },
    expected: "aa 1\nbb 2",
  },
  {
    what: "input above the limit without a newline at the end",
    input: "aa 1\nbb 23",
    options: { maxInputBytes: 9 },
    expected: "aa 1\n",
    truncatedBy: input,
  },
  { what: "output at the limit", input: LINES, options: { maxOutputBytes: 15 }, expected: LINES },
  {
    what: "output below the limit",
    input: LINES,
    options: { maxOutputBytes: 16 },
    expected: LINES,
  },
  {
    what: "output above the limit",
    input: LINES,
    options: { maxOutputBytes: 14 },
    expected: "aa 1\nbb 2\n",
    truncatedBy: output,
  },
  {
    what: "an output limit smaller than the first line",
    input: LINES,
    options: { maxOutputBytes: 4 },
    expected: "",
    truncatedBy: output,
  },
  {
    what: "output above the limit without a newline at the end",
    input: "aa 1\nbb 2",
    options: { maxOutputBytes: 8 },
    expected: "aa 1\n",
    truncatedBy: output,
  },
  {
    what: "dropped samples cost no output",
    input: `${LINES}aa 4\n`,
    options: { maxOutputBytes: 10 },
    policies: [dropName("bb|cc")],
    expected: "aa 1\naa 4\n",
  },
  {
    what: "metadata and its sample at the limit",
    input: "# TYPE aa gauge\naa 1\n",
    options: { maxOutputBytes: 21 },
    policies: [dropName("bb")],
    expected: "# TYPE aa gauge\naa 1\n",
  },
  {
    what: "metadata is not written where its sample does not fit",
    input: "bb 1\n# TYPE aa gauge\naa 1\n",
    options: { maxOutputBytes: 25 },
    policies: [dropName("cc")],
    expected: "bb 1\n",
    truncatedBy: output,
  },
  {
    what: "OpenMetrics input at the limit",
    input: OPEN,
    options: { format, maxInputBytes: 21 },
    expected: OPEN,
  },
  {
    what: "OpenMetrics input above the limit, inside the terminator",
    input: OPEN,
    options: { format, maxInputBytes: 20 },
    expected: OPEN,
    truncatedBy: input,
  },
  {
    what: "OpenMetrics input above the limit, inside a line",
    input: OPEN,
    options: { format, maxInputBytes: 13 },
    expected: "aa 1\nbb 2\n# EOF\n",
    truncatedBy: input,
  },
  {
    what: "OpenMetrics input above the limit, behind the terminator",
    input: `${OPEN}\n`,
    options: { format, maxInputBytes: 21 },
    expected: OPEN,
    truncatedBy: input,
  },
  {
    what: "OpenMetrics output at the limit",
    input: OPEN,
    options: { format, maxOutputBytes: 21 },
    expected: OPEN,
  },
  {
    what: "OpenMetrics output at the limit, the terminator without newline",
    input: OPEN.trimEnd(),
    options: { format, maxOutputBytes: 21 },
    expected: OPEN.trimEnd(),
  },
  {
    what: "OpenMetrics output above the limit",
    input: OPEN,
    options: { format, maxOutputBytes: 20 },
    expected: "aa 1\nbb 2\n# EOF\n",
    truncatedBy: output,
  },
  {
    what: "an OpenMetrics output limit that just has room for two lines and the terminator",
    input: OPEN,
    options: { format, maxOutputBytes: 16 },
    expected: "aa 1\nbb 2\n# EOF\n",
    truncatedBy: output,
  },
  {
    what: "an OpenMetrics output limit one byte smaller than that",
    input: OPEN,
    options: { format, maxOutputBytes: 15 },
    expected: "aa 1\n# EOF\n",
    truncatedBy: output,
  },
  {
    what: "an OpenMetrics output limit smaller than the first line",
    input: OPEN,
    options: { format, maxOutputBytes: 10 },
    expected: "# EOF\n",
    truncatedBy: output,
  },
  {
    what: "an OpenMetrics output limit and lines behind the terminator",
    input: `${OPEN}dd 4\n`,
    options: { format, maxOutputBytes: 24 },
    expected: OPEN,
    truncatedBy: output,
  },
  {
    what: "metadata in OpenMetrics leaves room for the terminator",
    input: "bb 1\n# TYPE aa gauge\naa 1\n# EOF\n",
    options: { format, maxOutputBytes: 31 },
    policies: [dropName("cc")],
    expected: "bb 1\n# EOF\n",
    truncatedBy: output,
  },
  {
    what: "both limits at once, the output's first",
    input: LINES,
    options: { maxInputBytes: 14, maxOutputBytes: 5 },
    expected: "aa 1\n",
    truncatedBy: output,
  },
];

for (const { what, input, options, policies, expected, truncatedBy } of cases) {
  test(`budgets: ${what}`, async () => {
    const bytes = encode(input);
    for (const size of [1, 2, 7, 1000]) {
      const engine = policies && await engineOf(policies);
      const run = (more: Options) =>
        filterChunks(chunksOf(bytes, size), { policies: engine, ...options, ...more });
      const { text, stats } = await run({});
      assert.equal(text, expected);
      assert.deepEqual([stats.truncatedBy, stats.broken], [truncatedBy, false]);
      assert.equal(stats.outputBytes, expected.length);

      const failing = await run({ onLimit: "fail" });
      const broken = truncatedBy !== undefined;
      assert.deepEqual([failing.stats.truncatedBy, failing.stats.broken], [truncatedBy, broken]);
      assert.equal(failing.stats.outputBytes, failing.text.length);
      if (!broken) assert.equal(failing.text, expected);
      // A broken transfer is not ended: only what the exposition itself says may be in it.
      else assert.ok(input.startsWith(failing.text));
    }
  });
}

test("an input limit ends the reading of the upstream", async () => {
  for (const size of [1, 4, 100]) {
    const chunks = chunksOf(encode(LINES), size);
    const { stats } = await filterChunks(chunks, { maxInputBytes: 7 });
    assert.deepEqual([stats.inputBytes, stats.inputLines, stats.inputSamples], [7, 1, 1]);
    assert.deepEqual([stats.outputBytes, stats.outputLines, stats.outputSamples], [5, 1, 1]);
  }
});

test("the source is cancelled at a limit", async () => {
  for (const options of [{ maxInputBytes: 7 }, { maxOutputBytes: 7 }]) {
    let cancelled = 0;
    let pulled = 0;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull(controller) {
        pulled++;
        controller.enqueue(encode("aa 1\n"));
      },
      cancel() {
        cancelled++;
      },
    });
    const { text } = await filterChunks(source, options);
    assert.equal(text, "aa 1\n");
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(cancelled, 1);
    assert.ok(pulled < 10);
  }
});
