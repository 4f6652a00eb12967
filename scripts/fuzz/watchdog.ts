import { writeSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { keepFinding } from "./kept_cases.ts";
import { inputOf, type Watch } from "./run_target.ts";

/**
 * A run that takes more of the processor hangs: the slowest that are right take well below a second.
 * One that only waits does after so many seconds on the clock, of which other work may take most.
 */
export const HANG_SECONDS = 30;
const STILL_SECONDS = 600;

const CHECK_MS = 1_000;

interface Watched {
  /** The seed, the number of the run, and 1 while it runs. */
  readonly shared: SharedArrayBuffer;
  readonly target: string;
}

export interface Watchdog {
  readonly watch: Watch;
  stop(): Promise<unknown>;
}

/**
 * Watches the runs of a target from another thread, which a run that never ends cannot stop. It
 * keeps the input of such a run as a case, says so, and ends the process.
 */
export function startWatchdog(target: string): Watchdog {
  const shared = new SharedArrayBuffer(3 * Float64Array.BYTES_PER_ELEMENT);
  const state = new Float64Array(shared);
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { shared, target } });
  return {
    watch(seed) {
      state[0] = seed ?? 0;
      state[1]++;
      state[2] = seed === undefined ? 0 : 1;
    },
    stop: () => worker.terminate(),
  };
}

async function guard({ shared, target }: Watched): Promise<void> {
  const { targetNamed } = await import("./targets.ts");
  const state = new Float64Array(shared);
  let seen = -1;
  let since = 0;
  let usedSince = 0;
  setInterval(() => {
    const [seed, run, isRunning] = state;
    if (run !== seen || isRunning === 0) {
      seen = run;
      since = performance.now();
      usedSince = usedSeconds();
    } else if (
      usedSeconds() - usedSince > HANG_SECONDS || performance.now() - since > STILL_SECONDS * 1000
    ) {
      const input = inputOf(targetNamed(target), seed);
      const detail = `did not end within ${HANG_SECONDS} s`;
      const folder = keepFinding({ target, seed, input, rule: "hang", detail });
      // Written at once: the thread that would pass it on hangs.
      writeSync(2, `${target}: seed ${seed}: ${detail}, kept in ${folder}\n`);
      process.kill(process.pid, "SIGKILL");
    }
  }, CHECK_MS);
}

/** Of the processor, by all threads. */
function usedSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

if (!isMainThread && parentPort !== null && workerData?.shared !== undefined) {
  await guard(workerData as Watched);
}
