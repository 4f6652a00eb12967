import { comparison, streamingComparison } from "./comparison_row.ts";
import { everydayRow } from "./everyday_row.ts";
import type { EverydayName } from "./everyday_samples.ts";
import { fiftyTargets, fourAtOnce, linear, policies, tier, timePerLine } from "./own_rows.ts";
import { fiftyScrapes, idle, start } from "./process_rows.ts";
import type { Row } from "./row.ts";
import { shadowRow } from "./shadow_row.ts";
import {
  BUCKET_RULE,
  CAPTURE,
  DISTINCT_LABEL,
  DISTINCT_RULE,
  everyday,
  LABEL_POLICY,
  LABEL_RULE,
  manyPolicies,
  NAME_POLICY,
  NAME_RULE,
  PASS,
  PROTOBUF_RULE,
  PROTOBUF_SUM,
  SMALL_NAME_POLICY,
  SUM,
  type Workload,
} from "./workload.ts";

/** Small targets that are scraped again and again. */
const EVERYDAY_ROWS: readonly Row[] = [
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
  everydayRow(
    "everyday-proto",
    "the same in protobuf",
    everyday("node-proto"),
    { scrapes: 320, peakMebibytes: 64 },
  ),
  generated("400x3", "400 families of 3 series, 240 kB", 0.3),
  generated("400x10", "400 of 10, 660 kB", 0.25),
  generated("100x60", "100 of 60, 920 kB", 0.2),
  generated("50x1000", "50 of 1,000, 7.5 MB", 0.15),
  small("small-pass", "node_exporter, no policies, no rules", { ...PASS, sample: "node" }, 1.2),
  small("small-policy", "node_exporter, one policy on the name", SMALL_NAME_POLICY, 1.4),
  small(
    "small-policies",
    "node_exporter, the same among 100 policies",
    manyPolicies(100, SMALL_NAME_POLICY),
    1.5,
  ),
];

/** What trying rules costs. */
const SHADOW_ROWS: readonly Row[] = [
  shadowRow("shadow-node", "everyday-node, its rules in shadow", everyday("node"), {
    scrapes: 320,
    toEnforced: 1.25,
  }),
  shadowRow("shadow-100x60", "everyday-100x60, its rules in shadow", everyday("100x60"), {
    scrapes: 160,
    toEnforced: 1.25,
  }),
];

/** All rows, in the order in which they are measured. */
export const ROWS: readonly Row[] = [
  ...EVERYDAY_ROWS,
  ...SHADOW_ROWS,
  comparison("pass-through", "no policies, no rules", PASS, {}),
  comparison("name-policy", "half of the lines dropped by a policy on the name", NAME_POLICY, {
    ratio: 1,
  }),
  comparison("name-rule", "the same by a relabel rule", NAME_RULE, { ratio: 1 }),
  comparison("label-policy", "half of the lines dropped by a policy on a label", LABEL_POLICY, {
    ratio: 1.5,
  }),
  streamingComparison("bucket-rule", "all buckets dropped by a relabel rule", BUCKET_RULE, {
    ratio: 1,
    peakMebibytes: 64,
  }),
  streamingComparison("label-rule", "half of the lines dropped by a rule on a label", LABEL_RULE, {
    ratio: 1.2,
    peakMebibytes: 64,
  }),
  streamingComparison("sum", "labeldrop of path, and the sum of what collides", SUM, {
    ratio: 1.5,
    peakMebibytes: 90,
  }),
  streamingComparison("proto-name", "name-rule, in protobuf", PROTOBUF_RULE, {
    ratio: 1,
    peakMebibytes: 64,
  }),
  streamingComparison("proto-sum", "sum, in protobuf", PROTOBUF_SUM, {}),
  policies("policies", "10, 1,000 and 8,000 policies, of which one drops"),
  linear("linear-label", "label-policy on half of the ingresses and on all", LABEL_POLICY),
  linear("linear-sum", "sum on half of the ingresses and on all", SUM),
  fourAtOnce("four-label", "label-policy four times at once", LABEL_POLICY),
  fourAtOnce("four-sum", "sum four times at once", SUM),
  fiftyScrapes("fifty-label", "label-policy fifty times in a row", LABEL_POLICY),
  fiftyScrapes("fifty-sum", "sum fifty times in a row", SUM),
  tier("shrink", "1 GB filtered down to 1 MB by a policy on a label"),
  timePerLine(
    "distinct-label",
    "a policy's regex on a label of 1,000,000 values",
    DISTINCT_LABEL,
    1.5,
  ),
  timePerLine("distinct-rule", "a drop rule's regex on the same label", DISTINCT_RULE, 1.5),
  timePerLine("distinct-capture", "a rule that rewrites a label of 1,000,000 values", CAPTURE, 3),
  fiftyTargets("fifty-targets", "50 targets of 20,000 series beside one of 1,000,000"),
  idle("idle", "memory without a scrape"),
  start("start", "from the start of the process to its first 200"),
];

/** At most so many times the CPU time of metric-gate, without gzip. */
function generated(sample: EverydayName, what: string, lateToMetricGate: number): Row {
  const targets = { scrapes: 80, lateToMetricGate, peakMebibytes: 64 };
  return everydayRow(`everyday-${sample}`, what, everyday(sample), targets);
}

/** At most so many times the CPU time of the bare proxy that compresses, with gzip. */
function small(name: string, what: string, workload: Workload, lateToGzip: number): Row {
  return everydayRow(name, what, workload, { scrapes: 320, lateToGzip, peakMebibytes: 64 }, [true]);
}
