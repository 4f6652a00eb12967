/** `weir man`, as troff and man read it. */
import assert from "node:assert/strict";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { runWeir } from "../support/e2e/weir_process.ts";

peerTest(["groff"], "troff has nothing to say of the man page", async () => {
  const { stdout, stderr, exitCode } = await runWeir(["man"]);
  assert.deepEqual([exitCode, stderr], [0, ""]);
  const run = await runProgram("groff", ["-man", "-ww", "-z", "-Tutf8"], { stdin: [stdout] });
  assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
});

peerTest(["man", "groff"], "man shows it, with flags that can be copied", async () => {
  const { stdout } = await runWeir(["man"]);
  const env = { MANWIDTH: "80", LC_ALL: "C.UTF-8", MAN_KEEP_FORMATTING: "" };
  const run = await runProgram("man", ["--warnings", "-P", "cat", "-l", "-"], {
    stdin: [stdout],
    env,
  });
  const text = run.stdout.toString();
  assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
  assert.match(text, /^WEIR\(1\) +User Commands +WEIR\(1\)$/m);
  assert.match(text, /^ {7}weir check \[CONFIG\] \[flags\]$/m);
  assert.match(text, /^ {7}--listen, --web\.listen-address ADDR:PORT\|unix:PATH$/m);
  assert.match(
    text,
    /weir filter --relabel-file rules\.yaml --explain 'shop_orders_total\{path="\/a"\} 1'/,
  );
});
