import assert from "node:assert/strict";
import { test } from "node:test";
import { encode, filterChunks, type Options } from "../support/lines/filtered.ts";
import { dropPath, rulesOf } from "../support/lines/series_case.ts";

const INPUT = `# TYPE a counter
a{path="1"} 1
a{path="2"} 2
# TYPE b counter
b{path="1"} 4
b{path="2"} 8
`;
const FAMILY_A = "# TYPE a counter\na 3\n";
const FAMILY_B = "# TYPE b counter\nb 12\n";
const EOF = "# EOF\n";

interface Case {
  what: string;
  input?: string;
  options: Options;
  expected: string;
  truncatedBy?: "input" | "output";
}

const whole = FAMILY_A + FAMILY_B;
const format = "openmetrics" as const;
const cases: Case[] = [
  { what: "output at the limit", options: { maxOutputBytes: whole.length }, expected: whole },
  {
    what: "output one byte above the limit",
    options: { maxOutputBytes: whole.length - 1 },
    expected: FAMILY_A,
    truncatedBy: "output",
  },
  {
    what: "output below the limit",
    options: { maxOutputBytes: whole.length + 1 },
    expected: whole,
  },
  {
    what: "a limit that only the metadata would fit in",
    options: { maxOutputBytes: FAMILY_A.length + "# TYPE b counter\n".length },
    expected: FAMILY_A,
    truncatedBy: "output",
  },
  {
    what: "a limit that nothing fits in",
    options: { maxOutputBytes: 1 },
    expected: "",
    truncatedBy: "output",
  },
  {
    what: "OpenMetrics at the limit, its terminator included",
    input: INPUT + EOF,
    options: { format, maxOutputBytes: whole.length + EOF.length },
    expected: whole + EOF,
  },
  {
    what: "OpenMetrics one byte above the limit is terminated",
    input: INPUT + EOF,
    options: { format, maxOutputBytes: whole.length + EOF.length - 1 },
    expected: FAMILY_A + EOF,
    truncatedBy: "output",
  },
  { what: "input at the limit", options: { maxInputBytes: INPUT.length }, expected: whole },
  {
    what: "input one byte above the limit: what was gathered is written",
    options: { maxInputBytes: INPUT.length - 1 },
    expected: FAMILY_A + "# TYPE b counter\nb 4\n",
    truncatedBy: "input",
  },
  { what: "input below the limit", options: { maxInputBytes: INPUT.length + 1 }, expected: whole },
  {
    what: "OpenMetrics input above the limit is terminated, once",
    input: INPUT + EOF,
    options: { format, maxInputBytes: INPUT.length },
    expected: whole + EOF,
    truncatedBy: "input",
  },
  {
    what: "both limits: the output stays within its own",
    options: { maxInputBytes: INPUT.length - 1, maxOutputBytes: FAMILY_A.length },
    expected: FAMILY_A,
    truncatedBy: "input",
  },
];

for (const { what, input = INPUT, options, expected, truncatedBy } of cases) {
  test(what, async () => {
    const rules = await rulesOf({ rules: dropPath });
    for (const onLimit of ["truncate", "fail"] as const) {
      const run = await filterChunks([encode(input)], { rules, onLimit, ...options });
      assert.equal(run.stats.truncatedBy, truncatedBy);
      assert.equal(run.stats.broken, truncatedBy !== undefined && onLimit === "fail");
      const isTerminated = onLimit === "truncate" || truncatedBy === undefined;
      assert.equal(run.text, isTerminated ? expected : expected.replace(EOF, ""));
      assert.equal(run.stats.outputBytes, run.text.length);
    }
  });
}

test("every output limit ends at a line, valid and within the limit", async () => {
  const rules = await rulesOf({ rules: dropPath });
  for (let limit = EOF.length; limit <= whole.length + EOF.length; limit++) {
    const options = { rules, format, maxOutputBytes: limit };
    const { text } = await filterChunks([encode(INPUT + EOF)], options);
    assert.ok(text.length <= limit && text.endsWith(EOF));
    assert.ok((whole + EOF).startsWith(text.slice(0, -EOF.length)));
    assert.doesNotMatch(text, /TYPE \w counter\n#/);
  }
});

const MIB = 1024 * 1024;

test("a line that is too long to be held leaves at once in pieces, behind its metadata", async () => {
  const line = `a{path="${"x".repeat(2 * MIB)}"} 1\n`;
  const input =
    `# TYPE z counter\nz{path="1"} 1\n# TYPE a counter\n${line}a{path="1"} 2\na{path="1"} 3\n`;
  const rules = await rulesOf({ rules: dropPath });
  const { text, stats } = await filterChunks(
    [encode(input.slice(0, 50)), encode(input.slice(50, 2 * MIB)), encode(input.slice(2 * MIB))],
    { rules },
  );
  assert.equal(text, `# TYPE a counter\n${line}# TYPE z counter\nz 1\na 2\n`);
  assert.equal(stats.overlongLines, 1);
  assert.equal(stats.inputSamples, 4);
  assert.equal(stats.outputSamples, 3);
});

test("a comment that is too long to be held is no sample", async () => {
  const line = `# ${"x".repeat(2 * MIB)}\n`;
  const rules = await rulesOf({ rules: dropPath });
  const chunks = [encode("a 1\n" + line.slice(0, MIB)), encode(line.slice(MIB))];
  const { text, stats } = await filterChunks(chunks, { rules });
  assert.equal(text, line + "a 1\n");
  assert.deepEqual([stats.inputSamples, stats.outputSamples, stats.overlongLines], [1, 1, 0]);
});
