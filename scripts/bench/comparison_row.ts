import {
  type Contestant,
  NGINX,
  PEERS,
  takingPart,
  UNBUFFERED_NGINX,
  WEIR,
  weirs,
} from "./contestants.ts";
import { type Entry, measure } from "./measure.ts";
import { type Findings, type Measurement, type Row, seriesProblems, type Verdict } from "./row.ts";
import { sampleCounts } from "./samples.ts";
import type { Bench } from "./setting.ts";
import { PASS, type Workload } from "./workload.ts";

export interface ComparisonTargets {
  /** Of Weir's CPU time, to nginx's. */
  readonly ratio?: number;
  readonly peakMebibytes?: number;
}

/** Weir and its peers beside nginx, which passes the same file on as it is: the first is the yardstick. */
export function comparison(
  name: string,
  what: string,
  workload: Workload,
  targets: ComparisonTargets,
  yardsticks: readonly Contestant[] = [NGINX],
): Row {
  return {
    name,
    what,
    samples: [workload.sample],
    async run(bench): Promise<Findings> {
      const wanted = takingPart(bench, [...weirs(bench), ...PEERS]);
      const measured = wanted.filter(({ refuses }) => refuses(workload) === undefined);
      const notMeasured = wanted.filter((contestant) => !measured.includes(contestant))
        .map((contestant) => `${contestant.name}: ${contestant.refuses(workload)}`);
      const entries = [
        ...yardsticks.map((nginx) => entryOf(bench, nginx, { ...PASS, sample: workload.sample })),
        ...measured.map((contestant) => entryOf(bench, contestant, workload)),
      ];
      const measurements = await measure(entries, bench.options.runs);
      const weir = measurements.find(({ label }) => label === WEIR.name);
      return {
        measurements,
        notMeasured,
        verdicts: weir === undefined ? [] : verdictsOn(weir, targets, yardsticks[0].name),
        problems: seriesProblems(measurements),
      };
    },
  };
}

/** The same beside nginx that does not gather what it hands on; the other nginx is shown, too. */
export function streamingComparison(
  name: string,
  what: string,
  workload: Workload,
  targets: ComparisonTargets,
): Row {
  return comparison(name, what, workload, targets, [UNBUFFERED_NGINX, NGINX]);
}

export function entryOf(bench: Bench, contestant: Contestant, workload: Workload): Entry {
  return {
    label: contestant.name,
    alone: contestant.alone,
    start: () => contestant.start(bench, workload),
    wantedSeries: sampleCounts(workload.sample, bench.options.scale).series[workload.work]!,
  };
}

function verdictsOn(
  weir: Measurement,
  { ratio, peakMebibytes }: ComparisonTargets,
  yardstick: string,
): Verdict[] {
  const cpu = {
    what: `CPU time to ${yardstick}`,
    unit: "×",
    atMost: ratio,
    found: weir.ratio,
  } as const;
  const peak = { what: "peak resident", unit: "MiB", found: weir.peakMebibytes } as const;
  return [cpu, { ...peak, atMost: peakMebibytes }];
}
