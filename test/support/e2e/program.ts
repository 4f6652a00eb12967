import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import process from "node:process";

export interface Finished {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export interface RunOptions {
  /** Written to standard input one after the other; standard input is empty without it. */
  readonly stdin?: Iterable<Uint8Array>;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Runs a program to its end. Rejects only when it cannot be started. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { stdin, env, signal }: RunOptions = {},
): Promise<Finished> {
  const child = spawn(command, args, { env: { ...plainEnvironment(), ...env }, stdio: "pipe" });
  const stdout: Uint8Array[] = [];
  let stderr = "";
  child.stdout.on("data", (bytes: Uint8Array) => stdout.push(bytes));
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  signal?.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  const closed = once(child, "close");
  // A program that ends before it has read everything is no failure of the one that feeds it.
  child.stdin.on("error", () => {});
  for (const bytes of stdin ?? []) {
    if (!child.stdin.write(bytes)) await Promise.race([once(child.stdin, "drain"), closed]);
  }
  child.stdin.end();
  const [exitCode] = await closed;
  return { exitCode, stdout: Buffer.concat(stdout), stderr };
}

/** What a program needs to start, without the settings of whoever runs the tests. */
export function plainEnvironment(): Record<string, string> {
  const { PATH = "", HOME = "/" } = process.env;
  return { PATH: `${PATH}:/usr/sbin:/sbin`, HOME, NO_COLOR: "1" };
}

/** A TCP port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
