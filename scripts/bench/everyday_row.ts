import { bareProxy, type Contestant, PEERS, WEIR, weir } from "./contestants.ts";
import {
  type EverydayEntry,
  type EverydayMeasurement,
  measureEveryday,
  type Pace,
  ratioOf,
} from "./everyday_measure.ts";
import { type Findings, type Row, seriesProblems, type Verdict } from "./row.ts";
import { sampleCounts } from "./samples.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

const BARE = [bareProxy("plain"), bareProxy("stream"), bareProxy("gzip")];
const [PLAIN, STREAM, GZIP] = BARE.map(({ name }) => name);
const METRIC_GATE = "metric-gate";

/** Targets of Weir's CPU time, each as a ratio to that of another in the same run. */
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
    ...{ name, what, samples: [workload.sample] },
    async run(bench): Promise<Findings> {
      const { runs, scrapes, every, rest } = bench.options;
      const contestants = contestantsOf(bench);
      const able = contestants.filter(({ refuses }) => refuses(workload) === undefined);
      const notMeasured = contestants.filter((contestant) => !able.includes(contestant))
        .map((contestant) => `${contestant.name}: ${contestant.refuses(workload)}`);
      const entries = gzips.flatMap((gzip) =>
        able.filter(({ name }) => gzip ? ![PLAIN, STREAM].includes(name) : name !== GZIP)
          .map((contestant) => everydayEntry(bench, contestant, workload, gzip))
      );
      const pace: Pace = {
        scrapes: scrapes ?? targets.scrapes,
        everySeconds: every,
        restSeconds: rest,
      };
      const everyday = await measureEveryday(entries, runs, pace, () => bench.stopProcesses());
      return {
        ...{ measurements: [], everyday, notMeasured },
        verdicts: gzips.flatMap((gzip) => verdictsOn(everyday, gzip, targets)),
        problems: seriesProblems(everyday),
      };
    },
  };
}

function contestantsOf({ options: { binaries, contestants } }: Bench): Contestant[] {
  const others = [...binaries].map(([name, path]) => weir(name, [path]));
  const peers = PEERS.filter(({ name }) => name === METRIC_GATE);
  return [...peers, ...BARE, WEIR, ...others]
    .filter(({ name }) => contestants?.includes(name) ?? true);
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
  const find = (label: string) =>
    all.find((measured) => measured.label === label && measured.gzip === gzip);
  const own = find(WEIR.name);
  if (own === undefined) return [];
  const asked = gzip ? "gzip, " : "";
  const toOther = (
    figure: "earlyMs" | "lateMs",
    name: string,
    atMost: number | undefined,
  ): Verdict[] => {
    const other = find(name);
    if (other === undefined) return [];
    const scrapes = figure === "earlyMs" ? "CPU of 2 to 21" : "CPU of 22 on";
    const found = ratioOf(figure, own, other);
    return [{ what: `${asked}${scrapes} to ${name}`, unit: "×", atMost, found }];
  };
  const mebibytes = (what: string, atMost: number | undefined, found: number): Verdict => {
    return { what: asked + what, unit: "MiB", atMost, found };
  };
  return [
    ...(gzip ? [] : toOther("earlyMs", METRIC_GATE, targets.earlyToMetricGate)),
    ...(gzip ? [] : toOther("lateMs", METRIC_GATE, targets.lateToMetricGate)),
    ...toOther("lateMs", STREAM, targets.lateToStream),
    ...toOther("lateMs", GZIP, targets.lateToGzip),
    mebibytes("anonymous after 50", targets.anonymousMebibytes, own.anonymousMebibytes),
    mebibytes("resident after 50", targets.residentMebibytes, own.residentMebibytes),
    ...(Number.isNaN(own.restedAnonymousMebibytes) ? [] : [
      mebibytes(
        "anonymous at rest",
        targets.restedAnonymousMebibytes,
        own.restedAnonymousMebibytes,
      ),
    ]),
    mebibytes("peak resident", targets.peakMebibytes, own.peakMebibytes),
  ];
}
