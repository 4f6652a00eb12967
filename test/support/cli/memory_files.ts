import { check } from "../../../src/cli/check.ts";
import { parseCommandLine } from "../../../src/cli/command_line.ts";

type Files = Readonly<Record<string, string | Uint8Array<ArrayBuffer>>>;

/** What commands read files through, over files by path. */
export function memoryFiles(files: Files) {
  const bytesOf = (path: string) => {
    const found = files[path];
    if (found === undefined) throw new Error(`${path}: no such file`);
    return typeof found === "string" ? new TextEncoder().encode(found) : found;
  };
  return {
    readFile: (path: string) => Promise.resolve().then(() => bytesOf(path)),
    openFile: (path: string) => Promise.resolve().then(() => new Response(bytesOf(path)).body!),
    stdin: () => new Response(bytesOf("-")).body!,
    tlsProblems: () => Promise.resolve([]),
    usage: () => ({
      residentBytes: 0,
      cpuSeconds: 0,
      startTimeSeconds: 0,
      openFds: undefined,
      maxFds: undefined,
      memoryLimitBytes: undefined,
    }),
  };
}

/** Runs `weir check` with a command line, or its words, over files by path. */
export function runCheck(
  line: string | readonly string[],
  files: Files,
) {
  const words = typeof line === "string" ? line.split(" ").filter(Boolean) : line;
  const { positionals, flags } = parseCommandLine(["check", ...words]);
  const input = {
    path: positionals[0],
    flags,
    env: {},
    version: "1.2.3",
    instanceId: "i",
    needsUpstream: true,
  };
  return check(input, memoryFiles(files));
}
