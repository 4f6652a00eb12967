/** Ten seconds of the soak: that it runs, and that nothing of it is wrong; times decide nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary } from "../support/e2e/weir_process.ts";

const program = resolve(import.meta.dirname!, "..", "..", "scripts", "soak", "soak.ts");
const SECONDS = 10;

interface Soaked {
  readonly mode: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly samples: readonly unknown[];
}

peerTest([], `${SECONDS} s of soak`, async (t) => {
  const folder = temporaryFolder(t);
  const [svg, json] = [join(folder, "soak.svg"), join(folder, "soak.json")];
  const { exitCode, stdout, stderr } = await runProgram(
    process.execPath,
    [program, "--minutes", String(SECONDS / 60), "--svg", svg, "--json", json],
    { env: { WEIR_BINARY: binary[0] } },
  );
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const { weirs } = JSON.parse(readFileSync(json, "utf8")) as { weirs: Soaked[] };
  assert.deepEqual(weirs.map(({ mode }) => mode), ["gateway", "sidecar"]);
  for (const { mode, counts, samples } of weirs) {
    assert.equal(samples.length, SECONDS, mode);
    assert.ok(counts.complete > 0, mode);
  }
  assert.match(readFileSync(svg, "utf8"), /<svg .*gateway resident/s);
}, 90_000);
