import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { processLimits } from "../../src/runtime/process_limits.ts";

type Files = Readonly<Record<string, string>>;

/** `/proc/self/fd` has these, besides the one that lists them. */
function limitsWith(files: Files, fds: readonly string[] = []) {
  return processLimits({
    readFileSync: (path) => {
      if (!(path in files)) throw new Error(`ENOENT: ${path}`);
      return files[path];
    },
    readdirSync: (path) => {
      if (path !== "/proc/self/fd" || fds.length === 0) throw new Error(`ENOENT: ${path}`);
      return [...fds, "99"];
    },
  });
}

const NONE = { openFds: undefined, maxFds: undefined, memoryLimitBytes: undefined };

test("where there is no /proc nothing is known", () => {
  deepEqual(limitsWith({}), NONE);
});

test("open descriptors, and how many there may be", () => {
  const limits = [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    "Max processes             unlimited            unlimited            processes ",
    "Max open files            1024                 524288               files     ",
    "",
  ].join("\n");
  deepEqual(limitsWith({ "/proc/self/limits": limits }, ["0", "1", "2"]), {
    ...NONE,
    openFds: 3,
    maxFds: 1024,
  });
  deepEqual(limitsWith({ "/proc/self/limits": limits.replace("1024     ", "unlimited") }), NONE);
});

const CGROUP = "/proc/self/cgroup";
const MIB = 1024 * 1024;

const memory: readonly (readonly [what: string, files: Files, bytes: number | undefined])[] = [
  ["version 2, in a container", {
    [CGROUP]: "0::/\n",
    "/sys/fs/cgroup/memory.max": `${64 * MIB}\n`,
  }, 64 * MIB],
  ["version 2, no limit", {
    [CGROUP]: "0::/\n",
    "/sys/fs/cgroup/memory.max": "max\n",
  }, undefined],
  ["version 2, on the host: the least of all above it", {
    [CGROUP]: "0::/system.slice/weir.service\n",
    "/sys/fs/cgroup/system.slice/weir.service/memory.max": "max\n",
    "/sys/fs/cgroup/system.slice/memory.max": `${32 * MIB}\n`,
  }, 32 * MIB],
  ["version 1, in a container: the path is the host's", {
    [CGROUP]: "5:devices:/kubepods/pod1\n4:cpu,memory:/kubepods/pod1\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": `${48 * MIB}\n`,
  }, 48 * MIB],
  ["version 1, no limit", {
    [CGROUP]: "4:memory:/\n0::/\n",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
  }, undefined],
  ["version 1, a limit of its own below a larger one", {
    [CGROUP]: "4:memory:/a/b\n",
    "/sys/fs/cgroup/memory/a/b/memory.limit_in_bytes": `${16 * MIB}\n`,
    "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": `${20 * MIB}\n`,
  }, 16 * MIB],
  ["another group's limit is none of the process's", {
    [CGROUP]: "4:memory_pressure:/a\n0::/b\n",
    "/sys/fs/cgroup/memory/a/memory.limit_in_bytes": "1\n",
    "/sys/fs/cgroup/a/memory.max": "1\n",
  }, undefined],
];

for (const [what, files, bytes] of memory) {
  test(`the limit of memory: ${what}`, () => {
    deepEqual(limitsWith(files).memoryLimitBytes, bytes);
  });
}
