/** What `check --scrape` says of rules on histograms that are native, classic or both. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { runCheck } from "../support/cli/memory_files.ts";
import { NATIVE_BODY } from "../support/exposition/native_families.ts";

interface NativeCase {
  readonly name: string;
  /** A YAML list, one rule a line. */
  readonly rules: string;
  /** The lines of the check below the settings, without the file's name. */
  readonly said: readonly string[];
}

const KEEPS_CLASSIC =
  "it keeps the classic part of histograms and not their native one, which has the family's name";
const LEAVES_NATIVE =
  "it drops the classic part of histograms and not their native one, which has the family's name";

const CASES: readonly NativeCase[] = [
  {
    name: "a list of classic names to keep drops the native histograms",
    rules: "- {source_labels: [__name__], regex: 'both_seconds_(bucket|sum|count)', action: keep}",
    said: [`${KEEPS_CLASSIC}: both_seconds (2 histograms) (drops-native)`, "1 lint"],
  },
  {
    name: "so does one of bounds",
    rules: "- {source_labels: [le], regex: '.+', action: keep}",
    said: [
      "it leaves histograms that cannot be read as such: both_seconds without _sum and _count " +
      "(2 histograms) (splits-histogram)",
      `${KEEPS_CLASSIC}: both_seconds (2 histograms) (drops-native)`,
      "2 lints",
    ],
  },
  {
    name: "a list with the family's name keeps all",
    rules:
      "- {source_labels: [__name__], regex: 'both_seconds(_bucket|_sum|_count)?', action: keep}",
    said: ["no lints"],
  },
  {
    name: "a rule for classic names leaves the native histograms",
    rules: "- {source_labels: [__name__], regex: 'both_seconds_(bucket|sum|count)', action: drop}",
    said: [`${LEAVES_NATIVE}: both_seconds (2 histograms) (leaves-native)`, "1 lint"],
  },
  {
    name: "a rule for the buckets alone is what saves series",
    rules: "- {source_labels: [__name__], regex: both_seconds_bucket, action: drop}",
    said: ["no lints"],
  },
  {
    name: "a rule for the family's name speaks of the native histograms",
    rules: "- {source_labels: [__name__], regex: both_seconds, action: drop}",
    said: ["no lints"],
  },
  {
    name: "a native histogram keeps its own sum and count",
    rules: "- {source_labels: [__name__], regex: both_seconds_(sum|count), action: drop}",
    said: ["no lints"],
  },
  {
    name: "without it the histogram is split",
    rules: "- {source_labels: [__name__], regex: both_seconds(_sum|_count)?, action: drop}",
    said: [
      "it leaves histograms that cannot be read as such: both_seconds without _sum and _count " +
      "(2 histograms) (splits-histogram)",
      "1 lint",
    ],
  },
  {
    name: "what is native alone has no other part",
    rules: "- {source_labels: [__name__], regex: 'native_seconds|jobs_total', action: drop}",
    said: ["no lints"],
  },
  {
    name: "bounds are dropped from classic parts alone",
    rules: "- {source_labels: [le], regex: '0\\.1', action: drop}",
    said: ["no lints"],
  },
];

for (const { name, rules, said } of CASES) {
  test(name, async () => {
    const files = { "rules.yaml": rules, "a.pb": NATIVE_BODY };
    const line = "-H http://x/metrics --relabel-file rules.yaml --scrape a.pb";
    const { status, stdout } = await runCheck(line, files);
    const at = stdout.findIndex((text) => text.startsWith("sample scrape"));
    equal(stdout[at], "sample scrape       15 samples, 0 dropped by policies");
    deepEqual(
      stdout.slice(at + 1).map((text) =>
        text.replace("rules.yaml: metric_relabel_configs[0]: ", "")
      ),
      said,
    );
    equal(status, said[0] === "no lints" ? 0 : 1);
  });
}
