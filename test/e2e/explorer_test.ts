/** The explorer page, as people use it: in Chromium, before the binary, before node_exporter. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { PROTOBUF_TYPE } from "../../src/upstream/negotiate.ts";
import { openExplorer, previewed, startBrowser } from "../support/e2e/browser.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { samplesOf } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startNodeExporter } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { NATIVE_BODY } from "../support/exposition/native_families.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const TIMEOUT_MS = 90_000;

/** Collectors whose series stay the same from scrape to scrape, whatever else the machine does. */
const STEADY = ["--collector.disable-defaults", "--collector.cpu", "--collector.uname"];

const DROP_GO = `- action: drop
  source_labels: [__name__]
  regex: go_.*
`;

peerTest(
  ["chromium", "prometheus-node-exporter"],
  "what the page predicts for a rule is what /metrics has with it",
  async (t) => {
    const exporter = await startNodeExporter(t, STEADY);
    const weir = await startWeir(t, ["-H", `${exporter}/metrics`]);
    const browser = await startBrowser(t);
    const { page, troubles } = await openExplorer(browser, weir.url);

    await page.getByLabel("Search").fill("cpu_seconds");
    const rows = page.locator(".series tbody tr");
    for (const name of await rows.locator("th").allTextContents()) {
      assert.match(name, /cpu_seconds/);
    }
    await rows.getByRole("button", { name: "node_cpu_seconds_total", exact: true }).click();
    await rows.getByRole("button", { name: "cpu", exact: true }).click();
    assert.match(await page.locator(".crumbs").innerText(), /All metrics.*node_cpu.*cpu/s);
    assert.equal(await rows.locator("th").first().innerText(), "0");
    await page.goBack();
    const drop = "Try a rule that drops the label cpu of this metric";
    await page.getByRole("button", { name: drop }).click();
    await eventually("cpu is summed", async () => await sizeOf(page, "node_cpu_seconds_total"));
    const summed = await previewed(page, "series");

    const editor = page.getByLabel("Relabel rules (YAML)");
    await editor.press("Control+End");
    await editor.pressSequentially(DROP_GO);
    const ruleRows = page.getByRole("region", { name: "What each rule does" }).locator("tbody tr");
    await eventually("the second rule fires", async () => await ruleRows.count() === 2);
    const predicted = await previewed(page, "series");
    assert.ok(predicted < summed, `${predicted} of ${summed}`);

    await page.getByRole("button", { name: "Copy YAML" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    // Not typed: a script of the page's own would be held to its policy.
    const yaml = await page.evaluate<string>("navigator.clipboard.readText()");
    assert.deepEqual(troubles, []);
    const link = page.url();
    const again = await openExplorer(browser, link);
    assert.equal(await previewed(again.page, "series"), predicted);
    await weir.stop();

    const config = join(temporaryFolder(t), "weir.yaml");
    writeFileSync(config, `upstream_url: ${exporter}\n${yaml}`);
    const changed = await startWeir(t, [config]);
    const metrics = await (await fetch(`${changed.url}/metrics`)).text();
    assert.equal(samplesOf(metrics).length, predicted);
  },
  TIMEOUT_MS,
);

/** Whether the preview speaks of the metric. */
async function sizeOf(page: Page, metric: string): Promise<boolean> {
  const changes = page.getByRole("region", { name: "Metrics that change", includeHidden: true });
  return (await changes.textContent() ?? "").replace(/\s/g, "").includes(metric);
}

const SCRAPE = `# TYPE requests counter
requests{path="/",code="200"} 1
requests{path="/cart",code="200"} 2
requests{path="/cart",code="500"} 3
# TYPE up gauge
up 1
`;

peerTest(["chromium"], "an error of a rule stands at its line, and goes with it", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, SCRAPE)]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  const editor = page.getByLabel("Relabel rules (YAML)");
  await editor.fill("- action: labeldrop\n  regex: path\n- action: dorp\n");
  const problem = page.locator("#rules-problems li");
  await problem.waitFor();
  assert.equal(
    await problem.innerText(),
    'Line 3: metric_relabel_configs[1].action: unknown relabel action "dorp" (did you mean "drop"?)',
  );
  assert.equal(await page.locator(".gutter .bad").first().innerText(), "3");
  await problem.getByRole("button").click();
  assert.equal(
    await page.evaluate(
      "document.activeElement.value.slice(document.activeElement.selectionStart)",
    ),
    "- action: dorp\n",
  );
  await editor.fill("- action: labeldrop\n  regex: path\n");
  assert.equal(await previewed(page, "series"), 3);
  assert.equal(await problem.count(), 0);
  await page.getByLabel("Follow one sample").fill('requests{path="/x",code="200"} 1');
  await page.locator(".trace").waitFor();
  assert.match(await page.locator(".trace li").last().innerText(), /requests\{code="200"\} 1/);
  // A refused preview is what the browser logs as an error.
  assert.deepEqual(troubles.filter((trouble) => !trouble.includes("400 (Bad Request)")), []);
});

