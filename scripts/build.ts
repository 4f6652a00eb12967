/**
 * Builds the binary: `bun scripts/build.ts` makes `dist/weir` for this machine, `--all` also the
 * four Linux targets as `dist/weir-linux-…`. `--entry FILE` and `--outdir DIR` replace
 * `src/main.ts` and `dist`. Exits with 1 when this machine's own binary could not be made; another
 * target that cannot be had is reported and skipped.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { crossTargets } from "./cross_targets.ts";

const root = resolve(import.meta.dirname!, "..");

const compileFlags = [
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

function main(): number {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean", default: false },
      entry: { type: "string", default: join(root, "src", "main.ts") },
      outdir: { type: "string", default: join(root, "dist") },
    },
  });
  mkdirSync(values.outdir, { recursive: true });

  const failure = compile(values.entry, join(values.outdir, "weir"), []);
  if (failure !== undefined) {
    console.error(`build: ${failure}`);
    return 1;
  }
  if (values.all) buildCrossTargets(values.entry, values.outdir);
  return 0;
}

function buildCrossTargets(entry: string, outdir: string): void {
  for (const { target, runtime, file } of crossTargets) {
    const folder = mkdtempSync(join(tmpdir(), "weir-build-"));
    try {
      const executable = fetchRuntime(runtime, folder);
      const flags = [`--target=${target}`, `--compile-executable-path=${executable}`];
      const failure = compile(entry, join(outdir, file), flags);
      if (failure !== undefined) throw new Error(failure);
    } catch (error) {
      console.error(`build: ${file} was not made: ${(error as Error).message}`);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Compiles `entry` into `outfile`. Returns what went wrong, if anything did. */
function compile(entry: string, outfile: string, flags: string[]): string | undefined {
  const bun = join(root, "node_modules", ".bin", "bun");
  const { version } = readJson(join(root, "package.json"));
  const args = [
    "build",
    ...compileFlags,
    ...flags,
    `--define=WEIR_VERSION=${JSON.stringify(version)}`,
    `--define=WEIR_REVISION=${JSON.stringify(revision())}`,
    `--define=WEIR_BUILD_DATE=${JSON.stringify(buildDate())}`,
    `--outfile=${outfile}`,
    entry,
  ];
  const run = spawnSync(bun, args, { cwd: root, encoding: "utf8" });
  if (run.status !== 0) return (run.stderr || run.stdout || String(run.error)).trim();
  const mebibytes = (statSync(outfile).size / 2 ** 20).toFixed(1);
  console.log(`built ${outfile} (${version}, ${mebibytes} MiB)`);
  return undefined;
}

/** Of a build without Git's data `WEIR_REVISION` tells. */
function revision(): string {
  const described = git("describe", "--always", "--dirty", "--abbrev=40", "--exclude=*");
  return process.env.WEIR_REVISION ?? described ?? "unknown";
}

/** SOURCE_DATE_EPOCH, or the commit's time: not the clock, which would make each build another. */
function buildDate(): string {
  const seconds = process.env.SOURCE_DATE_EPOCH ?? git("log", "-1", "--format=%ct");
  if (seconds === undefined || !/^\d{1,11}$/.test(seconds)) return "unknown";
  return new Date(Number(seconds) * 1000).toISOString().replace(".000", "");
}

function git(...args: string[]): string | undefined {
  const run = spawnSync("git", args, { cwd: root, encoding: "utf8" });
  return run.status === 0 && run.stdout.trim() !== "" ? run.stdout.trim() : undefined;
}

/**
 * The path of another platform's Bun, unpacked into `folder`. Asked of the npm client, which knows
 * the machine's registry and cache (Bun's own download knows registry.npmjs.org alone), and held
 * against the lock file. Throws when it cannot be had.
 */
function fetchRuntime(name: string, folder: string): string {
  const locked = readJson(join(root, "package-lock.json")).packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not know ${name}`);

  const spec = `${name}@${locked.version}`;
  const pack = spawnSync("npm", ["pack", "--silent", "--json", spec], {
    cwd: folder,
    encoding: "utf8",
  });
  if (pack.status !== 0) throw new Error(`npm pack ${spec}: ${pack.stderr || pack.stdout}`.trim());
  const [{ filename, integrity }] = JSON.parse(pack.stdout);
  if (integrity !== locked.integrity) {
    throw new Error(`${spec}: ${integrity} was found, package-lock.json wants ${locked.integrity}`);
  }

  const untar = spawnSync("tar", ["-xzf", filename], { cwd: folder, encoding: "utf8" });
  if (untar.status !== 0) throw new Error(`tar ${filename}: ${untar.stderr}`);
  return join(folder, "package", "bin", "bun");
}

// deno-lint-ignore no-explicit-any -- two well-known files of npm's
function readJson(path: string): any {
  return JSON.parse(readFileSync(path, "utf8"));
}

process.exitCode = main();
