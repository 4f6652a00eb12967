/** The explorer page, from the biggest metric to a file that is in force, in Chromium. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { Page } from "playwright-core";
import { openExplorer, previewed, startBrowser } from "../support/e2e/browser.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { samplesOf } from "../support/e2e/expositions.ts";
import { pathOf, peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

const TIMEOUT_MS = 90_000;

/** A histogram that is most of it, a group of metrics, and what stays. */
const SCRAPE = [
  "# TYPE big_seconds histogram",
  ...Array.from({ length: 20 }, (_, at) => [
    ...["0.1", "1.0", "+Inf"].map((le) => `big_seconds_bucket{path="/${at}",le="${le}"} ${at}`),
    `big_seconds_sum{path="/${at}"} ${at}`,
    `big_seconds_count{path="/${at}"} ${at}`,
  ]).flat(),
  "# TYPE requests counter",
  ...["200", "404", "500"].map((code) => `requests{path="/",code="${code}"} 1`),
  ...["a", "b", "c", "d", "e"].map((name) => `nginx_ingress_controller_${name} 1`),
  "nginx_up 1",
  "up 1",
].join("\n") + "\n";

/** Presses a button, and counts it. */
function clicks(page: Page) {
  let count = 0;
  return {
    press: async (role: "button" | "tab", name: string | RegExp) => {
      count++;
      await page.getByRole(role, { name, exact: typeof name === "string" }).first().click();
    },
    get count() {
      return count;
    },
  };
}

/** What a press on Download saves, as a file below `folder`. */
async function downloaded(page: Page, folder: string, press: () => Promise<void>): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), press()]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

async function opened(t: TestContext, args: readonly string[] = []) {
  const upstream = await servingUpstream(t, SCRAPE);
  const weir = await startWeir(t, ["-H", upstream, ...args]);
  const browser = await startBrowser(t);
  return { upstream, weir, browser, ...await openExplorer(browser, weir.url) };
}

peerTest(
  ["chromium"],
  "from the biggest metric to a file that a second Weir runs with, in five clicks",
  async (t) => {
    const { upstream, page, troubles } = await opened(t);
    const { press, ...counted } = clicks(page);
    await press("button", /^Try a rule that drops the 3 metrics of big_seconds/);
    await press("button", "Use these rules");
    await page.locator("pre.file").waitFor();
    const file = await downloaded(page, temporaryFolder(t), () => press("button", "Download"));
    assert.ok(counted.count <= 5, `${counted.count} clicks`);
    const predicted = await previewed(page, "series");
    assert.equal(predicted, 10);
    assert.deepEqual(troubles, []);

    const second = await startWeir(t, ["-H", upstream, "--relabel-file", file]);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    assert.equal(samplesOf(metrics).length, predicted);
    const checked = await runWeir(["check", "--relabel-file", file]);
    assert.equal(checked.exitCode, 0, checked.stderr + checked.stdout);
  },
  TIMEOUT_MS,
);

