import { bareProxy, type Contestant, PEERS, takingPart, WEIR, weirs } from "./contestants.ts";
import {
  early,
  type EverydayEntry,
  type EverydayFigures,
  type EverydayMeasurement,
  late,
  measureEveryday,
  type Pace,
  ratioOf,
  startAndFirst,
} from "./everyday_measure.ts";
import { measurePrometheus } from "./everyday_prometheus.ts";
import { type Findings, type Row, seriesProblems, type Verdict } from "./row.ts";
import { sampleCounts } from "./samples.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

const BARE = [bareProxy("plain"), bareProxy("stream"), bareProxy("gzip")];
const [PLAIN, STREAM, GZIP] = BARE.map(({ name }) => name);
const METRIC_GATE = "metric-gate";
const OTHERS = [METRIC_GATE, "prometheus", PLAIN, STREAM, GZIP];

/** Of Weir: its CPU time as a ratio to that of another in the same run, and its memory. */
export interface EverydayTargets {
  /** Scrapes in a run; the last targets speak of all from the 22nd on. */
  readonly scrapes: number;
  readonly lateToMetricGate?: number;
  readonly earlyToMetricGate?: number;
  readonly lateToStream?: number;
  /** With gzip asked for. */
  readonly lateToGzip?: number;
  readonly anonymousMebibytes?: number;
  readonly restedAnonymousMebibytes?: number;
  readonly residentMebibytes?: number;
  readonly peakMebibytes: number;
}

/** Many scrapes of a small target by one client: by Weir, its other versions, peers and bare proxies. */
export function everydayRow(
  name: string,
  what: string,
  workload: Workload,
  targets: EverydayTargets,
  gzips: readonly boolean[] = [false, true],
): Row {
  return {
    ...{ name, what, samples: [workload.sample], canBePaced: true },
    async run(bench): Promise<Findings> {
      const { runs, scrapes, every, rest } = bench.options;
      const contestants = contestantsOf(bench);
      const able = contestants.filter(({ refuses }) => refuses(workload) === undefined);
      const inTurn = able.filter(({ alone }) => alone !== true);
      const notMeasured = contestants.filter((contestant) => !able.includes(contestant))
        .map((contestant) => `${contestant.name}: ${contestant.refuses(workload)}`);
      const entries = gzips.flatMap((gzip) =>
        inTurn.filter(({ name }) => gzip ? ![PLAIN, STREAM].includes(name) : name !== GZIP)
          .map((contestant) => everydayEntry(bench, contestant, workload, gzip))
      );
      const pace: Pace = {
        scrapes: scrapes ?? targets.scrapes,
        everySeconds: every,
        restSeconds: rest,
      };
      const everyday = await measureEveryday(entries, runs, pace);
      if (able.length > inTurn.length) {
        everyday.push(await measurePrometheus(bench, workload, pace));
      }
      return {
        ...{ measurements: [], everyday, notMeasured },
        verdicts: gzips.flatMap((gzip) => verdictsOn(everyday, gzip, targets)),
        problems: seriesProblems(everyday),
      };
    },
  };
}

function contestantsOf(bench: Bench): Contestant[] {
  const peers = PEERS.filter(({ name }) => OTHERS.includes(name));
  return takingPart(bench, [...peers, ...BARE, ...weirs(bench)]);
}

function everydayEntry(
  bench: Bench,
  contestant: Contestant,
  workload: Workload,
  gzip: boolean,
): EverydayEntry {
  const { series } = sampleCounts(workload.sample, bench.options.scale);
  const isBare = BARE.includes(contestant);
  return {
    label: contestant.name,
    gzip,
    wantedSeries: series[isBare ? "pass" : workload.work]!,
    start: () => contestant.start(bench, workload),
  };
}

/** On Weir, without gzip or with it, as far as those that it is compared with took part. */
function verdictsOn(
  all: readonly EverydayMeasurement[],
  gzip: boolean,
  targets: EverydayTargets,
): Verdict[] {
  const same = all.filter((measured) => measured.gzip === gzip);
  const own = same.find(({ label }) => label === WEIR.name);
  if (own === undefined) return [];
  const toOther = (
    what: string,
    figure: (figures: EverydayFigures) => number,
    other: EverydayMeasurement | undefined,
    atMost?: number,
  ): Verdict[] => {
    if (other === undefined) return [];
    const found = ratioOf(figure, own, other);
    return [{ what: `${what} to ${other.label}`, unit: "×", atMost, found }];
  };
  const named = (name: string) => same.find(({ label }) => label === name);
  const versions = same.filter(({ label }) => label !== WEIR.name && !OTHERS.includes(label));
  const metricGate = gzip ? undefined : named(METRIC_GATE);
  const verdicts = [
    ...toOther("CPU of 2 to 21", early, metricGate, targets.earlyToMetricGate),
    ...toOther("CPU of 22 on", late, metricGate, targets.lateToMetricGate),
    ...toOther("CPU of 22 on", late, named(STREAM), targets.lateToStream),
    ...toOther("CPU of 22 on", late, named(GZIP), targets.lateToGzip),
    ...versions.flatMap((version) => [
      ...toOther("CPU of start and first", startAndFirst, version, 0.5),
      ...toOther("CPU of 2 to 21", early, version),
      ...toOther("CPU of 22 on", late, version),
    ]),
    ...memoryVerdicts(own, targets),
  ];
  return gzip
    ? verdicts.map(({ what, ...rest }) => ({ what: `gzip, ${what}`, ...rest }))
    : verdicts;
}

/** Of what has a target. */
function memoryVerdicts(own: EverydayMeasurement, targets: EverydayTargets): Verdict[] {
  const names = Object.keys(MEMORY) as (keyof typeof MEMORY)[];
  return names.filter((name) => targets[name] !== undefined && !Number.isNaN(own[name]))
    .map((name) => ({ what: MEMORY[name], unit: "MiB", atMost: targets[name], found: own[name] }));
}

const MEMORY = {
  anonymousMebibytes: "anonymous after 50",
  residentMebibytes: "resident after 50",
  restedAnonymousMebibytes: "anonymous at rest",
  peakMebibytes: "peak resident",
} as const;
