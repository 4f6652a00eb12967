/*
 * What one target says of its families, and of its samples' times, becomes a part of an answer for all
 * targets: Prometheus has to be able to read it, whatever the target said.
 */
import { type MergedCase, testMerged } from "../support/gateway/merged_case.ts";

const OTHER = "other 5\n";

interface Row {
  readonly what: string;
  readonly said: string;
  /** What becomes of it in an answer in the text format, and in OpenMetrics. */
  readonly text: string;
  readonly openMetrics: string;
}

/** A TYPE in the word of the format of the answer; none for a word that is none. */
const TYPES: readonly (readonly [said: string, text: string, openMetrics: string])[] = [
  ["gauge", "gauge", "gauge"],
  ["stateset", "gauge", "stateset"],
  ["unknown", "untyped", "unknown"],
  ["untyped", "untyped", "unknown"],
  ["gaugehistogram", "untyped", "gaugehistogram"],
];
const NO_TYPES = ["bogus", "Gauge", "gauge ", " gauge", "gauge\r", "gauge counter", "", " "];

const rows: readonly Row[] = [
  ...TYPES.map(([said, text, openMetrics]): Row => ({
    what: `TYPE ${said}`,
    said: `# TYPE p ${said}\np 1\n`,
    text: `# TYPE p ${text}\np 1\n`,
    openMetrics: `# TYPE p ${openMetrics}\np 1\n`,
  })),
  ...NO_TYPES.map((said): Row => ({
    what: `TYPE ${JSON.stringify(said)}`,
    said: `# HELP p Pods.\n# TYPE p ${said}\np 1\n`,
    text: "# HELP p Pods.\np 1\n",
    openMetrics: "# HELP p Pods.\np 1\n",
  })),
  {
    what: "a UNIT that is the end of the name",
    said: "# TYPE p_seconds gauge\n# UNIT p_seconds seconds\np_seconds 1\n",
    text: "# TYPE p_seconds gauge\np_seconds 1\n",
    openMetrics: "# TYPE p_seconds gauge\n# UNIT p_seconds seconds\np_seconds 1\n",
  },
  {
    what: "a UNIT that is not the end of the name",
    said: "# TYPE p gauge\n# UNIT p seconds\np 1\n",
    text: "# TYPE p gauge\np 1\n",
    openMetrics: "# TYPE p gauge\np 1\n",
  },
  {
    what: "a UNIT that is the end of the name without a _ before it",
    said: "# TYPE pseconds gauge\n# UNIT pseconds seconds\npseconds 1\n",
    text: "# TYPE pseconds gauge\npseconds 1\n",
    openMetrics: "# TYPE pseconds gauge\npseconds 1\n",
  },
  {
    what: "a UNIT that is the whole name",
    said: "# TYPE seconds gauge\n# UNIT seconds seconds\nseconds 1\n",
    text: "# TYPE seconds gauge\nseconds 1\n",
    openMetrics: "# TYPE seconds gauge\nseconds 1\n",
  },
  {
    what: "a UNIT of no text",
    said: "# TYPE p gauge\n# UNIT p \np 1\n",
    text: "# TYPE p gauge\np 1\n",
    openMetrics: "# TYPE p gauge\n# UNIT p \np 1\n",
  },
];

const asOpenMetrics = (text: string) => `${text}# EOF\n`;

testMerged(
  rows.flatMap(({ what, said, text, openMetrics }): MergedCase[] =>
    [said, asOpenMetrics(said)].flatMap((bad, index): MergedCase[] => {
      const from = index === 0 ? "text" : "OpenMetrics";
      return [
        {
          what: `${what}, ${from} answered as text`,
          scrapes: [{ answers: { bad, good: OTHER }, format: "text", expected: text + OTHER }],
        },
        {
          what: `${what}, ${from} answered as OpenMetrics`,
          scrapes: [{
            answers: { bad, good: asOpenMetrics(OTHER) },
            format: "openmetrics",
            expected: asOpenMetrics(openMetrics + OTHER),
          }],
        },
      ];
    })
  ),
);

/** What a target says in its format of a time, and what an answer says of it. */
const TIMES: readonly (readonly [
  said: string,
  from: "text" | "openmetrics",
  text: string,
  openMetrics: string,
])[] = [
  ["1700000000123", "text", " 1700000000123", " 1700000000.123"],
  ["0", "text", " 0", " 0"],
  ["9007199254740992", "text", " 9007199254740992", " 9007199254740.992"],
  ["99999999999999999", "text", " 100000000000000000", " 100000000000000"],
  ["9223372036854775807", "text", " 9223372036854775807", " 9.223372036854776e+15"],
  ["1700000000.123", "openmetrics", " 1700000000123", " 1700000000.123"],
  ["-0.5", "openmetrics", "", " -0.5"],
  ["-3", "openmetrics", "", " -3"],
  ["1e16", "openmetrics", " 9223372036854775807", " 1e+16"],
  ["1e300", "openmetrics", " 9223372036854775807", " 1e+300"],
  ["1.5e308", "openmetrics", " 9223372036854775807", " 1.7976931348623156e+305"],
  ["-1.5e308", "openmetrics", "", " -1.7976931348623156e+305"],
];

testMerged(TIMES.flatMap(([said, from, text, openMetrics]): MergedCase[] => {
  const bad = from === "text" ? `p 1 ${said}\n` : asOpenMetrics(`p 1 ${said}\n`);
  return [
    {
      what: `the time ${said} of ${from} answered as text`,
      scrapes: [{
        answers: { bad, good: OTHER },
        format: "text",
        expected: `p 1${text}\n${OTHER}`,
      }],
    },
    {
      what: `the time ${said} of ${from} answered as OpenMetrics`,
      scrapes: [{
        answers: { bad, good: asOpenMetrics(OTHER) },
        format: "openmetrics",
        expected: asOpenMetrics(`p 1${openMetrics}\n${OTHER}`),
      }],
    },
  ];
}));

testMerged([{
  what: "HELP that is not UTF-8",
  scrapes: [{
    answers: {
      bad: {
        bytes: Uint8Array.from("# HELP p a\xff\xc0b\np 1\n", (byte) => byte.charCodeAt(0)),
        openMetrics: false,
      },
      good: OTHER,
    },
    expected: `# HELP p a\ufffd\ufffdb\np 1\n${OTHER}`,
  }],
}]);
