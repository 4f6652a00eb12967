import type { TestContext } from "node:test";
import { type Browser, chromium, type Page } from "playwright-core";
import { pathOf } from "./peers.ts";

/** A page, and what went wrong on it. */
export interface WatchedPage {
  readonly page: Page;
  /** Dialogs, errors on the console, breaches of the policy, and requests to anybody else. */
  readonly troubles: readonly string[];
}

export interface PageOptions {
  readonly width?: number;
  readonly dark?: boolean;
}

/** Debian's Chromium, closed when the test ends. */
export async function startBrowser(context: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: pathOf("chromium"),
    // Root may not have one, and tests may be run by root.
    args: ["--no-sandbox"],
  });
  context.after(() => browser.close());
  return browser;
}

/** Opens the explorer of the server at `url`, and waits for its first scrape. */
export async function openExplorer(
  browser: Browser,
  url: string,
  { width = 1280, dark = false }: PageOptions = {},
): Promise<WatchedPage> {
  const { origin } = new URL(url);
  const page = await browser.newPage({
    viewport: { width, height: 900 },
    colorScheme: dark ? "dark" : "light",
  });
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin });
  const troubles: string[] = [];
  page.on("dialog", (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("pageerror", (error) => troubles.push(`error: ${error.message}`));
  page.on("console", (message) => {
    // A breach of the policy is an error on the console too.
    if (message.type() === "error") troubles.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith("data:") && new URL(asked).origin !== origin) troubles.push(asked);
  });
  await page.goto(url);
  await page.getByText(/^Scraped at /).waitFor();
  return { page, troubles };
}

/** The figure that a preview says is left: `series` or `bytes`; waits for a finished preview. */
export async function previewed(page: Page, what: "series" | "bytes"): Promise<number> {
  await page.locator(`.result:not(.stale) #after-${what}`).waitFor();
  return Number(await page.locator(`#after-${what}`).getAttribute("data-after"));
}
