/** The page in each of its states, at each width, in Chromium: what it says, and how it lies. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Browser, Page } from "playwright-core";
import { PAGE_STATES, type PageState, Rig } from "../../scripts/page_states.ts";
import { startBrowser } from "../support/e2e/browser.ts";
import { FAINT, FLAWS, MISPLACED } from "../support/e2e/page_checks.ts";
import { type Peer, peerTest } from "../support/e2e/peers.ts";

const TIMEOUT_MS = 120_000;

/** What the head says of each state, and texts that stand on its page. */
const SAID: Readonly<Record<string, readonly [tone: string, word: RegExp, ...texts: RegExp[]]>> = {
  "node-exporter": ["good", /^all is well$/, /2 rules/, /dropped by rules/, /complete/],
  "upstream-down": [
    "bad",
    /^1 problem$/,
    /The upstream cannot be read/,
    /curl -sSi --max-time 10 'http:\/\/127\.0\.0\.1:9\/' \| head/,
    /Does the exporter run, and listen on this port\?/,
    /failed .*HTTP 502/,
  ],
  "upstream-without-path": ["bad", /^1 problem$/, /answered 404/, /Is the path right\?/],
  truncated: [
    "bad",
    /^1 problem$/,
    /was cut at the output limit/,
    /output limit 50 kB/,
    /cut by a byte limit/,
    /samples until the cut/,
  ],
  "unfiltered-lines": ["bad", /^1 problem$/, /passed 1 line unfiltered, as unreadable/],
  gateway: [
    "bad",
    /^1 problem$/,
    /is without 1 target: 127\.0\.0\.1:\d+/,
    /2 of 3 targets/,
    /2 up, 1 down/,
    /answered 500/,
  ],
  routes: ["bad", /^1 problem$/, /Each endpoint/, /The scrape of \/metrics\/gone/i],
  "no-scrape-yet": ["wait", /^no scrape of \/metrics yet$/, /no scrape yet/],
  "empty-exposition": ["good", /^all is well$/, /with no sample/, /curl -sSi/],
  "previews-off": ["good", /^all is well$/, /--preview/, /web: \{ preview: true \}/],
  "stale-policies": ["bad", /^1 problem$/, /1 policy of .* stay in force/, /stale/],
  loading: ["wait", /^no scrape of \/metrics yet$/],
};

const small = PAGE_STATES.filter(({ isLarge }) => !isLarge);

for (const state of small) {
  const exporter: Peer[] = state.name === "node-exporter" ? ["prometheus-node-exporter"] : [];
  peerTest(
    ["chromium", ...exporter],
    `the page says and shows its state at every width: ${state.name}`,
    async (t) => {
      const url = await started(t, state);
      const browser = await startBrowser(t);
      for (
        const [width, colorScheme] of [[1280, "light"], [768, "dark"], [360, "light"]] as const
      ) {
        const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
        const troubles = watched(page);
        await page.goto(url);
        await page.getByText(state.shows).first().waitFor();
        await page.locator(".now[aria-busy=false]").waitFor();
        const [tone, word, ...texts] = SAID[state.name];
        const where = `${width} px, ${colorScheme}`;
        assert.match(await page.locator("#state").innerText(), word, where);
        assert.equal(await page.locator("#state").getAttribute("class"), `state ${tone}`, where);
        const text = (await page.locator("main").innerText()).replaceAll("\u00a0", " ");
        for (const wanted of texts) assert.match(text.replace(/\n/g, " "), wanted, where);
        for (const check of [MISPLACED, FLAWS, FAINT]) {
          assert.deepEqual(await page.evaluate<string[]>(check), [], where);
        }
        assert.deepEqual(troubles, [], where);
        await page.close();
      }
    },
    TIMEOUT_MS,
  );
}

async function started(context: TestContext, state: PageState): Promise<string> {
  return (await startedRig(context, state)).url;
}

async function startedRig(context: TestContext, state: PageState) {
  const rig = new Rig();
  context.after(() => rig.stop());
  return { rig, url: await rig.start(state) };
}