peerTest(["chromium"], "recommended rules are tried with one press, and reset", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, SCRAPE)]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  await page.getByRole("button", { name: "Try: labeldrop path" }).click();
  assert.equal(await previewed(page, "series"), 3);
  const editor = page.getByLabel("Relabel rules (YAML)");
  const rule = "metric_relabel_configs:\n- action: labeldrop\n  regex: path\n";
  assert.equal(await editor.inputValue(), rule);
  await page.getByRole("button", { name: "By label" }).click();
  await page.getByRole("button", { name: "Try a rule that drops the label code" }).click();
  await eventually("both labels are gone", async () => await previewed(page, "series") === 2);
  assert.equal(
    await editor.inputValue(),
    "metric_relabel_configs:\n- action: labeldrop\n  regex: code|path\n",
  );
  await page.getByRole("button", { name: "Reset" }).click();
  await eventually("no rule is left", async () => await previewed(page, "series") === 4);
  assert.equal(await editor.inputValue(), "");
  await page.getByLabel("seconds apart").fill("1");
  await page.getByRole("button", { name: "Compare two scrapes" }).click();
  await page.getByText("The same 4 series 1 s later").waitFor();
  assert.deepEqual(troubles, []);
});

peerTest(["chromium"], "where previews are off the page says what to set", async (t) => {
  const upstream = await servingUpstream(t, SCRAPE);
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(config, `upstream_url: ${upstream}\nweb: {preview: false}\n`);
  const weir = await startWeir(t, [config]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  await page.getByText(/No preview: .* start Weir with --preview, or set web\.preview to true/)
    .waitFor();
  assert.deepEqual(troubles, []);
});

peerTest(["chromium"], "native histograms are counted, shown and dropped", async (t) => {
  const upstream = await servingUpstream(t, NATIVE_BODY, PROTOBUF_TYPE);
  const weir = await startWeir(t, ["-H", upstream]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  const figures = await page.locator(".figures").first().innerText();
  assert.match(figures, /Series\s+15\s/i);
  assert.match(figures, /Native histograms\s+3\s/i);
  assert.match(figures, /Their buckets\s+12\b/i);
  const row = page.locator(".series tbody tr").filter({ hasText: "2 native histograms" });
  assert.match(
    await row.innerText(),
    /^both_seconds ×4\s+histogram 2 native histograms with 8 buck/,
  );

  await page.getByRole("button", { name: "both_seconds", exact: true }).click();
  const drop = "Try a rule that drops the metric both_seconds_bucket";
  await page.getByRole("button", { name: drop }).click();
  assert.equal(await previewed(page, "series"), 9);
  await page.getByRole("button", { name: "both_seconds", exact: true }).nth(1).click();
  await page.getByText("2 native histograms with 8 buckets").first().waitFor();
  assert.deepEqual(troubles, []);
});
