/** What a person sees on a terminal, and what becomes of lines that nobody reads. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort, plainEnvironment } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { onTerminal } from "../support/e2e/terminal.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";
import { binary, denoSource, runWeir } from "../support/e2e/weir_process.ts";

const programs = { binary: binary.join(" "), Deno: denoSource.join(" ") };
const timeless = (text: string) => text.replace(/\d{4}-\d\d-\d\dT[\d:.]{12}Z/g, "T");

for (const [name, program] of Object.entries(programs)) {
  peerTest(
    ["script"],
    `${name}: on a terminal only the level of a log line is coloured`,
    async (t) => {
      const shown = onTerminal(t, `exec ${program} --demo --listen 127.0.0.1:0`);
      await eventually("the address is shown", () => shown.output().includes("Open http"));
      shown.press("\x03");
      assert.equal(await shown.exited, 0, shown.output());
      const lines = timeless(shown.output()).split("\r\n");
      const found = (text: string) => lines.find((line) => line.includes(text)) ?? "";
      assert.match(
        found("msg=listening"),
        /^ts=T ESC\[32mlevel=infoESC\[0m msg=listening version=/,
      );
      assert.match(
        found("Open"),
        /^Open http:\/\/localhost:\d+\/ to see where the series are\. Prometheus scrapes http:\/\/localhost:\d+\/metrics$/,
      );
      for (const line of lines) {
        assert.doesNotMatch(line.replace(/ESC\[3\dmlevel=\w+ESC\[0m/, ""), /ESC/);
      }
    },
  );

  for (
    const [why, env, flags] of [
      ["NO_COLOR is set", { NO_COLOR: "1" }, ""],
      ["TERM is dumb", { TERM: "dumb" }, ""],
      ["it is JSON", {}, "--log-format json"],
    ] as const
  ) {
    peerTest(["script"], `${name}: nothing is coloured where ${why}`, async (t) => {
      const shown = onTerminal(t, `exec ${program} --demo --listen 127.0.0.1:0 ${flags}`, env);
      await eventually("the address is shown", () => shown.output().includes("Open http"));
      shown.press("\x03");
      assert.equal(await shown.exited, 0, shown.output());
      assert.doesNotMatch(shown.output(), /ESC/);
    });
  }

  peerTest(["script"], `${name}: errors of a command line are not coloured`, async (t) => {
    const shown = onTerminal(t, `exec ${program} --upstraem x`);
    assert.equal(await shown.exited, 2);
    assert.equal(shown.output(), "--upstraem: unknown flag (did you mean --upstream?)\r\n");
  });
}

test("with --demo the address is printed where there is no terminal, too", async () => {
  const port = await freePort();
  const child = spawn(binary[0], ["--demo", "--port", `${port}`], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = await once(child.stdout, "data");
  assert.equal(
    String(line),
    `Open http://localhost:${port}/ to see where the series are. ` +
      `Prometheus scrapes http://localhost:${port}/metrics\n`,
  );
  child.kill("SIGTERM");
  const [code] = await once(child, "close");
  assert.equal(code, 0);
});

peerTest(["bash", "curl"], "without either nothing is on standard output", async (t) => {
  const upstream = await servingUpstream(t, gauges(3));
  const child = spawn(binary[0], ["-H", upstream, "--listen", "127.0.0.1:0"], {
    env: plainEnvironment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  child.stdout.on("data", (bytes) => stdout += bytes);
  await once(child.stderr, "data");
  child.kill("SIGTERM");
  await once(child, "close");
  assert.equal(stdout, "");
});

peerTest(["script"], "filter and analyze show how far they have read, on a terminal", async (t) => {
  const folder = temporaryFolder(t);
  const slowly = "for i in $(seq 1 30); do printf 'shop_orders %s\\n' $i; sleep 0.1; done";
  for (const command of [`filter - > ${join(folder, "out")}`, "analyze -"]) {
    const shown = onTerminal(t, `(${slowly}) | ${binary[0]} ${command}`);
    assert.equal(await shown.exited, 0, shown.output());
    assert.match(shown.output(), /\r\d+ B readESC\[K/, command);
    // The line is gone before what is said at the end.
    assert.match(shown.output(), /readESC\[K\rESC\[K\S/, command);
  }
  assert.ok(existsSync(join(folder, "out")));
}, 60_000);

peerTest(["script"], "filter shows no progress in the midst of its output", async (t) => {
  const slowly = "for i in $(seq 1 20); do printf 'shop_orders %s\\n' $i; sleep 0.1; done";
  const shown = onTerminal(t, `(${slowly}) | ${binary[0]} filter`);
  assert.equal(await shown.exited, 0);
  assert.doesNotMatch(shown.output(), /ESC/);
}, 60_000);

for (const [name, program] of Object.entries(programs)) {
  peerTest(["bash"], `${name}: a log that nobody reads holds up no scrape`, async (t) => {
    const folder = temporaryFolder(t);
    const [go, log] = [join(folder, "go"), join(folder, "log")];
    const port = await freePort();
    const upstream = await servingUpstream(t, gauges(1));
    const flags = `-H ${upstream} --listen 127.0.0.1:${port} --log-level debug`;
    const reader = `while [ ! -e ${go} ]; do sleep 0.05; done; cat > ${log}`;
    const child = spawn("bash", ["-c", `exec ${program} ${flags} 2> >(${reader})`], {
      env: plainEnvironment(),
      stdio: "ignore",
    });
    t.after(() => void child.kill("SIGKILL"));
    const scrape = () => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
    await eventually("it answers", async () => await scrape() !== "");
    // Some 250 bytes of log each, where a pipe takes 64 KiB and Weir holds as much.
    for (let count = 0; count < 800; count++) assert.equal(await scrape(), gauges(1));
    writeFileSync(go, "");
    await eventually("what was left out is told", async () => {
      await scrape();
      return /level=warn msg="log lines were left out" lines=\d+$/m.test(readFileSync(log, "utf8"));
    });
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    // Deno has a line of its own to write.
    for (const line of lines.filter((line) => !line.startsWith("Deno.serve: "))) {
      assert.match(line, /^ts=\S+ level=(?:debug|info|warn) msg=.*$/);
    }
    child.kill("SIGTERM");
    await once(child, "close");
    assert.equal(child.exitCode, 0);
  }, 120_000);

  peerTest(["bash"], `${name}: a log whose reader left ends nothing`, async (t) => {
    const port = await freePort();
    const upstream = await servingUpstream(t, gauges(1));
    const flags = `-H ${upstream} --listen 127.0.0.1:${port} --log-level debug`;
    const child = spawn("bash", ["-c", `exec ${program} ${flags} 2> >(true)`], {
      env: plainEnvironment(),
      stdio: "ignore",
    });
    t.after(() => void child.kill("SIGKILL"));
    const scrape = () => fetch(`http://127.0.0.1:${port}/metrics`).then((answer) => answer.text());
    await eventually("it answers", async () => await scrape() === gauges(1));
    for (let count = 0; count < 20; count++) assert.equal(await scrape(), gauges(1));
    child.kill("SIGTERM");
    await once(child, "close");
    assert.equal(child.exitCode, 0);
  });
}

const manyErrors = Array.from({ length: 3000 }, (_, index) => `--wrong-flag-of-mine-${index}`);

peerTest(["bash"], "a message waits for a slow reader, whole", async () => {
  const run = await runWeir(manyErrors);
  assert.equal(run.exitCode, 2);
  const lines = run.stderr.trimEnd().split("\n");
  assert.equal(lines.length, 3000);
  assert.ok(run.stderr.length > 100_000);
  const slow = spawn("bash", [
    "-c",
    `${binary[0]} "$@" 2>&1 | (sleep 1; cat); echo "\${PIPESTATUS[0]}"`,
    "bash",
    ...manyErrors,
  ], { env: plainEnvironment(), stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  slow.stdout.setEncoding("utf8").on("data", (part: string) => text += part);
  await once(slow, "close");
  assert.equal(text, `${run.stderr}2\n`);
});

peerTest(["bash"], "a message whose reader left ends with the status all the same", async () => {
  const run = spawn("bash", ["-c", `${binary[0]} "$@" 2> >(true)`, "bash", ...manyErrors], {
    env: plainEnvironment(),
    stdio: "ignore",
  });
  await once(run, "close");
  assert.equal(run.exitCode, 2);
});