/** What goes wrong on the page. That an answer was an error is what some states are about. */
function watched(page: Page): readonly string[] {
  const troubles: string[] = [];
  page.on("pageerror", ({ message }) => troubles.push(message));
  page.on("console", (message) => {
    if (message.type() !== "error" || message.text().startsWith("Failed to load")) return;
    troubles.push(message.text());
  });
  return troubles;
}

const serving = (name: string): PageState => small.find((state) => state.name === name)!;

/** A page whose clock stands until it is moved, and the paths that it asked for. */
async function openedStill(browser: Browser, url: string) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.clock.install();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(url);
  await page.locator(".now[aria-busy=false]").waitFor();
  await page.getByText(/^Scraped at /).waitFor();
  return { page, asked };
}

peerTest(["chromium"], "the page keeps itself up to date, and the focus where it is", async (t) => {
  const url = await started(t, serving("gateway"));
  const { page } = await openedStill(await startBrowser(t), url);
  assert.equal(await page.locator("#targets option").count(), 3);
  const targets = page.getByRole("region", { name: "Targets" });
  await targets.focus();
  await page.evaluate("document.querySelector('.now .flow').marked = true");
  const since = await page.locator(".now time").first().getAttribute("data-since");
  // Nothing happened: nothing is drawn anew.
  await page.clock.runFor(6_000);
  await page.locator(".now[aria-busy=false]").waitFor();
  assert.equal(await page.evaluate("document.querySelector('.now .flow').marked"), true);
  await (await fetch(`${url}/metrics`)).text();
  await page.clock.runFor(6_000);
  await page.locator(`.now time:not([data-since="${since}"])`).first().waitFor();
  assert.equal(await page.evaluate("document.querySelector('.now .flow').marked"), undefined);
  assert.equal(await page.evaluate("document.activeElement.ariaLabel"), "Targets");
}, TIMEOUT_MS);

peerTest(["chromium"], "a page that is hidden asks for nothing", async (t) => {
  const url = await started(t, serving("no-scrape-yet"));
  const { page, asked } = await openedStill(await startBrowser(t), url);
  const count = () => asked.filter((path) => path === "/-/status").length;
  const hide = (isHidden: boolean) =>
    page.evaluate(`(() => {
      Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    })()`);
  await hide(true);
  const before = asked.length;
  await page.clock.runFor(60_000);
  assert.equal(asked.length, before);
  const shown = count();
  const again = page.waitForRequest((request) => request.url().endsWith("/-/status"));
  await hide(false);
  await again;
  assert.equal(count(), shown + 1);
}, TIMEOUT_MS);

peerTest(
  ["chromium"],
  "a Weir that is gone is said, and what was known stays, faded",
  async (t) => {
    const { rig, url } = await startedRig(t, serving("truncated"));
    const { page } = await openedStill(await startBrowser(t), url);
    rig.stopWeir();
    await page.clock.runFor(6_000);
    await page.getByText(/^no answer since /).waitFor();
    assert.equal(await page.locator("#state").getAttribute("class"), "state bad");
    assert.equal(await page.locator(".now.stale .flow").count(), 1);
    await page.getByRole("button", { name: "Scrape again" }).click();
    await page.getByText("This Weir does not answer").waitFor();
    assert.deepEqual(await page.evaluate<string[]>(MISPLACED), []);
  },
  TIMEOUT_MS,
);

peerTest(["chromium"], "an analysis that waits for others follows by itself", async (t) => {
  const url = await started(t, serving("no-scrape-yet"));
  const page = await (await startBrowser(t)).newPage();
  await page.clock.install();
  let isBusy = true;
  await page.route("**/analyze", (route) =>
    isBusy
      ? route.fulfill({
        status: 503,
        headers: { "retry-after": "5" },
        json: {
          problems: [{ message: "other analyses are under way: try again in a few seconds" }],
        },
      })
      : route.continue());
  await page.goto(url);
  await page.getByText("Another analysis runs").waitFor();
  assert.equal(await page.locator(".skeleton").isVisible(), true);
  isBusy = false;
  await page.clock.runFor(6_000);
  await page.getByText(/^Scraped at /).waitFor();
  assert.equal(await page.getByText("Another analysis runs").count(), 0);
  assert.equal(await page.locator(".skeleton").isVisible(), false);
}, TIMEOUT_MS);

