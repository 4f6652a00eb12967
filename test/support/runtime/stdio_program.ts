import process from "node:process";
import { currentRuntime } from "../../../src/runtime/current.ts";

// Run by stdout_test.ts: `copy` writes its input to its output and leaves at once, `fill` writes
// 4 MiB in two calls that overlap.
const runtime = await currentRuntime();
if (process.argv[2] === "copy") {
  for await (const bytes of runtime.stdin()) await runtime.writeStdout(bytes);
} else {
  const half = 2 << 20;
  const parts = ["a", "b"].map((letter) => new TextEncoder().encode(letter.repeat(half)));
  await Promise.all(parts.map((bytes) => runtime.writeStdout(bytes)));
}
runtime.exit(3);
