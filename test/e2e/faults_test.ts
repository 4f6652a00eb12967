/** Every kind of fault once in every mode, before the compiled binary; times decide nothing. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { FAULTS } from "../../scripts/faults/catalogue.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary } from "../support/e2e/weir_process.ts";

const program = resolve(import.meta.dirname!, "..", "..", "scripts", "faults", "faults.ts");

interface Row {
  readonly fault: string;
  readonly mode: string;
  readonly counts: Readonly<Record<string, number>>;
}

peerTest(["dnsmasq", "root"], "no fault makes a scrape end short in silence", async (t) => {
  const json = join(temporaryFolder(t), "faults.json");
  const { exitCode, stdout, stderr } = await runProgram(
    process.execPath,
    [program, "--scrapes", "1", "--json", json],
    { env: { WEIR_BINARY: binary[0] } },
  );
  assert.equal(exitCode, 0, `${stdout}${stderr}`);
  const rows = JSON.parse(readFileSync(json, "utf8")) as Row[];
  const provoked = rows.map(({ fault, mode }) => `${fault} ${mode}`);
  const wanted = FAULTS.flatMap(({ name, modes }) => modes.map((mode) => `${name} ${mode}`));
  assert.deepEqual(provoked.toSorted(), wanted.toSorted());
  // A suite that saw nothing but errors would prove nothing.
  for (const outcome of ["complete", "said", "error", "broken", "left"]) {
    assert.ok(rows.some(({ counts }) => counts[outcome] > 0), outcome);
  }
  console.log(stdout.toString().trimEnd().split("\n").at(-1));
}, 240_000);
