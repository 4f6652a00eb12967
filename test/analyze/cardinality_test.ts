import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { analyzed, labelOf, metricOf } from "../support/analyze/analyzed.ts";

const REQUESTS = `# HELP http_requests_total Requests.
# TYPE http_requests_total counter
http_requests_total{path="/a",code="200"} 10
http_requests_total{path="/b",code="200"} 2
http_requests_total{path="/b",code="500"} 1

# TYPE up gauge
up 1
`;

test("an exposition is counted by metric, label and value", () => {
  const { recommendations: _, hints: __, ...report } = analyzed(REQUESTS);
  deepEqual(report, {
    series: 4,
    bytes: 227,
    estimated: false,
    lines: 8,
    samples: 4,
    unreadable: 0,
    unlisted: 0,
    metrics: [
      {
        name: "http_requests_total",
        family: "http_requests_total",
        type: "counter",
        series: 3,
        share: 0.75,
        bytes: 133,
        samples: 3,
        estimated: false,
        labels: [
          {
            name: "code",
            series: 3,
            distinct: 2,
            estimated: false,
            values: [{ text: "200", series: 2 }, { text: "500", series: 1 }],
            complete: true,
            error: 0,
            without: { series: 2, bytes: 67, estimated: false },
          },
          {
            name: "path",
            series: 3,
            distinct: 2,
            estimated: false,
            values: [{ text: "/b", series: 2 }, { text: "/a", series: 1 }],
            complete: true,
            error: 0,
            without: { series: 2, bytes: 69, estimated: false },
          },
        ],
        unfollowed: [],
      },
      {
        name: "up",
        family: "up",
        type: "gauge",
        series: 1,
        share: 0.25,
        bytes: 5,
        samples: 1,
        estimated: false,
        labels: [],
        unfollowed: [],
      },
    ],
    families: [
      {
        name: "http_requests_total",
        type: "counter",
        series: 3,
        share: 0.75,
        bytes: 133,
        samples: 3,
        estimated: false,
        metrics: ["http_requests_total"],
      },
      {
        name: "up",
        type: "gauge",
        series: 1,
        share: 0.25,
        bytes: 5,
        samples: 1,
        estimated: false,
        metrics: ["up"],
      },
    ],
    labels: [
      {
        name: "code",
        series: 3,
        distinct: 2,
        estimated: false,
        metrics: ["http_requests_total"],
        without: { series: 3, bytes: 161, estimated: false },
      },
      {
        name: "path",
        series: 3,
        distinct: 2,
        estimated: false,
        metrics: ["http_requests_total"],
        without: { series: 3, bytes: 163, estimated: false },
      },
    ],
  });
});

test("chunks may be cut anywhere", () => {
  const whole = analyzed(REQUESTS);
  for (const size of [1, 2, 7, 40]) deepEqual(analyzed(REQUESTS, { size }), whole);
});

test("an empty exposition has nothing", () => {
  const { series, metrics, recommendations } = analyzed("");
  deepEqual({ series, metrics, recommendations }, { series: 0, metrics: [], recommendations: [] });
});

interface Counted {
  readonly name: string;
  readonly input: string;
  /** Series, then distinct values and series left by label. */
  readonly series: number;
  readonly labels: Readonly<Record<string, readonly [distinct: number, left: number]>>;
}

