import type { Runtime } from "../runtime/runtime.ts";
import { writeMessage } from "../telemetry/standard_streams.ts";

/** What a command that only reports has to say: whole lines, without their line breaks. */
export interface Outcome {
  readonly status: 0 | 1 | 2;
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
}

/** Writes the lines where they belong and returns the exit status. */
export async function report(outcome: Outcome, runtime: Runtime): Promise<number> {
  writeMessage(outcome.stderr.map((line) => `${line}\n`).join(""));
  const text = outcome.stdout.map((line) => `${line}\n`).join("");
  if (text !== "") await runtime.writeStdout(new TextEncoder().encode(text));
  return outcome.status;
}
