import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** The kernel's USER_HZ, which is 100 wherever Linux is built for a server. */
const TICKS_PER_SECOND = 100;

/**
 * CPU time of the process and its descendants so far, in seconds: that of the threads that run, to
 * the nanosecond, or what the kernel counts for all in steps of 10 ms where more of it is threads
 * that have ended.
 */
export function cpuSeconds(pid: number): number {
  const own = Math.max(tickedSeconds(pid), threadSeconds(pid));
  return childrenOf(pid).reduce((sum, child) => sum + cpuSeconds(child), own);
}

function threadSeconds(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, thread) => {
    try {
      const [nanoseconds] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(
        " ",
      );
      return sum + Number(nanoseconds) / 1e9;
    } catch {
      // The thread ended in between, or the kernel keeps no such figures.
      return sum;
    }
  }, 0);
}

/** Of the process, its threads that have ended, and its children that were waited for. */
function tickedSeconds(pid: number): number {
  // The command's name stands in parentheses and may hold anything; the state follows it.
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [user, system, waitedUser, waitedSystem] = fields.slice(11, 15).map(Number);
  return (user + system + waitedUser + waitedSystem) / TICKS_PER_SECOND;
}

export interface Memory {
  readonly peakMebibytes: number;
  readonly residentMebibytes: number;
  /** Without what is mapped from files. */
  readonly anonymousMebibytes: number;
}

/** Memory of the process and its descendants. */
export function memory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const mebibytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
  const own = {
    peakMebibytes: mebibytes("VmHWM"),
    residentMebibytes: mebibytes("VmRSS"),
    anonymousMebibytes: mebibytes("RssAnon"),
  };
  return childrenOf(pid).map(memory).reduce((sum, child) => ({
    peakMebibytes: sum.peakMebibytes + child.peakMebibytes,
    residentMebibytes: sum.residentMebibytes + child.residentMebibytes,
    anonymousMebibytes: sum.anonymousMebibytes + child.anonymousMebibytes,
  }), own);
}

/** Begins the peak of the process and its descendants anew, at what is resident now. */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  for (const child of childrenOf(pid)) resetPeak(child);
}

function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean)
      .map(Number)
  );
}
