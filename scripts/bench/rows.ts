import { comparison } from "./comparison_row.ts";
import { capture, distinctLabel, fourAtOnce, linear, policies, tier } from "./own_rows.ts";
import { everydayRow } from "./everyday_row.ts";
import type { EverydayName } from "./everyday_samples.ts";
import type { Row } from "./row.ts";
import { fiftyScrapes, idle, start } from "./process_rows.ts";
import {
  everyday,
  LABEL_POLICY,
  LABEL_RULE,
  NAME_POLICY,
  NAME_RULE,
  PASS,
  SUM,
} from "./workload.ts";

/** All rows, in the order in which they are measured. */
export const ROWS: readonly Row[] = [
  comparison("pass-through", "no policies, no rules", PASS, {}),
  comparison("name-policy", "half of the lines dropped by a policy on the name", NAME_POLICY, {
    ratio: 1,
  }),
  comparison("name-rule", "the same by a relabel rule", NAME_RULE, { ratio: 1 }),
  comparison("label-policy", "half of the lines dropped by a policy on a label", LABEL_POLICY, {
    ratio: 1.5,
  }),
  comparison("label-rule", "the same by a relabel rule", LABEL_RULE, { ratio: 1.5 }),
  comparison("sum", "labeldrop of path, and the sum of what meets", SUM, {
    ratio: 1.5,
    peakMebibytes: 96,
  }),
  policies("policies", "10, 1,000 and 8,000 policies, of which one drops"),
  linear("linear-label", "label-policy on half of the ingresses and on all", LABEL_POLICY),
  linear("linear-sum", "sum on half of the ingresses and on all", SUM),
  fourAtOnce("four-label", "label-policy four times at once", LABEL_POLICY),
  fourAtOnce("four-sum", "sum four times at once", SUM),
  fiftyScrapes("fifty-label", "label-policy fifty times in a row", LABEL_POLICY),
  fiftyScrapes("fifty-sum", "sum fifty times in a row", SUM),
  tier("shrink", "1 GB filtered down to 1 MB by a policy on a label"),
  distinctLabel("distinct-label", "a policy's regex on a label of 1,000,000 values"),
  capture("distinct-capture", "a rule that rewrites a label of 1,000,000 values"),
  everydayRow(
    "everyday-node",
    "node_exporter, 58 kB: labeldrop, and a drop by name",
    everyday("node"),
    {
      scrapes: 320,
      ...{ earlyToMetricGate: 1, lateToMetricGate: 0.5, lateToStream: 1.5, lateToGzip: 1.25 },
      ...{ anonymousMebibytes: 12, restedAnonymousMebibytes: 10, residentMebibytes: 52 },
      peakMebibytes: 64,
    },
  ),
  ...generatedRows(),
  idle("idle", "memory without a scrape"),
  start("start", "from the start of the process to its first 200"),
];

/** The same on generated targets: what they are, and the target of CPU time to metric-gate's. */
function generatedRows(): Row[] {
  const rows: readonly [EverydayName, string, number][] = [
    ["400x3", "400 families of 3 series, 240 kB", 0.3],
    ["400x10", "400 of 10, 660 kB", 0.25],
    ["100x60", "100 of 60, 920 kB", 0.2],
    ["50x1000", "50 of 1,000, 7.5 MB", 0.15],
  ];
  return rows.map(([sample, what, lateToMetricGate]) => {
    const targets = { scrapes: 80, lateToMetricGate, peakMebibytes: 64 };
    return everydayRow(`everyday-${sample}`, what, everyday(sample), targets);
  });
}
