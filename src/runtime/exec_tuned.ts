import process from "node:process";

/**
 * When the runtime's compilers take a function of TypeScript, or of the kernel: a scrape of known lines
 * runs little TypeScript, and what is interpreted is far smaller than what is compiled. Between two
 * scrapes the processor's caches are taken by others, so that size is time: node_exporter, scraped every
 * 15 ms, takes a tenth less CPU time than with the runtime's own thresholds, and 56 MiB are resident
 * instead of 72. What runs tens of thousands of times is compiled all the same; so is the kernel at
 * once, and once more, for speed, after some megabytes of lines.
 */
const THRESHOLDS: Readonly<Record<string, string>> = {
  BUN_JSC_thresholdForJITAfterWarmUp: "200000",
  BUN_JSC_thresholdForJITSoon: "200000",
  BUN_JSC_thresholdForOptimizeAfterWarmUp: "20000",
  BUN_JSC_thresholdForOptimizeAfterLongWarmUp: "20000",
  BUN_JSC_thresholdForOptimizeSoon: "20000",
  BUN_JSC_thresholdForOMGOptimizeAfterWarmUp: "10000000",
};

/** Files that a compiled binary carries lie below this path. */
const EMBEDDED = "/$bunfs/";

/**
 * Begins the compiled binary anew, as the same process, with these thresholds in its environment: the
 * runtime reads them nowhere else. Does nothing where any of them is set, where the runtime is another
 * one, or where the system does not let it.
 */
export function execTuned(): void {
  const { argv, argv0, env, execPath } = process;
  const execve = process.execve as typeof process.execve | undefined;
  const isCompiled = argv[1]?.startsWith(EMBEDDED) ?? false;
  if (!isCompiled || execve === undefined) return;
  if (Object.keys(THRESHOLDS).some((name) => env[name] !== undefined)) return;
  try {
    execve.call(process, execPath, [argv0, ...argv.slice(2)], { ...env, ...THRESHOLDS });
  } catch {
    // It goes on as it is.
  }
}
