import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const PROGRAM = fileURLToPath(new URL("../support/runtime/stdio_program.ts", import.meta.url).href);

function start(mode: "copy" | "fill"): ChildProcessWithoutNullStreams {
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : ["run"];
  return spawn(process.execPath, [...run, PROGRAM, mode]);
}

test("writeStdout loses nothing to a slow reader and an exit", async () => {
  const program = start("fill");
  const exited = once(program, "exit");
  let text = "";
  for await (const part of program.stdout) {
    text += part;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assert.equal((await exited)[0], 3);
  const half = 2 << 20;
  assert.ok(text === "a".repeat(half) + "b".repeat(half), `${text.length} bytes`);
});

test("writeStdout ends the program quietly when the reader leaves", async () => {
  const program = start("fill");
  let errors = "";
  program.stderr.on("data", (part) => errors += part);
  const exited = once(program, "exit");
  await once(program.stdout, "data");
  program.stdout.destroy();
  assert.equal((await exited)[0], 0);
  assert.equal(errors, "");
});

test("stdin comes out as it went in", async () => {
  const program = start("copy");
  const exited = once(program, "exit");
  const sent = "up 1\n".repeat(200_000);
  program.stdin.end(sent);
  let text = "";
  for await (const part of program.stdout) text += part;
  assert.equal((await exited)[0], 3);
  assert.ok(text === sent, `${text.length} of ${sent.length} bytes`);
});
