import { entryOf } from "./comparison_row.ts";
import { PEERS, takingPart, WEIR, weirs } from "./contestants.ts";
import { type Entry, measure } from "./measure.ts";
import { type Measurement, type Row, seriesProblems, type Verdict } from "./row.ts";
import { sampleCounts } from "./samples.ts";
import type { Bench } from "./setting.ts";
import {
  FIFTY_TARGETS,
  FLEET,
  LABEL_POLICY,
  manyPolicies,
  SUMMED_FLEET,
  TIER,
  type Workload,
} from "./workload.ts";

/** Weir beside itself with a hundred and eight hundred times the policies. */
export function policies(name: string, what: string): Row {
  return ownRow(
    { name, what, samples: [LABEL_POLICY.sample] },
    (bench) =>
      [10, 1_000, 8_000].map((count) => ({
        ...entryOf(bench, WEIR, manyPolicies(count)),
        label: `weir, ${count} policies`,
      })),
    ([, thousand, most]) => [
      { what: "CPU time of 1,000 to 10", unit: "×", atMost: 1.2, found: thousand.ratio },
      { what: "CPU time of 8,000 to 10", unit: "×", atMost: 1.5, found: most.ratio },
    ],
  );
}

/** The CPU time of a line, in half of a sample and in all of it. */
export function linear(name: string, what: string, workload: Workload): Row {
  return ownRow(
    { name, what, samples: ["half", "ingress"] },
    (bench) => [
      { ...entryOf(bench, WEIR, { ...workload, sample: "half" }), label: "weir, half" },
      { ...entryOf(bench, WEIR, workload), label: "weir, all" },
    ],
    ([, all], { options: { scale } }) => {
      const [less, more] = (["half", "ingress"] as const)
        .map((sample) => sampleCounts(sample, scale).lines);
      const found = all.ratio * less / more;
      return [{ what: "CPU time a line, all to half", unit: "×", atMost: 1.1, found }];
    },
  );
}

export function fourAtOnce(name: string, what: string, workload: Workload): Row {
  return ownRow(
    { name, what, samples: [workload.sample] },
    (bench) => {
      const entry = entryOf(bench, WEIR, workload);
      return [
        { ...entry, label: "weir, one" },
        { ...entry, label: "weir, four at once", atOnce: 4 },
      ];
    },
    ([one, four]) => {
      const found = four.peakMebibytes / one.peakMebibytes;
      return [{ what: "peak resident, four to one", unit: "×", atMost: 2, found }];
    },
  );
}

export function tier(name: string, what: string): Row {
  return ownRow(
    { name, what, samples: [TIER.sample] },
    (bench) => [entryOf(bench, WEIR, TIER)],
    ([weir]) => [{ what: "peak resident", unit: "MiB", atMost: 64, found: weir.peakMebibytes }],
  );
}

/** Microseconds that a line takes, at most so many. */
export function timePerLine(name: string, what: string, workload: Workload, atMost: number): Row {
  return ownRow(
    { name, what, samples: [workload.sample] },
    (bench) => {
      const peers = takingPart(bench, PEERS).filter(({ name, refuses }) =>
        name === "metric-gate" && refuses(workload) === undefined
      );
      return [...weirs(bench), ...peers].map((each) => entryOf(bench, each, workload));
    },
    ([{ cpuSeconds, peakMebibytes }], { options: { scale } }) => {
      const found = cpuSeconds * 1e6 / sampleCounts(workload.sample, scale).lines;
      return [
        { what: "CPU time", unit: "µs a line", atMost, found },
        { what: "peak resident", unit: "MiB", atMost: undefined, found: peakMebibytes },
      ];
    },
  );
}

/** A gateway that sums fifty targets, beside one target that has the series of all. */
export function fiftyTargets(name: string, what: string): Row {
  return ownRow(
    { name, what, samples: [FLEET.sample, FIFTY_TARGETS.sample] },
    (bench) =>
      weirs(bench).flatMap((weir) => [
        { ...entryOf(bench, weir, FLEET), label: `${weir.name}, one` },
        { ...entryOf(bench, weir, SUMMED_FLEET), label: `${weir.name}, one, summed` },
        { ...entryOf(bench, weir, FIFTY_TARGETS), label: `${weir.name}, fifty` },
      ]),
    ([, summed, fifty]) => [
      { what: "CPU time, fifty to one", unit: "×", atMost: 1.2, found: fifty.ratio },
      {
        ...{ what: "CPU time, fifty to one, summed", unit: "×", atMost: undefined },
        found: fifty.ratio / summed.ratio,
      },
      { what: "peak resident", unit: "MiB", atMost: 150, found: fifty.peakMebibytes },
    ],
  );
}

/** A row in which Weir is measured beside itself. */
function ownRow(
  row: Omit<Row, "run">,
  entries: (bench: Bench) => Entry[],
  verdicts: (measurements: readonly Measurement[], bench: Bench) => Verdict[],
): Row {
  return {
    ...row,
    async run(bench) {
      const measurements = await measure(entries(bench), bench.options.runs);
      const problems = seriesProblems(measurements);
      return { measurements, notMeasured: [], verdicts: verdicts(measurements, bench), problems };
    },
  };
}
