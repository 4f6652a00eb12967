import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { eventually } from "../../test/support/e2e/eventually.ts";
import { plainEnvironment } from "../../test/support/e2e/program.ts";

/** A program that was started to be measured. */
export class RunningProcess {
  readonly #child: ChildProcess;
  readonly #name: string;
  #failure: Error | undefined;
  #stderr = "";

  constructor(command: string, args: readonly string[]) {
    this.#name = command.slice(command.lastIndexOf("/") + 1);
    this.#child = spawn(command, args, {
      env: plainEnvironment(),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.on("error", (error) => this.#failure = error);
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      // The end tells what went wrong, and a peer may log without end.
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Waits until it serves `url`. Rejects with what the program said when it ends before that. */
  async answers(url: string, withinMs = 20_000): Promise<void> {
    await eventually(`${this.#name} answers`, async () => {
      if (this.#hasEnded) return true;
      const { status, body } = await fetch(url);
      await body?.cancel();
      return status < 500;
    }, withinMs);
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#hasEnded) throw new Error(`${this.#name} ended: ${this.#stderr.trim()}`);
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  get #hasEnded(): boolean {
    return this.#failure !== undefined || this.#child.exitCode !== null ||
      this.#child.signalCode !== null;
  }
}
