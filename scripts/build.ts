/**
 * Builds the binary: `bun scripts/build.ts` makes `dist/weir` for this machine, `--arch amd64` or
 * `arm64` makes it for a Linux of that architecture instead (with glibc), and `--all` makes also the
 * four Linux targets as `dist/weir-linux-…`. `--entry FILE` and `--outdir DIR` replace `src/main.ts`
 * and `dist`. Exits with 1 when `dist/weir` could not be made; another target that cannot be had is
 * reported and skipped.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { compile, compileFlags, weirEntry } from "./compile.ts";
import { type CrossTarget, crossTargets, fetchRuntime, glibcTarget } from "./cross_targets.ts";

function main(): void {
  const { values } = parseArgs({
    options: {
      all: { type: "boolean", default: false },
      arch: { type: "string" },
      entry: { type: "string", default: weirEntry },
      outdir: { type: "string", default: resolve(import.meta.dirname!, "..", "dist") },
    },
  });
  mkdirSync(values.outdir, { recursive: true });

  const own = join(values.outdir, "weir");
  if (values.arch === undefined) compile(values.entry, own, compileFlags);
  else crossCompile(values.entry, own, glibcTarget(values.arch));
  if (!values.all) return;

  for (const target of crossTargets) {
    try {
      crossCompile(values.entry, join(values.outdir, target.file), target);
    } catch (error) {
      console.error(`build: ${target.file} was not made: ${(error as Error).message}`);
    }
  }
}

/** Compiles for another platform. Throws when its runtime cannot be had. */
function crossCompile(entry: string, outfile: string, { target, runtime }: CrossTarget): void {
  const folder = mkdtempSync(join(tmpdir(), "weir-build-"));
  try {
    const executable = fetchRuntime(runtime, folder);
    const flags = [`--target=${target}`, `--compile-executable-path=${executable}`];
    compile(entry, outfile, [...compileFlags, ...flags]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  main();
} catch (error) {
  console.error(`build: ${(error as Error).message}`);
  process.exitCode = 1;
}
