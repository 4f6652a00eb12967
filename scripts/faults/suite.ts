import { join, resolve } from "node:path";
import { binary, denoSource, type Program } from "../../test/support/e2e/weir_process.ts";
import { memory, resetPeak } from "../bench/process_figures.ts";
import type { Fault } from "./fault.ts";
import type { FaultOptions } from "./options.ts";
import { Tally } from "./outcome.ts";
import type { Mode } from "./right_answer.ts";
import { Rig } from "./rig.ts";

const root = resolve(import.meta.dirname!, "..", "..");

export const PROGRAMS: Readonly<Record<FaultOptions["runtime"], Program>> = {
  binary,
  bun: [join(root, "node_modules", ".bin", "bun"), join(root, "src", "main.ts")],
  deno: denoSource,
};

/** One fault in one mode. */
export interface FaultResult {
  readonly fault: string;
  readonly what: string;
  readonly mode: Mode;
  readonly tally: Tally;
  /** The most memory that Weir held during it; of a Weir that ran before it too. */
  readonly peakMebibytes: number;
  readonly seconds: number;
}

/** Provokes the faults one after the other, in all modes side by side. */
export async function runFaults(
  faults: readonly Fault[],
  { scrapes, modes, runtime }: Pick<FaultOptions, "scrapes" | "modes" | "runtime">,
  told: (result: FaultResult) => void,
): Promise<FaultResult[]> {
  const possible = faults.filter(({ missing }) => missing?.() === undefined);
  const pairs = modes.flatMap((mode) =>
    possible.filter((fault) => fault.modes.includes(mode)).map((fault) => ({ mode, fault }))
  );
  const shares = pairs.reduce((sum, { fault }) => sum + 1 / fault.cost, 0);
  const runMode = async (mode: Mode) => {
    const results: FaultResult[] = [];
    const rig = new Rig(mode, PROGRAMS[runtime]);
    try {
      await rig.start();
      for (const { fault } of pairs.filter((pair) => pair.mode === mode)) {
        const share = Math.max(1, Math.ceil(scrapes / shares / fault.cost));
        const result = await runFault(rig, fault, share);
        results.push(result);
        told(result);
      }
    } finally {
      await rig.cleanup.run();
    }
    return results;
  };
  return (await Promise.all(modes.map(runMode))).flat();
}

/** A fault that cannot be provoked counts as a crash: something of the suite's did not work. */
async function runFault(rig: Rig, fault: Fault, scrapes: number): Promise<FaultResult> {
  const { pid } = rig.instance.weir;
  resetPeak(pid);
  const startedAt = performance.now();
  let tally: Tally;
  try {
    tally = await fault.run(rig, scrapes);
  } catch (error) {
    tally = new Tally();
    tally.add("crash", (error as Error).stack ?? String(error));
  }
  const peakMebibytes = pid === rig.instance.weir.pid ? memory(pid).peakMebibytes : NaN;
  const seconds = (performance.now() - startedAt) / 1000;
  return { fault: fault.name, what: fault.what, mode: rig.mode, tally, peakMebibytes, seconds };
}
