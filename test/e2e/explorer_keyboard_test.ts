/** The explorer page without a pointer, and to those who hear it or see little. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openExplorer, previewed, startBrowser } from "../support/e2e/browser.ts";
import { FAINT, FLAWS } from "../support/e2e/page_checks.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const TIMEOUT_MS = 60_000;

peerTest(["chromium"], "everything is reached by keys, and where one is can be seen", async (t) => {
  const weir = await startWeir(t, ["--demo"]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  await page.keyboard.press("Tab");
  assert.equal(await focused(page), "Skip to the explorer");
  await page.keyboard.press("Enter");
  await tabTo(page, "Search");
  await page.keyboard.type("requests_total");
  await tabTo(page, "nginx_ingress_controller_requests_total");
  await page.keyboard.press("Enter");
  assert.match(await focused(page), /^Labels by their values/);
  await tabTo(page, "Values");
  await page.keyboard.press("Enter");
  assert.equal(await focused(page), "Values");
  assert.equal(await page.locator("[aria-sort=ascending]").innerText(), "Values");
  await tabTo(page, "path");
  await page.keyboard.press("Enter");
  assert.match(await focused(page), /^Values by series/);
  await tabTo(page, "Try a rule that drops the series with /healthz");
  await page.keyboard.press("Enter");
  const left = await previewed(page, "series");
  await tabTo(page, "Relabel rules (YAML)");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("- {action: labeldrop, regex: path}");
  await tabTo(page, "Preview");
  await page.keyboard.press("Enter");
  await page.getByRole("region", { name: "What each rule does" }).getByText("labeldrop").waitFor();
  assert.notEqual(await previewed(page, "series"), left);
  assert.deepEqual(troubles, []);
}, TIMEOUT_MS);

peerTest(["chromium"], "the files of the rules are reached by keys, and left by one", async (t) => {
  const weir = await startWeir(t, ["--demo"]);
  const { page, troubles } = await openExplorer(await startBrowser(t), weir.url);
  await tabTo(page, "Use these rules");
  await page.keyboard.press("Enter");
  await page.getByRole("tab", { name: "Relabel file" }).waitFor();
  await tabTo(page, "Relabel file");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "ConfigMap");
  assert.match(await page.locator("pre.file").innerText(), /kind: ConfigMap/);
  await page.keyboard.press("End");
  assert.equal(await focused(page), "Changes");
  await page.keyboard.press("ArrowRight");
  assert.equal(await focused(page), "Relabel file");
  await page.keyboard.press("Escape");
  assert.equal(await focused(page), "Use these rules");
  assert.deepEqual(troubles, []);
}, TIMEOUT_MS);

/** What is focused, by its name to assistive technology; its focus has to be seen. */
async function focused(page: Page): Promise<string> {
  const [name, isSeen] = await page.evaluate<[string, boolean]>(`(() => {
    const element = document.activeElement;
    const label = element.labels?.[0]?.textContent;
    const outlined = [element, element.closest(".lines") ?? element.parentElement]
      .some((one) => getComputedStyle(one).outlineStyle !== "none");
    const text = element.getAttribute("aria-label") ?? label ?? element.textContent;
    return [text.trim(), outlined || element.tabIndex < 0];
  })()`);
  assert.ok(isSeen, `the focus on ${name} is not seen`);
  return name;
}

async function tabTo(page: Page, wanted: string | RegExp): Promise<void> {
  const met: string[] = [];
  for (let at = 0; at < 150; at++) {
    await page.keyboard.press("Tab");
    const name = await focused(page);
    met.push(name);
    if (typeof wanted === "string" ? name === wanted : wanted.test(name)) return;
  }
  assert.fail(`no tab leads to ${wanted}, only to ${met.join(", ")}`);
}

for (const dark of [false, true]) {
  const scheme = dark ? "dark" : "light";
  peerTest(
    ["chromium"],
    `names, roles and contrast hold in ${scheme}`,
    async (t) => {
      const weir = await startWeir(t, ["--demo"]);
      const rules = new URLSearchParams({
        rules: "- action: labeldrop\n  regex: path\n- action: drop\n  regex: nothing\n",
        sample: 'go_goroutines{path="/"} 3',
      });
      const { page } = await openExplorer(
        await startBrowser(t),
        `${weir.url}/#${rules}`,
        { dark },
      );
      await page.locator(".trace").waitFor();
      assert.deepEqual(await page.evaluate<string[]>(FLAWS), []);
      assert.deepEqual(await page.evaluate<string[]>(FAINT), []);
      await page.getByRole("button", { name: "By label" }).click();
      await page.getByLabel("Relabel rules (YAML)").fill("- action: dorp\n");
      await page.locator("#rules-problems li").waitFor();
      assert.deepEqual(await page.evaluate<string[]>(FLAWS), []);
      assert.deepEqual(await page.evaluate<string[]>(FAINT), []);
    },
    TIMEOUT_MS,
  );
}
