import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { eventually } from "./eventually.ts";
import { type Finished, plainEnvironment, type RunOptions, runProgram } from "./program.ts";

const root = resolve(import.meta.dirname!, "..", "..", "..");

/** How Weir is started: the command, and its arguments before Weir's own. */
export type Program = readonly [string, ...string[]];

export const binary: Program = [process.env.WEIR_BINARY ?? join(root, "dist", "weir")];

/** The version that the binary says it has. */
export const weirVersion: string =
  JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version;

/** The source on the other runtime. */
export const denoSource: Program = [
  join(root, "node_modules", ".bin", "deno"),
  "run",
  "-A",
  join(root, "src", "main.ts"),
];

/** The same program, for which the machine has no IPv6. */
export function withoutIpv6(program: Program): Program {
  const bun = join(root, "node_modules", ".bin", "bun");
  return [bun, join(root, "test", "support", "runtime", "without_ipv6.ts"), ...program];
}

export interface StartOptions {
  readonly program?: Program;
  readonly env?: Readonly<Record<string, string>>;
  /** False when the arguments say where to listen: by default it is a free port of 127.0.0.1. */
  readonly listen?: false;
  /** True when clients need TLS or a password: then only the log tells that it listens. */
  readonly guarded?: true;
}

/** Starts Weir and waits until it is healthy. It is killed when the test ends, if it still runs. */
export async function startWeir(
  context: TestContext,
  args: readonly string[],
  { program = binary, env, listen, guarded }: StartOptions = {},
): Promise<WeirProcess> {
  const [command, ...first] = program;
  const where = listen === false ? [] : ["--listen", "127.0.0.1:0"];
  const child = spawn(command, [...first, ...args, ...where], {
    env: { ...plainEnvironment(), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const weir = new WeirProcess(child);
  context.after(() => weir.kill());
  await weir.listening();
  if (!guarded) await weir.healthy();
  return weir;
}

/** Runs Weir to its end, as its other commands do. */
export function runWeir(args: readonly string[], options?: RunOptions): Promise<Finished> {
  const [command, ...first] = binary;
  return runProgram(command, [...first, ...args], options);
}

export class WeirProcess {
  /** Resolves with the exit status, null after a signal. */
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  #stderr = "";
  #stdout = "";

  constructor(child: ChildProcess) {
    this.#child = child;
    child.stderr!.setEncoding("utf8").on("data", (text: string) => this.#stderr += text);
    child.stdout!.setEncoding("utf8").on("data", (text: string) => this.#stdout += text);
    this.exited = once(child, "close").then(([code]) => code);
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Everything logged so far: to standard error, and in Edge's form to standard output. */
  get log(): string {
    return this.#stderr + this.#stdout;
  }

  /** The lines logged so far that hold `text`. */
  logged(text: string): string[] {
    return this.log.split("\n").filter((line) => line.includes(text));
  }

  /** `http://127.0.0.1:PORT`, or another loopback address's, or `https://…`, as the log tells it. */
  get url(): string {
    const listening = this.logged("msg=listening")[0] ?? "";
    const [, host, port] = / listen=(\S*):(\d+)/.exec(listening) ?? [];
    assert.ok(port, `no port was logged: ${this.log}`);
    const scheme = listening.includes(" tls=true ") ? "https" : "http";
    if (host === "::1" || host === "[::1]") return `${scheme}://[::1]:${port}`;
    return `${scheme}://${host.startsWith("127.") ? host : "127.0.0.1"}:${port}`;
  }

  /** The path of the Unix socket, as the log tells it; undefined when it listens on a port. */
  get socket(): string | undefined {
    return / listen=unix:(\S+)/.exec(this.logged("msg=listening")[0] ?? "")?.[1];
  }

  async listening(): Promise<void> {
    await eventually("the listener is announced", () => {
      assert.equal(this.#child.exitCode, null, this.log);
      return this.logged("msg=listening").length > 0;
    });
  }

  async healthy(): Promise<void> {
    if (this.socket !== undefined) return;
    await eventually("/_health is 200", async () => (await fetch(`${this.url}/_health`)).ok);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Sends SIGTERM and resolves with the exit status. */
  stop(): Promise<number | null> {
    this.signal("SIGTERM");
    return this.exited;
  }

  /** Ends it at once and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  /** The samples of Weir's own metrics: `name{labels}` as written, and the value. */
  async ownMetrics(): Promise<Map<string, number>> {
    const text = await (await fetch(`${this.url}/-/metrics`)).text();
    const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(samples.map((line) => {
      const space = line.lastIndexOf(" ");
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }));
  }

  /** Waits until these samples of Weir's own metrics have these values. */
  async counted(expected: Readonly<Record<string, number>>): Promise<void> {
    await eventually("the counters of /-/metrics", async () => {
      const all = await this.ownMetrics();
      const found = Object.keys(expected).map((key) => [key, all.get(key)]);
      assert.deepEqual(Object.fromEntries(found), expected);
      return true;
    });
  }

  /** The most memory that was ever resident, in MiB. */
  get peakMebibytes(): number {
    return this.#mebibytes("VmHWM");
  }

  get residentMebibytes(): number {
    return this.#mebibytes("VmRSS");
  }

  #mebibytes(field: string): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, "utf8");
    const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    return Number(kibibytes) / 1024;
  }
}
