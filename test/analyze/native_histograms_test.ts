import { deepEqual, equal, match } from "node:assert/strict";
import { test } from "node:test";
import { previewText } from "../../src/analyze/preview_text.ts";
import { reportText } from "../../src/analyze/report_text.ts";
import { reportSvg } from "../../src/analyze/svg.ts";
import { analyzed, metricOf } from "../support/analyze/analyzed.ts";
import { previewed } from "../support/analyze/previewed.ts";
import { NATIVE_LINES } from "../support/exposition/native_families.ts";

const format = "lifted";

test("a native histogram is one series with its buckets, whatever its classic parts", () => {
  const report = analyzed(NATIVE_LINES, { format });
  deepEqual(report.native, { histograms: 3, buckets: 12 });
  equal(report.series, 15);
  const natives = report.metrics.map(({ name, native, series }) => [name, series, native]);
  deepEqual(natives, [
    ["both_seconds_bucket", 6, undefined],
    ["both_seconds", 2, { histograms: 2, buckets: 8 }],
    ["both_seconds_count", 2, undefined],
    ["both_seconds_sum", 2, undefined],
    ["jobs_total", 2, undefined],
    ["native_seconds", 1, { histograms: 1, buckets: 4 }],
  ]);
  const [both] = report.families;
  deepEqual([both.name, both.series, both.native], ["both_seconds", 12, {
    histograms: 2,
    buckets: 8,
  }]);
  equal(metricOf(report, "both_seconds").labels[0].without.series, 1);
});

test("its bytes are those of its line", () => {
  const { bytes } = metricOf(analyzed(NATIVE_LINES, { format }), "native_seconds");
  equal(bytes, NATIVE_LINES.split("\n").at(-2)!.length + 1);
});

test("the text tells of native histograms, and only where there are some", () => {
  const report = analyzed(NATIVE_LINES, { format });
  const lines = reportText(report, 20);
  equal(lines[0], "15 series, 6 metrics, 3 native histograms with 12 buckets, 1.07 kB");
  const [native] = lines.filter((line) => line.includes(" native_seconds (histogram"));
  equal(
    native,
    "1 native_seconds (histogram, 6.7 %, 172 B, 1 native histogram with 4 buckets)",
  );
  match(reportSvg(report), /15 series, 1\.07 kB, 3 native histograms with 12 buckets</);

  const text = analyzed("# TYPE a gauge\na 1\n");
  equal(JSON.stringify(text).includes("native"), false);
  equal(reportText(text, 20)[0], "1 series, 1 metrics, 19 B");
});

test("in text a composite value is no sample", () => {
  for (const format of ["text", "openmetrics"] as const) {
    const { unreadable, native } = analyzed(NATIVE_LINES, { format });
    deepEqual([unreadable, native], [3, undefined]);
  }
});

test("of a family that is native too, dropping the buckets says who has to change", () => {
  const { recommendations } = analyzed(NATIVE_LINES, { format });
  const found = recommendations.find(({ summary }) => summary.startsWith("drop both_seconds_b"))!;
  equal(found.summary, "drop both_seconds_bucket: 15 → 9 series, 1.07 kB → 808 B");
  deepEqual(found.warnings, [
    "both_seconds keeps its native histograms: what reads both_seconds_bucket has to read " +
    "both_seconds, without le",
  ]);
  equal(
    found.yaml,
    "- action: drop\n  source_labels: [__name__]\n  regex: both_seconds_bucket",
  );
});

test("a preview counts them before and after", async () => {
  const report = await previewed(NATIVE_LINES, {
    rules: [{ action: "drop", source_labels: ["__name__"], regex: "both_seconds_bucket" }],
    options: { format },
  });
  deepEqual(previewText(report, 20).slice(0, 3), [
    "series  15 → 9",
    "bytes   1.07 kB → 808 B",
    "samples 15 in, 9 out, 0 dropped by policies, 6 by rules, 0 merged",
  ]);
});

interface HintCase {
  readonly name: string;
  /** Bounds of each histogram, `+Inf` besides. */
  readonly bounds: number;
  readonly histograms: number;
  /** Gauges that stand beside them. */
  readonly others?: number;
  readonly type?: string;
  readonly native?: boolean;
  readonly hints: readonly string[];
}

const HINTS: readonly HintCase[] = [
  {
    name: "classic histograms of many buckets could be native ones",
    bounds: 11,
    histograms: 3,
    hints: ["h as native histograms: 42 → 3 series"],
  },
  { name: "few buckets cost little", bounds: 8, histograms: 3, hints: [] },
  {
    name: "ten buckets, +Inf among them, are many",
    bounds: 9,
    histograms: 1,
    hints: ["h as native histograms: 12 → 1 series"],
  },
  {
    name: "less than a hundredth is not worth it",
    bounds: 11,
    histograms: 1,
    others: 1400,
    hints: [],
  },
  { name: "they are native already", bounds: 11, histograms: 1, native: true, hints: [] },
  { name: "without a TYPE nobody knows", bounds: 11, histograms: 1, type: "untyped", hints: [] },
];

for (const { name, bounds, histograms, others = 0, type = "histogram", native, hints } of HINTS) {
  test(`hints: ${name}`, () => {
    const value = NATIVE_LINES.split(" ").at(-1)!;
    const lines = [
      `# TYPE h ${type}`,
      ...Array.from({ length: histograms }, (_, i) => [
        ...Array.from({ length: bounds }, (_, at) => `h_bucket{i="${i}",le="${at}.0"} 1`),
        `h_bucket{i="${i}",le="+Inf"} 1`,
        `h_sum{i="${i}"} 1`,
        `h_count{i="${i}"} 1`,
        ...native ? [`h{i="${i}"} ${value.trim()}`] : [],
      ]).flat(),
      "# TYPE g gauge",
      ...Array.from({ length: others }, (_, i) => `g{i="${i}"} 1`),
    ];
    const report = analyzed(`${lines.join("\n")}\n`, { format });
    equal(report.unreadable, 0);
    deepEqual(report.hints.map(({ summary }) => summary), hints);
    const text = reportText(report, 20);
    const at = text.indexOf("What the application itself could do:");
    deepEqual(at < 0 ? [] : text.slice(at + 2), hints.map((hint) => `# ${hint}`));
  });
}