peerTest(["chromium"], "a password that is not taken any more is said", async (t) => {
  const url = await started(t, serving("no-scrape-yet"));
  const page = await (await startBrowser(t)).newPage({ viewport: { width: 360, height: 900 } });
  await page.route("**/analyze", (route) => route.fulfill({ status: 401, body: "unauthorized\n" }));
  await page.goto(url);
  await page.getByText("A password is needed").waitFor();
  await page.getByRole("button", { name: "Log in" }).waitFor();
  await page.route(
    "**/-/status",
    (route) => route.fulfill({ status: 401, body: "unauthorized\n" }),
  );
  await page.reload();
  await page.getByText("The status is not known: unauthorized").waitFor();
  assert.deepEqual(
    [await page.locator("#state").innerText(), await page.title()],
    ["not known", "Weir: not known"],
  );
  for (const check of [MISPLACED, FLAWS]) {
    assert.deepEqual(await page.evaluate<string[]>(check), []);
  }
}, TIMEOUT_MS);

peerTest(["chromium"], "an upstream that failed later leaves what it said, faded", async (t) => {
  const url = await started(t, serving("no-scrape-yet"));
  const page = await (await startBrowser(t)).newPage();
  await page.goto(url);
  await page.getByText(/^Scraped at /).waitFor();
  const problems = [{ message: "upstream http://h/: connection refused", reason: "refused" }];
  await page.route("**/analyze", (route) => route.fulfill({ status: 502, json: { problems } }));
  await page.getByRole("button", { name: "Scrape again" }).click();
  await page.getByText("The upstream cannot be read").waitFor();
  assert.equal(await page.locator(".series.stale").count(), 1);
  await page.unroute("**/analyze");
  await page.getByRole("button", { name: "Scrape again" }).click();
  await page.locator(".series:not(.stale)").waitFor();
  assert.equal(await page.getByText("The upstream cannot be read").count(), 0);
}, TIMEOUT_MS);

peerTest(["chromium"], "what a limit cuts is not what the rules of a preview save", async (t) => {
  const url = await started(t, serving("truncated"));
  const page = await (await startBrowser(t)).newPage();
  await page.goto(url);
  await page.getByText(/^Scraped at /).waitFor();
  await page.getByRole("button", { name: "Preview" }).click();
  const totals = page.locator(".totals");
  await totals.waitFor();
  const text = (await totals.innerText()).replace(/\s+/g, " ");
  assert.match(
    text,
    /Series 2,000 → 74\d cut .*All the 74\d samples before the cut stay The output limit cuts the other 1,25\d off: what the rules save is not known$/,
  );
  assert.doesNotMatch(text, /−|samples stay$/);
}, TIMEOUT_MS);

peerTest(
  ["chromium"],
  "what fails is reached by keys, and the link to skip keeps the view",
  async (t) => {
    const url = await started(t, serving("upstream-down"));
    const page = await (await startBrowser(t)).newPage();
    const rules = "- action: labeldrop\n  regex: path\n";
    await page.goto(`${url}/#${new URLSearchParams({ rules })}`);
    await page.getByText("The upstream cannot be read").waitFor();
    await page.locator("textarea#rules").waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate("document.activeElement.id"), "explorer");
    assert.equal(await page.locator("textarea#rules").inputValue(), rules);
    const met: string[] = [];
    for (let at = 0; at < 5; at++) {
      await page.keyboard.press("Tab");
      const name = "document.activeElement.ariaLabel ?? document.activeElement.textContent";
      met.push(await page.evaluate<string>(name));
    }
    assert.deepEqual(met.slice(0, 3), ["Scrape again", "Command", "Copy command"]);
  },
  TIMEOUT_MS,
);

peerTest(["chromium"], "nothing moves where motion is not wanted", async (t) => {
  const url = await started(t, serving("loading"));
  const browser = await startBrowser(t);
  for (const [reducedMotion, moves] of [["no-preference", true], ["reduce", false]] as const) {
    const page = await browser.newPage({ reducedMotion });
    await page.goto(url);
    await page.locator(".skeleton").waitFor();
    assert.equal(await page.evaluate<number>("document.getAnimations().length") > 0, moves);
    await page.close();
  }
}, TIMEOUT_MS);
