import { spawn } from "node:child_process";
import type { TestContext } from "node:test";
import { plainEnvironment } from "./program.ts";

export interface OnTerminal {
  /** What the terminal was sent so far; its escapes begin with the letters ESC. */
  readonly output: () => string;
  /** As if these keys were pressed: `\x03` is Ctrl-C. */
  readonly press: (keys: string) => void;
  /** Resolves with the exit status. */
  readonly exited: Promise<number | null>;
}

/**
 * Runs a line of the shell on a terminal of its own, of which `script` is the other end. `NO_COLOR` is
 * not set unless `env` sets it.
 */
export function onTerminal(
  context: TestContext,
  line: string,
  env: Readonly<Record<string, string>> = {},
): OnTerminal {
  const { NO_COLOR: _, ...plain } = plainEnvironment();
  const child = spawn("script", ["-qec", line, "/dev/null"], {
    env: { ...plain, TERM: "xterm", SHELL: "/bin/sh", ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  context.after(() => void child.kill("SIGKILL"));
  let output = "";
  child.stdout.setEncoding("utf8").on(
    "data",
    (text: string) => output += text.replaceAll("\x1b", "ESC"),
  );
  const exited = new Promise<number | null>((done) => child.on("close", (code) => done(code)));
  return { output: () => output, press: (keys) => void child.stdin.write(keys), exited };
}
