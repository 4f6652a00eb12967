/**
 * `npm run sizes`: how large the binary is, by what it is made of and how it is compiled, as a table
 * in Markdown (docs/benchmarks.md). Each is built anew; those that run here are started, too. Linux,
 * gzip and zstd are needed. It takes a minute a row; `--only A,B` measures rows whose names begin
 * so, `--starts` leaves the compression out.
 */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { freePort } from "../test/support/e2e/program.ts";
import { machine, machineText } from "./bench/machine.ts";
import { median } from "./bench/median.ts";
import { cpuSeconds, type Memory, memory } from "./bench/process_figures.ts";
import { RunningProcess } from "./bench/running_process.ts";
import { number } from "./bench/text_table.ts";
import { compile, compileFlags, weirEntry } from "./compile.ts";
import { crossTargets, fetchRuntime } from "./cross_targets.ts";

const RUNS = 11;
const IDLE_MS = 1_000;

interface Variant {
  readonly name: string;
  /** Makes the file; `folder` is for what it needs on the way. */
  readonly make: (file: string, folder: string) => void;
  /** Whether it is Weir, for this machine. */
  readonly runs: boolean;
}

const bun = resolve(import.meta.dirname!, "..", "node_modules", ".bin", "bun");

const variants: readonly Variant[] = [
  { name: "as released", make: weir(compileFlags), runs: true },
  ...["--minify", "--bytecode", "--splitting"].map((flag) => ({
    name: `without \`${flag}\``,
    make: weir(compileFlags.filter((other) => other !== flag)),
    runs: true,
  })),
  { name: "with a runtime that was stripped", make: weirOfStripped, runs: true },
  { name: "Bun, and nothing in it", make: (file) => copyFileSync(bun, file), runs: false },
  { name: "Bun, and a program of one line", make: oneLine, runs: false },
  ...crossTargets.map(({ target, runtime, file }) => ({
    name: `\`${file}\``,
    make(outfile: string, folder: string) {
      const executable = fetchRuntime(runtime, folder);
      const flags = [`--target=${target}`, `--compile-executable-path=${executable}`];
      compile(weirEntry, outfile, [...compileFlags, ...flags]);
    },
    runs: false,
  })),
];

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      starts: { type: "boolean", default: false },
    },
  });
  const beginnings = values.only.split(",");
  const chosen = variants.filter(({ name, runs }) =>
    beginnings.some((beginning) => name.startsWith(beginning)) && (runs || !values.starts)
  );
  const folder = mkdtempSync(join(tmpdir(), "weir-sizes-"));
  try {
    const files = chosen.map(({ make }, index) => {
      const own = join(folder, String(index));
      mkdirSync(own);
      make(join(own, "weir"), own);
      return join(own, "weir");
    });
    const sizes = files.map((file) => values.starts ? [] : sizesOf(file));
    const starts = await startsOf(files.filter((_, index) => chosen[index].runs));
    print(
      chosen.map(({ name, runs }, index) => [
        name,
        ...sizes[index],
        ...runs ? starts.get(files[index])! : ["", ""],
      ]),
      values.starts ? [] : SIZES,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SIZES = ["MB", "gzip -9", "zstd -19"];

function print(rows: readonly string[][], sizes: readonly string[]): void {
  const head = ["binary", ...sizes, "CPU ms until it answers", "idle: resident, anonymous MiB"];
  console.log(machineText(machine()) + "\n");
  for (const row of [head, head.map(() => "---"), ...rows]) console.log(`| ${row.join(" | ")} |`);
}

function sizesOf(file: string): string[] {
  const bytes = [
    statSync(file).size,
    compressed("gzip", ["-9"], file),
    compressed("zstd", ["-19"], file),
  ];
  console.error(`sizes: ${bytes.join(", ")}`);
  return bytes.map((size) => number(size / 1e6, 1));
}

/** Bytes of the file after that program, which writes to standard output with `-c`. */
function compressed(program: string, args: readonly string[], file: string): number {
  const { status, stdout, stderr, error } = spawnSync(program, [...args, "-c", file], {
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout.length;
}

/**
 * CPU time in milliseconds until `/_health` answers, and memory a second later, by file: medians. One
 * start of each and then the next, so that what else the machine does is the same for all.
 */
async function startsOf(files: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, (Memory & { readonly ms: number })[]>(
    files.map((file) => [file, []]),
  );
  for (let run = 0; run < RUNS; run++) {
    for (const file of files) found.get(file)!.push(await start(file));
  }
  return new Map(files.map((file) => {
    const runs = found.get(file)!;
    const middle = (of: (run: typeof runs[number]) => number) => number(median(runs.map(of)), 1);
    const resident = middle(({ residentMebibytes }) => residentMebibytes);
    const anonymous = middle(({ anonymousMebibytes }) => anonymousMebibytes);
    return [file, [middle(({ ms }) => ms), `${resident}, ${anonymous}`]];
  }));
}

async function start(file: string): Promise<Memory & { readonly ms: number }> {
  const listen = `127.0.0.1:${await freePort()}`;
  const weir = new RunningProcess(file, ["-H", "127.0.0.1:1", "--listen", listen]);
  try {
    await answered(`http://${listen}/_health`);
    const ms = cpuSeconds(weir.pid) * 1000;
    await delay(IDLE_MS);
    return { ms, ...memory(weir.pid) };
  } finally {
    await weir.stop();
  }
}

async function answered(url: string): Promise<void> {
  const begin = performance.now();
  while (performance.now() - begin < 10_000) {
    // Refused: it does not listen yet.
    const answer = await fetch(url).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return;
    await delay(1);
  }
  throw new Error(`${url} did not answer within 10 s`);
}

function weir(flags: readonly string[]) {
  return (file: string) => compile(weirEntry, file, flags);
}

/** Strip after compiling would take the program away with the symbols: what is left is Bun. */
function weirOfStripped(file: string, folder: string): void {
  const stripped = join(folder, "bun");
  const { status, stderr } = spawnSync("strip", ["-o", stripped, bun], { encoding: "utf8" });
  if (status !== 0) throw new Error(`strip: ${stderr}`);
  compile(weirEntry, file, [...compileFlags, `--compile-executable-path=${stripped}`]);
}

function oneLine(file: string, folder: string): void {
  const entry = join(folder, "entry.ts");
  writeFileSync(entry, "console.log(1);\n");
  compile(entry, file, compileFlags);
}

await main();
process.exit();
