/** The explorer page without a pointer, and to those who hear it or see little. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { openExplorer, previewed, startBrowser } from "../support/e2e/browser.ts";
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

/** A script that tells what an element lacks; run in the page, where no types are. */
const FLAWS = `(() => {
  const flaws = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const flaw = (what, element) => flaws.push(what + ": " + element.outerHTML.slice(0, 120));
  if (document.documentElement.lang === "") flaws.push("no language");
  if (document.title === "") flaws.push("no title");
  if (all("main").length !== 1) flaws.push("not one main");
  if (all("h1").length !== 1) flaws.push("not one h1");
  for (const element of all("button, a")) {
    const name = element.getAttribute("aria-label") ?? element.textContent;
    if (name.trim() === "") flaw("no name", element);
  }
  for (const element of all("input, textarea, select")) {
    if (element.labels.length === 0) flaw("no label", element);
  }
  for (const element of all("nav, [role=group], [role=region]")) {
    if (!element.hasAttribute("aria-label")) flaw("no label", element);
  }
  for (const element of all("th")) if (!element.scope) flaw("no scope", element);
  for (const element of all("table")) if (element.caption === null) flaw("no caption", element);
  for (const element of all("[tabindex]")) if (element.tabIndex > 0) flaw("its own order", element);
  for (const element of all("button button, a button, button a")) flaw("nested", element);
  for (const element of all("[aria-describedby]")) {
    if (!document.getElementById(element.getAttribute("aria-describedby"))) flaw("no text", element);
  }
  const ids = all("[id]").map(({ id }) => id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) flaws.push("twice: " + id);
  let level = 0;
  for (const element of all("h1, h2, h3, h4, h5, h6")) {
    const next = Number(element.tagName[1]);
    if (next > level + 1) flaw("level left out", element);
    level = next;
  }
  return flaws;
})()`;

/** A script that tells texts of less contrast than 4.5 to 1 (WCAG 2, level AA). */
const FAINT = `(() => {
  const parse = (text) => {
    const numbers = text.match(/[\\d.]+/g).map(Number);
    const isShare = text.startsWith("color(");
    const [r, g, b] = numbers.map((number) => isShare ? number * 255 : number);
    return { rgb: [r, g, b], alpha: numbers[3] ?? 1 };
  };
  const light = ({ rgb }) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let at = element; at !== null; at = at.parentElement) {
      const found = parse(getComputedStyle(at).backgroundColor);
      if (found.alpha > 0.99) return found;
    }
    return parse("rgb(255, 255, 255)");
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    if (!hasText || element.closest("script, style, .stale, :disabled, .unseen, noscript")) continue;
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) faint.push(ratio.toFixed(2) + ": " + element.outerHTML.slice(0, 100));
  }
  return faint.slice(0, 10);
})()`;
