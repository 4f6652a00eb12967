/** The explorer page over a scrape whose every text is an attack, or just too long. */
import assert from "node:assert/strict";
import type { Page } from "playwright-core";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openExplorer, previewed, startBrowser } from "../support/e2e/browser.ts";
import { MISPLACED } from "../support/e2e/page_checks.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, servingUpstream } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const TEXTS = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "</textarea></style><svg onload=alert(1)>",
  "javascript:alert(1)",
  "'\"`${alert(1)}{{alert(1)}}",
  "\u202egnp.exe\u2066\u200f\u0000\u001b[31m",
  "x".repeat(10_000),
  "شارع الملك 5 <b>",
];

const quoted = (text: string) =>
  `"${text.replace(/\\/g, "\\\\").replace(/"/g, '\\"').replace(/\n/g, "\\n")}"`;

/** Each text as a value, as a label's name, and as a metric's name. */
const SCRAPE = [
  "# HELP a <img src=x onerror=alert(1)>",
  "# TYPE a counter",
  ...TEXTS.map((text) => `a{path=${quoted(text)},n="1"} 1`),
  ...TEXTS.map((text) => `a{path=${quoted(text)},n="2"} 1`),
  ...TEXTS.map((text) => `b{${quoted(text.slice(0, 2000))}="1"} 1`),
  ...TEXTS.map((text) => `{${quoted(`m${text.slice(0, 2000)}`)},x="1"} 1`),
].join("\n") + "\n";

peerTest(["chromium"], "nothing of a hostile scrape executes, and the layout holds", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, SCRAPE)]);
  const browser = await startBrowser(t);
  for (const width of [360, 1280]) {
    const { page, troubles } = await openExplorer(browser, weir.url, { width });
    const rows = page.locator(".series tbody tr");
    const check = async (where: string) => {
      assert.deepEqual(troubles, [], where);
      assert.deepEqual(await strangers(page), [], where);
      const [inner, content] = await page.evaluate<number[]>(
        "[innerWidth, document.documentElement.scrollWidth]",
      );
      assert.ok(content <= inner, `${where}: ${content} px in ${inner}`);
    };
    assert.ok(await rows.count() >= TEXTS.length);
    await check("metrics");
    for (const more of await page.locator(".series .more").all()) await more.click();
    await check("whole names");
    await rows.getByRole("button", { name: "b", exact: true }).click();
    await check("labels");
    await rows.locator("button.link").first().click();
    await check("a label");
    await page.goBack();
    await page.goBack();
    await rows.getByRole("button", { name: "a", exact: true }).click();
    await rows.getByRole("button", { name: "path", exact: true }).click();
    assert.equal(await rows.count(), TEXTS.length);
    await check("values");
    for (const more of await page.locator(".series .more").all()) await more.click();
    await check("whole values");
    const press = page.getByRole("button", {
      name: "Try a rule that drops the series with <script>",
    });
    await press.click();
    // Two are dropped, and two have a NUL in a name, which no series has.
    assert.equal(await previewed(page, "series"), TEXTS.length * 4 - 4);
    await check("a rule that was made");
    await page.getByRole("button", { name: "Use these rules" }).click();
    for (const tab of ["Relabel file", "ConfigMap", "Policies", "Test", "Changes"]) {
      await page.getByRole("tab", { name: tab }).click();
      await check(`the rules as ${tab}`);
    }
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "By prefix" }).click();
    await check("prefixes");
    await page.getByLabel("Search").fill("^m.*<");
    await page.getByRole("button", { name: "drop all that match" }).click();
    await check("names that are dropped by one rule");
    await page.getByLabel("Search").fill("");
    await page.getByRole("button", { name: "By label" }).click();
    await check("labels of all metrics");
    await page.getByLabel("Follow one sample").fill(`a{path=${quoted(TEXTS[1])},n="1"} 1`);
    await page.locator(".trace").waitFor();
    await check("a trace");
    await page.getByLabel("Relabel rules (YAML)").fill("- action: labeldrop\n  regex: n|path\n");
    await page.locator(".collisions").waitFor({ state: "attached" });
    await page.getByText("Samples that become one").click();
    await check("what collides");
    await page.getByRole("button", { name: /^Show all/ }).last().click();
    await check("all recommendations");
    await page.close();
  }
});

peerTest(["chromium"], "what is wrong is told as text, whoever wrote it", async (t) => {
  const [, image, style] = TEXTS;
  const policies = join(temporaryFolder(t), "policies.json");
  const policy = { id: image, name: style, metric: { match: [{ nothing: style }], keep: false } };
  writeFileSync(policies, JSON.stringify({ policies: [policy, { ...policy, id: "b" }] }));
  const upstream = await httpUpstream(t, (_request, response) => {
    response.writeHead(302, { location: `http://127.0.0.1:9/${encodeURIComponent(image)}` }).end();
  });
  const weir = await startWeir(t, ["-H", upstream, "--policies", policies]);
  await (await fetch(`${weir.url}/metrics`)).text();
  const browser = await startBrowser(t);
  for (const width of [360, 1280]) {
    const page = await browser.newPage({ viewport: { width, height: 900 } });
    const troubles: string[] = [];
    page.on("dialog", (dialog) => void dialog.dismiss().then(() => troubles.push("a dialog")));
    page.on("pageerror", ({ message }) => troubles.push(message));
    await page.goto(weir.url);
    const problems = page.getByRole("list", { name: "Problems" }).getByRole("listitem");
    await problems.first().waitFor();
    assert.equal(await problems.count(), 2);
    assert.match(await problems.first().innerText(), /2 policies are not in force.*<img src=x/i);
    await page.getByText("The upstream cannot be read").waitFor();
    assert.deepEqual([troubles, await strangers(page)], [[], []]);
    assert.deepEqual(await page.evaluate<string[]>(MISPLACED), []);
    await page.close();
  }
});

peerTest(["chromium"], "a fragment holds texts, whoever wrote it", async (t) => {
  const weir = await startWeir(t, ["-H", await servingUpstream(t, SCRAPE)]);
  const fragment = new URLSearchParams({
    q: TEXTS[1],
    metric: TEXTS[0],
    label: TEXTS[0],
    sort: TEXTS[0],
    by: TEXTS[0],
    rules: TEXTS[2],
    sample: TEXTS[0],
  });
  const { page, troubles } = await openExplorer(await startBrowser(t), `${weir.url}/#${fragment}`);
  await page.locator("#rules-problems li").first().waitFor();
  assert.deepEqual(troubles.filter((trouble) => !trouble.includes("400 (Bad Request)")), []);
  assert.deepEqual(await strangers(page), []);
});

/** Elements that the page does not have of itself. */
function strangers(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll(
    "img, svg, iframe, object, embed, form, b, script:not(body > script:last-child), [onerror], [onload], [href^='javascript']"
  )].map((element) => element.outerHTML.slice(0, 200))`);
}
