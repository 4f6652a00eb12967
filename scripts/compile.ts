import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

const root = resolve(import.meta.dirname!, "..");

/** The program's entry, of which binaries are made. */
export const weirEntry: string = join(root, "src", "main.ts");

/** How a binary is compiled; `npm run sizes` shows what each is worth. */
export const compileFlags: readonly string[] = [
  "--compile",
  "--minify",
  // Parsed ahead of time: start to first answer falls from 19 to 10 ms. ESM, so that the entry may
  // use top-level await.
  "--bytecode",
  "--format=esm",
  "--splitting",
  // The YAML parser's build without Node's modules: less resident at idle.
  "--conditions=browser",
  // Collects garbage earlier: a streamed 356 MB scrape peaks at 55 MB resident instead of 72, for
  // no measurable CPU time.
  "--compile-exec-argv=--smol",
  // A sidecar must not read its neighbours' files: a bunfig.toml in the working directory could
  // preload any code. The last two are off by default; said here so that they stay off.
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--no-compile-autoload-tsconfig",
  "--no-compile-autoload-package-json",
];

/** Compiles `entry` into `outfile` with these flags of Bun's. Throws when it could not be made. */
export function compile(entry: string, outfile: string, flags: readonly string[]): void {
  const bun = join(root, "node_modules", ".bin", "bun");
  const { version } = readJson(join(root, "package.json"));
  const args = [
    "build",
    ...flags,
    `--define=WEIR_VERSION=${JSON.stringify(version)}`,
    `--define=WEIR_REVISION=${JSON.stringify(revision())}`,
    `--define=WEIR_BUILD_DATE=${JSON.stringify(buildDate())}`,
    `--outfile=${outfile}`,
    entry,
  ];
  const run = spawnSync(bun, args, { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error((run.stderr || run.stdout || String(run.error)).trim());
  const mebibytes = (statSync(outfile).size / 2 ** 20).toFixed(1);
  console.log(`built ${outfile} (${version}, ${mebibytes} MiB)`);
}

/** The commit, `-dirty` where files differ; of a build without Git's data `WEIR_REVISION` tells. */
export function revision(): string {
  const described = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");
  return process.env.WEIR_REVISION ?? described ?? "unknown";
}

function buildDate(): string {
  const seconds = sourceSeconds();
  return seconds === undefined
    ? "unknown"
    : new Date(seconds * 1000).toISOString().replace(".000", "");
}

/**
 * SOURCE_DATE_EPOCH, or the commit's time, in Unix seconds: not the clock, which would make each
 * build another. Undefined where neither is a time.
 */
export function sourceSeconds(): number | undefined {
  const seconds = process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct");
  return seconds !== undefined && /^\d{1,11}$/.test(seconds) ? Number(seconds) : undefined;
}

function git(...args: string[]): string | undefined {
  const run = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return run.status === 0 && run.stdout.trim() !== "" ? run.stdout.trim() : undefined;
}

// deno-lint-ignore no-explicit-any -- two well-known files of npm's
function readJson(path: string): any {
  return JSON.parse(readFileSync(path, "utf8"));
}
