import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { freePort } from "../../test/support/e2e/program.ts";
import { VARIANTS } from "./everyday_samples.ts";
import { servingConfig } from "./nginx_config.ts";
import { buildBinary } from "./build_binary.ts";
import type { BenchOptions } from "./options.ts";
import { RunningProcess } from "./running_process.ts";
import { isEveryday, isProtobuf, SAMPLE_NAMES, type SampleName, writeSample } from "./samples.ts";

/** The samples together, and the largest output beside them. */
const NEEDED_BYTES = 3_000_000_000;

const BARE_PROXY = join(import.meta.dirname!, "bare_proxy.ts");

/** What all rows need: a folder, the samples in it, nginx that serves them, and whatever runs. */
export class Bench {
  readonly options: BenchOptions;
  readonly folder: string;
  readonly #upstream: string;
  readonly #nginx: RunningProcess;
  readonly #processes: RunningProcess[] = [];
  #files = 0;
  #bareProxy: string | undefined;

  private constructor(
    options: BenchOptions,
    folder: string,
    upstream: string,
    nginx: RunningProcess,
  ) {
    this.options = options;
    this.folder = folder;
    this.#upstream = upstream;
    this.#nginx = nginx;
  }

  static async start(options: BenchOptions): Promise<Bench> {
    const folder = mkdtempSync(join(memoryFolder(options.scale), "weir-bench-"));
    if (options.keep) console.log(`the folder that is kept: ${folder}`);
    const port = await freePort();
    const config = join(folder, "upstream.conf");
    writeFileSync(config, servingConfig(folder, port, folder, VARIANTS));
    const nginx = new RunningProcess("nginx", ["-c", config, "-p", folder, "-e", "stderr"]);
    const upstream = `http://127.0.0.1:${port}`;
    await nginx.answers(`${upstream}/-/up`);
    return new Bench(options, folder, upstream, nginx);
  }

  /** Where the upstream serves the sample, which is generated when it is not there. */
  sampleUrl(name: SampleName): string {
    for (const [variant, path] of this.#samplePaths(name).entries()) {
      if (existsSync(path)) continue;
      mkdirSync(dirname(path), { recursive: true });
      writeSample(name, this.options.scale, path, variant);
    }
    return `${this.#upstream}/${fileOf(name)}`;
  }

  /** Makes room for those that are still needed. */
  removeSamplesBut(needed: readonly SampleName[]): void {
    if (this.options.keep) return;
    for (const name of SAMPLE_NAMES.filter((name) => !needed.includes(name))) {
      for (const path of this.#samplePaths(name)) rmSync(path, { force: true });
    }
  }

  /** Starts a program that is stopped when its row has ended. */
  run(command: string, args: readonly string[]): RunningProcess {
    const process = new RunningProcess(command, args);
    this.#processes.push(process);
    return process;
  }

  /** The proxy to compare with, compiled by the script that compiles Weir. */
  bareProxy(): string {
    this.#bareProxy ??= buildBinary(this.newFolder(), BARE_PROXY);
    return this.#bareProxy;
  }

  /** The path of a new file with this content. */
  file(name: string, content: string): string {
    const path = join(this.newFolder(), name);
    writeFileSync(path, content);
    return path;
  }

  /** The path of a new folder. */
  newFolder(): string {
    const path = join(this.folder, `file-${this.#files++}`);
    mkdirSync(path);
    return path;
  }

  async stopProcesses(): Promise<void> {
    for (const process of this.#processes.splice(0)) await process.stop();
  }

  async stop(): Promise<void> {
    await this.stopProcesses();
    await this.#nginx.stop();
    if (!this.options.keep) rmSync(this.folder, { recursive: true, force: true });
  }

  /** One, or one of each variant. */
  #samplePaths(name: SampleName): string[] {
    const file = fileOf(name);
    if (!isEveryday(name)) return [join(this.folder, file)];
    const variants = Array.from({ length: VARIANTS }, (_, variant) => String(variant));
    return variants.map((variant) => join(this.folder, variant, file));
  }
}

function fileOf(name: SampleName): string {
  return `${name}.${isProtobuf(name) ? "pb" : "prom"}`;
}

/** A folder in memory where there is one that is large enough. */
function memoryFolder(scale: number): string {
  const memory = "/dev/shm";
  if (!existsSync(memory)) return tmpdir();
  const { bavail, bsize } = statfsSync(memory);
  return bavail * bsize > NEEDED_BYTES * scale ? memory : tmpdir();
}
