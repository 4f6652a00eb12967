import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../test/support/e2e/program.ts";
import { binary } from "../../test/support/e2e/weir_process.ts";
import { entryOf } from "./comparison_row.ts";
import { WEIR } from "./contestants.ts";
import { runOnce } from "./measure.ts";
import { median } from "./median.ts";
import { memory } from "./process_figures.ts";
import type { RunningProcess } from "./running_process.ts";
import type { Findings, Row, Verdict } from "./row.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

const STARTS_PER_RUN = 5;
const IDLE_MS = 1_000;
const SCRAPES = 50;
const FIRST_AND_LAST = 10;

/** Memory of a process that has only told that it is healthy. */
export function idle(name: string, what: string): Row {
  return {
    ...{ name, what, samples: [] },
    async run(bench) {
      const found = [];
      for (let turn = 0; turn < bench.options.runs; turn++) {
        const { process, url } = await runIdleWeir(bench);
        await process.answers(`${url}/_health`);
        await delay(IDLE_MS);
        found.push(memory(process.pid));
        await bench.stopProcesses();
      }
      const resident = median(found.map(({ residentMebibytes }) => residentMebibytes));
      const anonymous = median(found.map(({ anonymousMebibytes }) => anonymousMebibytes));
      return onlyVerdicts([
        { what: "resident", unit: "MiB", atMost: 36, found: resident },
        { what: "anonymous", unit: "MiB", atMost: 6, found: anonymous },
      ]);
    },
  };
}

export function start(name: string, what: string): Row {
  return {
    ...{ name, what, samples: [] },
    async run(bench) {
      const found: number[] = [];
      while (found.length < bench.options.runs * STARTS_PER_RUN) {
        found.push(await startMs(bench));
        await bench.stopProcesses();
      }
      const verdict = { what: "start to first 200", unit: "ms", atMost: 60 } as const;
      return onlyVerdicts([{ ...verdict, found: median(found) }]);
    },
  };
}

/** Milliseconds, to one or two: the answer is asked for until it comes. */
async function startMs(bench: Bench): Promise<number> {
  const { url, begin } = await runIdleWeir(bench);
  for (;;) {
    try {
      const { status } = await fetch(`${url}/_health`);
      if (status === 200) return performance.now() - begin;
    } catch {
      // It does not listen yet.
    }
    if (performance.now() - begin > 10_000) throw new Error("weir did not start within 10 s");
    await delay(1);
  }
}

/** Weir before an upstream that is not there, just started. */
async function runIdleWeir(
  bench: Bench,
): Promise<{ process: RunningProcess; url: string; begin: number }> {
  const port = await freePort();
  const [command, ...first] = binary;
  const args = ["-H", "127.0.0.1:1", "--listen", `127.0.0.1:${port}`, "--log-level", "error"];
  const begin = performance.now();
  const process = bench.run(command, [...first, ...args]);
  return { process, url: `http://127.0.0.1:${port}`, begin };
}

/** Whether the peaks of many scrapes grow. */
export function fiftyScrapes(name: string, what: string, workload: Workload): Row {
  return {
    ...{ name, what, samples: [workload.sample] },
    async run(bench): Promise<Findings> {
      const { start, wantedSeries } = entryOf(bench, WEIR, workload);
      const started = await start();
      const peaks: number[] = [];
      while (peaks.length < SCRAPES) peaks.push((await runOnce(started)).peakMebibytes);
      const { series } = await started.scrape(true);
      const first = median(peaks.slice(0, FIRST_AND_LAST));
      const last = median(peaks.slice(-FIRST_AND_LAST));
      const problems = series === wantedSeries
        ? []
        : [`weir: found ${series} series, wanted ${wantedSeries}`];
      const peak = "peak resident";
      return {
        ...onlyVerdicts([
          { what: `${peak}, last to first ten`, unit: "×", atMost: 1.1, found: last / first },
          { what: `${peak}, highest`, unit: "MiB", atMost: undefined, found: Math.max(...peaks) },
        ]),
        problems,
      };
    },
  };
}

function onlyVerdicts(verdicts: readonly Verdict[]): Findings {
  return { measurements: [], notMeasured: [], verdicts, problems: [] };
}
