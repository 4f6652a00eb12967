/** `deploy/mixin`: its names are those of the binary, its runbooks are there, and promtool agrees. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { deployFolder, documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";

const root = resolve(import.meta.dirname!, "../..");
const folder = join(deployFolder, "mixin");
const rulesOf = (file: string): Manifest[] =>
  documents(`mixin/${file}`)[0].groups.flatMap(({ rules }: Manifest) => rules);
const alerts = rulesOf("alerts.yaml");
const recorded = rulesOf("rules.yaml");
const dashboard = JSON.parse(readFileSync(join(folder, "dashboard.json"), "utf8"));
const runbooks = readFileSync(join(root, "docs/runbooks.md"), "utf8");

/** Of own metrics, as the documentation has them, which another test holds against the binary. */
const own = (() => {
  const text = readFileSync(join(root, "docs/scraping.md"), "utf8");
  const rows = text.slice(text.indexOf("## Own metrics")).match(/^\| .*$/gm)!.join("\n");
  return new Set([...rows.matchAll(/`((?:weir|process)_\w+)/g)].map(([, name]) => name));
})();

/** What a gateway's response says of its targets. */
const ofTargets = new Set(["weir_target_up"]);

interface Query {
  readonly where: string;
  readonly expression: string;
}

const queries: Query[] = [
  ...alerts.map(({ alert, expr }) => ({ where: alert, expression: expr })),
  ...recorded.map(({ record, expr }) => ({ where: record, expression: expr })),
  ...dashboard.panels.flatMap(({ title, targets = [] }: Manifest) =>
    targets.map(({ expr }: Manifest) => ({ where: title, expression: expr }))
  ),
  ...dashboard.templating.list.filter(({ type }: Manifest) => type === "query").map(
    ({ name, definition }: Manifest) => ({ where: `$${name}`, expression: definition }),
  ),
];

test("every metric that is asked for exists", () => {
  const histogram = /_(bucket|sum|count)$/;
  const unknown = queries.flatMap(({ where, expression }) =>
    [...expression.matchAll(/\b(?:weir|process)_\w+/g)]
      .filter(([name]) => !own.has(name) && !own.has(name.replace(histogram, "")))
      .filter(([name]) => !ofTargets.has(name))
      .map(([name]) => `${where}: ${name}`)
  );
  assert.deepEqual(unknown, []);
  assert.ok(queries.length > 50, String(queries.length));
});

test("each alert has a severity, says what is wrong and has a runbook, and each runbook an alert", () => {
  for (const { alert, labels, annotations } of alerts) {
    assert.match(labels.severity, /^(critical|warning|info)$/, alert);
    assert.ok(annotations.summary && annotations.description, alert);
    assert.equal(annotations.runbook_url, `docs/runbooks.md#${alert.toLowerCase()}`);
  }
  const named = [...runbooks.matchAll(/^## (Weir\w+)$/gm)].map(([, name]) => name);
  assert.deepEqual(named, alerts.map(({ alert }) => alert));
  for (const section of runbooks.split(/^## /m).slice(1)) {
    for (const part of ["**Means**", "**Impact**", "**Look at**", "**Do**"]) {
      assert.ok(section.includes(part), `${section.split("\n")[0]}: ${part}`);
    }
  }
});

test("what the runbooks ask of own metrics exists", () => {
  const named = [...runbooks.matchAll(/\b(?:weir|process)_\w+/g)].map(([name]) => name);
  const ofResponses =
    /^weir_(scrape_(unfiltered_lines|dropped_samples|missing_targets|truncated)|overflow)$/;
  const unknown = named.filter((name) =>
    !own.has(name) && !ofTargets.has(name) && !ofResponses.test(name)
  );
  assert.deepEqual(unknown, []);
});

test("panels of the dashboard have numbers of their own and do not lie on each other", () => {
  const ids = dashboard.panels.map(({ id }: Manifest) => id);
  assert.deepEqual(ids, [...new Set(ids)]);
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert.ok(!taken.has(`${column} ${line}`), title);
        taken.add(`${column} ${line}`);
      }
    }
  }
});

test("each alert has a test by which it fires, and one by which it does not", () => {
  const [{ tests }] = documents("mixin/tests.yaml");
  const checks: Manifest[] = tests.flatMap(({ alert_rule_test = [] }: Manifest) => alert_rule_test);
  for (const { alert } of alerts) {
    const own = checks.filter(({ alertname }) => alertname === alert);
    const firing = own.filter(({ exp_alerts }) => exp_alerts.length > 0);
    assert.ok(firing.length > 0 && firing.length < own.length, alert);
  }
});

peerTest(
  ["promtool"],
  "promtool agrees with the rules, and with what they are to say",
  async () => {
    for (const file of ["alerts.yaml", "rules.yaml"]) {
      const args = ["check", "rules", "--lint-fatal", join(folder, file)];
      const check = await runProgram("promtool", args);
      assert.equal(check.exitCode, 0, check.stderr);
    }
    const run = await runProgram("promtool", ["test", "rules", join(folder, "tests.yaml")]);
    assert.equal(run.exitCode, 0, run.stderr + run.stdout);
  },
);
