import { availableParallelism, cpus, loadavg, release } from "node:os";

/** What the figures depend on besides the programs. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly kernel: string;
  /** Processes that ran or waited to run, over 1, 5 and 15 minutes. */
  readonly load: readonly number[];
}

export function machine(): Machine {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    kernel: release(),
    load: loadavg().map((load) => Number(load.toFixed(2))),
  };
}

export function machineText({ cpu, cores, kernel, load }: Machine): string {
  return `${cpu}, ${cores} cores, Linux ${kernel}, load ${load.join(" ")}`;
}
