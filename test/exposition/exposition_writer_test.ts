import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ExpositionFormat,
  ExpositionWriter,
  type Family,
} from "../../src/exposition/exposition_writer.ts";
import { formatCanonicalFloat, formatValue } from "../../src/exposition/format_value.ts";

const values: [number, string][] = [
  [0, "0"],
  [-0, "-0"],
  [1, "1"],
  [-17, "-17"],
  [0.1 + 0.2, "0.30000000000000004"],
  [1234567.5, "1234567.5"],
  [1e6, "1000000"],
  [2 ** 53 - 1, "9007199254740991"],
  [2 ** 53, "9007199254740992"],
  [2 ** 53 + 2, "9.007199254740994e+15"],
  [1e20, "1e+20"],
  [1.5e300, "1.5e+300"],
  [-1.7976931348623157e308, "-1.7976931348623157e+308"],
  [5e-324, "5e-324"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [-1.25e-7, "-1.25e-07"],
  [Infinity, "+Inf"],
  [-Infinity, "-Inf"],
  [NaN, "NaN"],
];

for (const [value, text] of values) {
  test(`formatValue writes ${text}`, () => {
    assert.equal(formatValue(value), text);
    if (Number.isFinite(value)) assert.equal(Number(text), value);
  });
}

test("formatCanonicalFloat gives integers a decimal point and leaves the rest", () => {
  const written = [0, 1, -10, 0.5, 1e-7, 2 ** 60, Infinity].map(formatCanonicalFloat);
  const expected = ["0.0", "1.0", "-10.0", "0.5", "1e-07", "1.152921504606847e+18", "+Inf"];
  assert.deepEqual(written, expected);
});

function write(format: ExpositionFormat, family: Family, ...samples: SampleArguments[]): string {
  const writer = new ExpositionWriter(format);
  writer.family(family);
  for (const sample of samples) writer.sample(...sample);
  return writer.finish();
}

type SampleArguments = Parameters<ExpositionWriter["sample"]>;

interface Case {
  name: string;
  family: Family;
  samples: SampleArguments[];
  text: string;
  openMetrics: string;
}

const cases: Case[] = [
  {
    name: "a counter declared with _total",
    family: { name: "jobs_total", type: "counter", help: "Jobs." },
    samples: [[{ queue: "a", state: "done" }, 3], [[], 4]],
    text: `# HELP jobs_total Jobs.
# TYPE jobs_total counter
jobs_total{queue="a",state="done"} 3
jobs_total 4
`,
    openMetrics: `# HELP jobs Jobs.
# TYPE jobs counter
jobs_total{queue="a",state="done"} 3
jobs_total 4
# EOF
`,
  },
  {
    name: "a counter declared without _total",
    family: { name: "jobs", type: "counter", help: "" },
    samples: [[[], 4]],
    text: "# TYPE jobs_total counter\njobs_total 4\n",
    openMetrics: "# TYPE jobs counter\njobs_total 4\n# EOF\n",
  },
  {
    name: "escapes in HELP and in label values",
    family: { name: "odd", type: "gauge", help: 'back\\slash "quote"\nline' },
    samples: [[{ a: 'back\\slash "quote"\nline' }, 1]],
    text: `# HELP odd back\\\\slash "quote"\\nline
# TYPE odd gauge
odd{a="back\\\\slash \\"quote\\"\\nline"} 1
`,
    openMetrics: `# HELP odd back\\\\slash \\"quote\\"\\nline
# TYPE odd gauge
odd{a="back\\\\slash \\"quote\\"\\nline"} 1
# EOF
`,
  },
  {
    name: "names outside the classic alphabet",
    family: { name: "http.requests", type: "gauge", help: "Requests." },
    samples: [[{ "k8s.pod": "p", ok: "é" }, 1], [[], 2]],
    text: `# HELP "http.requests" Requests.
# TYPE "http.requests" gauge
{"http.requests","k8s.pod"="p",ok="é"} 1
{"http.requests"} 2
`,
    openMetrics: `# HELP "http.requests" Requests.
# TYPE "http.requests" gauge
{"http.requests","k8s.pod"="p",ok="é"} 1
{"http.requests"} 2
# EOF
`,
  },
  {
    name: "a histogram with unit, suffixes and timestamp",
    family: { name: "wait_seconds", type: "histogram", help: "", unit: "seconds" },
    samples: [
      [{ le: "+Inf" }, 2, { suffix: "_bucket", timestampMs: 1700000000500 }],
      [[], 0.5, { suffix: "_sum" }],
      [[], 2, { suffix: "_count" }],
    ],
    text: `# TYPE wait_seconds histogram
wait_seconds_bucket{le="+Inf"} 2 1700000000500
wait_seconds_sum 0.5
wait_seconds_count 2
`,
    openMetrics: `# TYPE wait_seconds histogram
# UNIT wait_seconds seconds
wait_seconds_bucket{le="+Inf"} 2 1700000000.5
wait_seconds_sum 0.5
wait_seconds_count 2
# EOF
`,
  },
  {
    name: "an info family",
    family: { name: "target", type: "info", help: "Target." },
    samples: [[new Map([["env", "prod"]]), 1]],
    text: '# HELP target_info Target.\n# TYPE target_info gauge\ntarget_info{env="prod"} 1\n',
    openMetrics: '# HELP target Target.\n# TYPE target info\ntarget_info{env="prod"} 1\n# EOF\n',
  },
  {
    name: "a family of unknown type",
    family: { name: "x", type: "unknown", help: "" },
    samples: [[[], NaN]],
    text: "# TYPE x untyped\nx NaN\n",
    openMetrics: "# TYPE x unknown\nx NaN\n# EOF\n",
  },
];

for (const { name, family, samples, text, openMetrics } of cases) {
  test(`text: ${name}`, () => assert.equal(write("text", family, ...samples), text));
  test(`OpenMetrics: ${name}`, () => {
    assert.equal(write("openmetrics", family, ...samples), openMetrics);
  });
}

test("nothing written is an empty text exposition, and an end marker in OpenMetrics", () => {
  assert.equal(new ExpositionWriter("text").finish(), "");
  assert.equal(new ExpositionWriter("openmetrics").finish(), "# EOF\n");
});

test("take hands over what was written and forgets it", () => {
  const writer = new ExpositionWriter("openmetrics");
  writer.family({ name: "a", type: "gauge", help: "" });
  assert.equal(writer.length, "# TYPE a gauge\n".length);
  assert.equal(writer.take(), "# TYPE a gauge\n");
  writer.sample([], 1);
  assert.equal(writer.finish(), "a 1\n# EOF\n");
});

test("bounds follow the format", () => {
  assert.equal(new ExpositionWriter("text").bound(1), "1");
  assert.equal(new ExpositionWriter("openmetrics").bound(1), "1.0");
});

test("a family that was written already is refused", () => {
  const writer = new ExpositionWriter("text");
  writer.family({ name: "a_total", type: "counter", help: "" });
  writer.family({ name: "b", type: "gauge", help: "" });
  assert.throws(
    () => writer.family({ name: "a", type: "counter", help: "" }),
    new Error("family a was already written"),
  );
});

test("a unit that the name does not end in is refused", () => {
  assert.throws(
    () => write("text", { name: "wait", type: "gauge", help: "", unit: "seconds" }),
    new Error("family wait does not end in its unit, _seconds"),
  );
});

test("a sample before any family is refused", () => {
  assert.throws(
    () => new ExpositionWriter("text").sample([], 1),
    new Error("a sample needs a family before it"),
  );
});
