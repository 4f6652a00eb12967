/** `weir help`, the help of each command, and whether its examples do what they say. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test, type TestContext } from "node:test";
import { commandText, overviewText } from "../../src/cli/help.ts";
import { COMMANDS } from "../../src/config/commands.ts";
import { argumentsOf } from "../support/cli/shell_words.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { plainEnvironment, runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, runWeir, startWeir } from "../support/e2e/weir_process.ts";

const docs = resolve(import.meta.dirname!, "..", "..", "docs");

for (const args of [["help"], ["--help"], ["-h"], ["weir.yaml", "--help"], ["--wrong", "-h"]]) {
  test(`weir ${args.join(" ")}: the overview, on standard output`, async () => {
    const run = await runWeir(args);
    assert.deepEqual([run.exitCode, run.stderr], [0, ""]);
    assert.equal(run.stdout.toString(), overviewText());
  });
}

for (const { name } of COMMANDS) {
  test(`weir ${name} --help and weir help ${name}: its own help, on standard output`, async () => {
    for (const args of [[name, "--help"], [name, "-h"], ["help", name], ["-h", name]]) {
      const run = await runWeir(args);
      assert.deepEqual([run.exitCode, run.stderr], [0, ""], args.join(" "));
      assert.equal(run.stdout.toString(), commandText(name), args.join(" "));
    }
  });
}

for (const { name, examples } of COMMANDS.filter(({ name }) => name !== "serve")) {
  for (const { line } of examples) {
    peerTest(["bash", "man"], `${name}'s example: ${line}`, async (t) => {
      const folder = exampleFolder(t);
      // What is installed for good is not to be installed here.
      const command = line.replace(/ > [~/].*/, "");
      const run = await runProgram("bash", [
        "-c",
        `cd ${folder}; export PATH=${folder}/bin:$PATH; ${command}`,
      ], {
        env: { ...plainEnvironment(), MANPAGER: "cat" },
      });
      // Those of scrapes say on standard error how much they read.
      if (name !== "filter") assert.equal(run.stderr, "");
      assert.equal(run.exitCode, 0, run.stderr + run.stdout);
    });
  }
}

for (const { line } of COMMANDS.find(({ name }) => name === "serve")!.examples) {
  test(`serve's example: ${line}`, async (t) => {
    const folder = exampleFolder(t);
    const args = argumentsOf(line).map((word) =>
      /^[\w-]+\.(?:yaml|json)$/.test(word) ? join(folder, word) : word
    );
    // The port of the example may be taken here: the last address holds.
    const weir = await startWeir(t, args);
    assert.equal(await weir.stop(), 0);
  });
}

/** With the files that examples name, and `bin/weir`. */
function exampleFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, "tests"));
  symlinkSync(resolve(binary[0]), join(folder, "bin", "weir"));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("scrape.prom", '# TYPE shop_orders_total counter\nshop_orders_total{path="/a"} 1\n');
  write("weir.yaml", "upstream_url: http://localhost:9100/metrics\n");
  write("rules.yaml", "- action: labeldrop\n  regex: path\n");
  mkdirSync(join(folder, "dashboards"));
  const expr = "sum(rate(shop_orders_total[5m]))";
  const rules = [{ alert: "NoOrders", expr: `${expr} == 0` }];
  write("alerts.yaml", JSON.stringify({ groups: [{ name: "shop", rules }] }));
  const panels = [{ title: "Orders", targets: [{ expr }] }];
  write("dashboards/shop.json", JSON.stringify({ title: "Shop", panels }));
  write("queries.log", `${JSON.stringify({ params: { query: expr } })}\n`);
  write("used.json", JSON.stringify({ version: 1, sources: [], uses: [], unread: [] }));
  const match = [{ metric_field: "name", regex: "^go_" }];
  const policies = [{ id: "go", name: "go", metric: { match, keep: false } }];
  write("policies.json", JSON.stringify({ policies }));
  for (const name of ["rules_test.yaml", "tests/rules_test.yaml"]) {
    copyFileSync(join(docs, "examples", "rules_test.yaml"), join(folder, name));
  }
  return folder;
}
