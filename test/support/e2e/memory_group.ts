import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import process from "node:process";
import type { TestContext } from "node:test";
import { binary, type Program } from "./weir_process.ts";

const MIB = 1024 * 1024;

/** A control group with so much memory: whoever takes more is killed by the system. */
export interface MemoryGroup {
  /** The binary, begun in the group. */
  readonly program: Program;
  /** How often the system had to kill. */
  kills(): number;
}

/** Undefined where the machine lets nobody make one: neither version 1, nor 2 with its controller. */
export function memoryGroup(context: TestContext, mebibytes: number): MemoryGroup | undefined {
  for (const { root, limit, events } of VERSIONS) {
    const path = `${root}/weir-test-${process.pid}-${mebibytes}-${++made}`;
    try {
      mkdirSync(path);
    } catch {
      continue;
    }
    try {
      writeFileSync(`${path}/${limit}`, String(mebibytes * MIB));
    } catch {
      rmdirSync(path);
      continue;
    }
    context.after(() => removeOnceEmpty(path));
    const enter = `echo $$ > '${path}/cgroup.procs' && exec "$0" "$@"`;
    return {
      program: ["/bin/sh", "-c", enter, ...binary],
      kills: () => Number(/^oom_kill (\d+)/m.exec(readFileSync(`${path}/${events}`, "utf8"))?.[1]),
    };
  }
  return undefined;
}

let made = 0;

const VERSIONS = [
  {
    root: "/sys/fs/cgroup/memory",
    limit: "memory.limit_in_bytes",
    events: "memory.oom_control",
  },
  { root: "/sys/fs/cgroup", limit: "memory.max", events: "memory.events" },
];

/** Its last process may take a moment to leave it. */
async function removeOnceEmpty(path: string): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    try {
      return rmdirSync(path);
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