const COUNTED: readonly Counted[] = [
  {
    name: "the order of labels and the blanks between them do not matter",
    input: 'x{a="1",b="2"} 1\nx{ b="2" , a="1", } 2\n',
    series: 1,
    labels: { a: [1, 1], b: [1, 1] },
  },
  {
    name: "an empty label is an absent one",
    input: 'x{a=""} 1\nx 2\nx{a="1"} 3\n',
    series: 2,
    labels: { a: [1, 1] },
  },
  {
    name: "a label that comes late",
    input: 'x{b="1"} 1\nx{b="2"} 1\nx{b="1",a="1"} 1\nx{b="2",a="1"} 1\nx{b="3",a="1"} 1\n',
    series: 5,
    labels: { b: [3, 2], a: [1, 3] },
  },
  {
    name: "a label that only the first sample has",
    input: 'x{a="1"} 1\nx 2\n',
    series: 2,
    labels: { a: [1, 1] },
  },
  {
    name: "the same value of two labels is not the same",
    input: 'x{a="1",b="2"} 1\nx{a="2",b="1"} 1\n',
    series: 2,
    labels: { a: [2, 2], b: [2, 2] },
  },
  {
    name: "a label twice in one sample counts once",
    input: 'x{a="1",a="2"} 1\nx{a="1"} 1\n',
    series: 1,
    labels: { a: [1, 1] },
  },
  {
    name: "values and timestamps are no part of a series, nor are exemplars",
    input: 'x{a="1"} 1 1735700000\nx{a="1"} 2 # {t="x"} 1\n',
    series: 1,
    labels: { a: [1, 1] },
  },
  {
    name: "UTF-8 names and escapes",
    input: '{"x","the \\"label\\""="a\\nb"} 1\n{"x","the \\"label\\""="c"} 1\n',
    series: 2,
    labels: { 'the "label"': [2, 1] },
  },
];

for (const { name, input, series, labels } of COUNTED) {
  test(name, () => {
    const report = analyzed(input);
    const metric = metricOf(report, "x");
    equal(metric.series, series);
    const found = metric.labels.map(({ name, distinct, without }) =>
      [name, [distinct, without.series]] as const
    );
    deepEqual(Object.fromEntries(found), labels);
  });
}

test("the parts of a histogram are metrics of one family", () => {
  const report = analyzed(
    "# TYPE h histogram\n" +
      ["0.1", "+Inf"].map((le) => `h_bucket{le="${le}"} 1\n`).join("") + "h_sum 1\nh_count 1\n",
  );
  deepEqual(
    report.families.map(({ name, type, series, metrics }) => [name, type, series, metrics]),
    [
      ["h", "histogram", 4, ["h_bucket", "h_count", "h_sum"]],
    ],
  );
});

test("a TYPE that comes behind its samples counts", () => {
  equal(metricOf(analyzed("a 1\n# TYPE a gauge\n"), "a").type, "gauge");
});

test("lines that cannot be read are counted apart", () => {
  const { series, unreadable, samples, lines } = analyzed(
    "a 1\nb{ 2\n\n# c\nd{e=1} 3\nf 1\r\ng 1\n",
  );
  deepEqual({ series, unreadable, samples, lines }, {
    series: 2,
    unreadable: 3,
    samples: 2,
    lines: 7,
  });
});

test("a line beyond what can be held is counted and not read", () => {
  const long = `a{b="${"x".repeat(2 ** 20)}"} 1\n`;
  const { lines, bytes, unreadable, series } = analyzed(`${long}b 1\n`);
  deepEqual([lines, bytes, unreadable, series], [2, long.length + 4, 1, 1]);
});

test("of many values the frequent ones are listed, with the error of their counts", () => {
  const often = 'x{a="often"} 1\n';
  let input = "";
  for (let i = 0; i < 5000; i++) input += `x{a="v${i}"} 1\nx{a="often",b="${i}"} 1\n`;
  const label = labelOf(analyzed(input + often), "x", "a");
  equal(label.distinct, 5001);
  equal(label.complete, false);
  equal(label.values.length <= 100, true);
  const [{ text, series }] = label.values;
  equal(text, "often");
  equal(series <= 5001 && series + label.error >= 5001, true, `${series} + ${label.error}`);
});

test("the error of listed counts stays below a hundredth of the series", () => {
  let input = "";
  for (let round = 0; round < 5; round++) {
    for (let i = 0; i < 2000; i++) {
      input += `x{a="v${i}",b="${round}"} 1\n`;
      if (i % 20 === 0) input += `x{a="often",b="${round} ${i}"} 1\n`;
    }
  }
  const { values, error } = labelOf(analyzed(input), "x", "a");
  equal(error <= 10_500 / 100, true, String(error));
  for (const { text, series } of values) {
    const truth = text === "often" ? 500 : 5;
    equal(series <= truth && series + error >= truth, true, text);
  }
});

test("of a long value the beginning is listed", () => {
  const value = "ü".repeat(5000);
  const { values } = labelOf(analyzed(`x{a="${value}"} 1\n`), "x", "a");
  deepEqual(values, [{ text: `${"ü".repeat(128)}…`, series: 1 }]);
});