peerTest(
  ["chromium", "promtool"],
  "every file that the page saves is taken by what it is for",
  async (t) => {
    const { page, troubles } = await opened(t);
    const folder = temporaryFolder(t);
    await page.getByLabel("Relabel rules (YAML)").fill(
      "# Ours.\n- action: drop\n  source_labels: [__name__]\n  regex: big_.*\n" +
        "- action: drop\n  source_labels: [code]\n  regex: '404'\n",
    );
    await eventually("the preview", async () => await previewed(page, "series") === 9);
    await page.getByRole("button", { name: "Use these rules" }).click();
    const save = async (tab: string) => {
      await page.getByRole("tab", { name: tab, exact: true }).click();
      return await downloaded(
        page,
        folder,
        () => page.getByRole("button", { name: "Download" }).click(),
      );
    };
    assert.match(readFileSync(await save("Relabel file"), "utf8"), /^# Ours\.\n- action: drop\n/);
    const tests = await runWeir(["test", await save("Test")]);
    assert.equal(tests.stdout.toString(), "2 passed, 0 failed\n", tests.stderr);
    const config = ["check", "config", await save("Prometheus job")];
    const job = await runProgram(pathOf("promtool")!, config);
    assert.equal(job.exitCode, 0, job.stderr + job.stdout);
    const policies = await save("Policies");
    const upstream = await servingUpstream(t, SCRAPE);
    const second = await startWeir(t, ["-H", upstream, "--policies", policies]);
    const metrics = await (await fetch(`${second.url}/metrics`)).text();
    assert.equal(samplesOf(metrics).length, 9);
    for (const tab of ["ConfigMap", "ServiceMonitor", "PodMonitor"]) {
      const text = readFileSync(await save(tab), "utf8");
      assert.match(text, new RegExp(`^kind: ${tab}$`, "m"));
    }
    await page.getByRole("tab", { name: "Changes" }).click();
    assert.match(await page.locator(".diff").innerText(), /^\+ - action: drop$/m);
    assert.deepEqual(troubles, []);
  },
  TIMEOUT_MS,
);

peerTest(
  ["chromium"],
  "a press shows the rule that it made, is undone, and done again",
  async (t) => {
    const { page, troubles } = await opened(t);
    const editor = page.getByLabel("Relabel rules (YAML)");
    const drop = (what: string) =>
      page.getByRole("button", { name: `Try a rule that drops the metric ${what}` }).click();
    const happened = page.locator(".happened");
    await drop("requests");
    await happened.getByText("Rule 1 was added").waitFor();
    await happened.getByText(/saves 3 series/).waitFor();
    const one = await editor.inputValue();
    assert.equal(await page.locator(".marks:not([hidden])").count(), 1);

    await drop("requests");
    await happened.getByText("Rule 1 does this already").waitFor();
    assert.equal(await editor.inputValue(), one);

    await drop("up");
    await happened.getByText(/Rule 1 takes this in/).waitFor();
    const two = await editor.inputValue();
    assert.equal(two, one.replace("regex: requests", "regex: requests|up"));
    await happened.getByRole("button", { name: "Undo" }).click();
    assert.equal(await editor.inputValue(), one);
    await happened.getByRole("button", { name: "Redo" }).click();
    assert.equal(await editor.inputValue(), two);

    await editor.press("Control+End");
    await editor.pressSequentially("# x");
    await editor.press("Control+z");
    assert.equal(await editor.inputValue(), two);
    await editor.press("Control+z");
    assert.equal(await editor.inputValue(), one);
    await editor.press("Control+Shift+z");
    await editor.press("Control+y");
    assert.equal(await editor.inputValue(), `${two}# x`);
    assert.deepEqual(troubles, []);
  },
);

peerTest(
  ["chromium"],
  "a search says what it finds in all, and drops it with one pattern",
  async (t) => {
    const { page, troubles } = await opened(t);
    await page.getByLabel("Search").fill("^nginx_ingress_.*_[a-e]$");
    const sum = page.locator(".sum");
    assert.match(await sum.innerText(), /^5 metrics · 5 series · 145 B · 4\.5 %/);
    await sum.getByRole("button", { name: "drop all that match" }).click();
    const editor = page.getByLabel("Relabel rules (YAML)");
    assert.match(await editor.inputValue(), /regex: "nginx_ingress_controller_\.\*"\n$/);
    await eventually(
      "the preview",
      async () => await previewed(page, "series") === 105,
    );
    assert.deepEqual(troubles, []);
  },
);

peerTest(
  ["chromium"],
  "what a preview leaves and what churns stand beside each metric",
  async (t) => {
    const { page, troubles } = await opened(t);
    const row = page.locator(".series tbody tr").filter({ hasText: "big_seconds" }).first();
    await row.getByRole("button", { name: /drops/ }).click();
    await eventually("what is left", async () => /0\s+−100 %/.test(await row.innerText()));
    const other = page.locator(".series tbody tr").filter({ hasText: "requests" });
    assert.match(await other.innerText(), /same/);
    await page.getByLabel("seconds apart").fill("1");
    await page.getByRole("button", { name: "Compare two scrapes" }).click();
    await page.getByRole("columnheader", { name: "Churn" }).waitFor();
    assert.deepEqual(troubles, []);
  },
);

peerTest(["chromium"], "the editor stays in sight while the table is scrolled", async (t) => {
  const many = Array.from({ length: 300 }, (_, at) => `metric${at}_total 1`).join("\n");
  const weir = await startWeir(t, ["-H", await servingUpstream(t, `${many}\n`)]);
  const { page } = await openExplorer(await startBrowser(t), weir.url);
  await page.mouse.move(300, 600);
  await page.mouse.wheel(0, 2_000);
  await eventually("it is scrolled", async () => await page.evaluate<number>("scrollY") > 1_500);
  const box = await page.getByLabel("Relabel rules (YAML)").boundingBox();
  assert.ok(box !== null && box.y >= 0 && box.y + box.height < 900, JSON.stringify(box));
});

peerTest(
  ["chromium"],
  "where previews are off there are no files, and the page says so",
  async (t) => {
    const upstream = await servingUpstream(t, SCRAPE);
    const config = join(temporaryFolder(t), "weir.yaml");
    writeFileSync(config, `upstream_url: ${upstream}\nweb: {preview: false}\n`);
    const weir = await startWeir(t, [config]);
    const { page } = await openExplorer(await startBrowser(t), weir.url);
    await page.getByRole("button", { name: "Use these rules" }).click();
    await page.getByRole("dialog").getByText(/set web\.preview to true/).waitFor();
  },
);
