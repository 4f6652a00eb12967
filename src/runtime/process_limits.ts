import process from "node:process";

/** What Linux says of the process; undefined where it does not. */
export interface ProcessLimits {
  readonly openFds: number | undefined;
  readonly maxFds: number | undefined;
  /** Of its control group, or of one above it: beyond it the process is killed. */
  readonly memoryLimitBytes: number | undefined;
}

/** Reads files as `node:fs` does; for tests. */
export interface ProcFiles {
  readFileSync(path: string, encoding: "utf8"): string;
  readdirSync(path: string): string[];
}

/** Takes some reads of `/proc` and `/sys`, which have no waits. */
export function processLimits(files: ProcFiles = nodeFiles()): ProcessLimits {
  const read = (path: string) => attempt(() => files.readFileSync(path, "utf8"));
  // The descriptor that lists them is one of them.
  const fds = attempt(() => files.readdirSync("/proc/self/fd").length - 1);
  const limits = read("/proc/self/limits") ?? "";
  return {
    openFds: fds,
    maxFds: numberOf(/^Max open files +(\d+)/m.exec(limits)?.[1]),
    memoryLimitBytes: memoryLimit(read),
  };
}

/**
 * Bytes of the process that the system cannot take back: what is resident, but for pages of files, such
 * as the binary's code. Undefined where Linux does not say.
 */
export function anonymousBytes(files: Pick<ProcFiles, "readFileSync"> = nodeFiles()) {
  const text = attempt(() => files.readFileSync("/proc/self/statm", "utf8"));
  const [resident, shared] = text?.split(" ").slice(1, 3).map(Number) ?? [];
  return shared === undefined ? undefined : (resident - shared) * PAGE_BYTES;
}

/** On the processors that there are builds for, unless a kernel of 64-bit ARM says otherwise. */
const PAGE_BYTES = 4096;

/** Both versions of control groups; in a container the process's own is the root of what it sees. */
function memoryLimit(read: (path: string) => string | undefined): number | undefined {
  const groups = read("/proc/self/cgroup") ?? "";
  const second = /^0::(\/.*)$/m.exec(groups)?.[1];
  const first = /^\d+:(?:.*,)?memory(?:,.*)?:(\/.*)$/m.exec(groups)?.[1];
  const found = [
    ...pathsUp(second).map((path) => `/sys/fs/cgroup${path}/memory.max`),
    ...pathsUp(first).map((path) => `/sys/fs/cgroup/memory${path}/memory.limit_in_bytes`),
  ].flatMap((path) => numberOf(read(path)?.trim()) ?? []);
  const least = Math.min(...found);
  // Version 1 says "none" by the largest number of pages.
  return least < NO_LIMIT ? least : undefined;
}

/** The path and those above it, without a `/` at their ends; none of no path. */
function pathsUp(path: string | undefined): string[] {
  if (path === undefined) return [];
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.keys(), parts.length].map((length) =>
    parts.slice(0, length).map((part) => `/${part}`).join("")
  );
}

const NO_LIMIT = 2 ** 62;

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

function attempt<Value>(step: () => Value): Value | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** Loaded by the first who asks: the rest of a sidecar has no use for it. */
function nodeFiles(): ProcFiles {
  return process.getBuiltinModule("node:fs");
}
