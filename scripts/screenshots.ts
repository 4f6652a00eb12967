/**
 * Takes the pictures of `docs/explorer.md`: `bun scripts/screenshots.ts [FOLDER]`, by default into
 * `docs/images`. With `--states FOLDER [NAME...]` those of the page in all of its states, at three
 * widths, light and dark. Needs the built binary and Debian's chromium, for the states its
 * node_exporter, too.
 */
import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { type Browser, chromium, type Page } from "playwright-core";
import { listening, PAGE_STATES, type PageState, Rig } from "./page_states.ts";

const root = resolve(import.meta.dirname!, "..");
const RULES = `metric_relabel_configs:
- action: labeldrop
  regex: path
- action: drop
  source_labels: [__name__]
  regex: ".*_response_size_bytes_(bucket|sum|count)"
- action: drop
  source_labels: [path]
  regex: /old/.*
`;

interface Picture {
  readonly name: string;
  readonly dark?: boolean;
  readonly width: number;
  readonly height: number;
  readonly fragment: Readonly<Record<string, string>>;
  /** What is done before the picture is taken. */
  readonly before?: (page: Page) => Promise<void>;
}

const PICTURES: readonly Picture[] = [
  { name: "explorer-light", width: 1200, height: 800, fragment: { rules: RULES } },
  {
    name: "explorer-dark",
    dark: true,
    width: 1200,
    height: 800,
    fragment: {
      rules: RULES,
      metric: "nginx_ingress_controller_request_duration_seconds_bucket",
      sample: 'nginx_ingress_controller_requests_total{path="/",status="200"} 7',
    },
  },
  { name: "explorer-narrow", width: 360, height: 900, fragment: {} },
];

const WIDTHS = [1280, 768, 360];

async function main(): Promise<void> {
  const [first, ...more] = process.argv.slice(2);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    if (first === "--states") await takeStates(browser, more);
    else await takePictures(browser, first ?? join(root, "docs", "images"));
  } finally {
    await browser.close();
  }
}

async function takeStates(browser: Browser, [to, ...names]: readonly string[]): Promise<void> {
  const folder = resolve(to);
  mkdirSync(folder, { recursive: true });
  const wanted = PAGE_STATES.filter(({ name }) => names.length === 0 || names.includes(name));
  for (const state of wanted) {
    const rig = new Rig();
    try {
      const url = await rig.start(state);
      for (const width of WIDTHS) {
        for (const colorScheme of ["light", "dark"] as const) {
          const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme });
          await page.goto(url);
          await shown(page, state);
          await take(page, join(folder, `${state.name}-${width}-${colorScheme}.png`), true);
          await page.close();
        }
      }
    } finally {
      rig.stop();
    }
  }
}

/** Waits until the page shows its state. */
async function shown(page: Page, { name, shows }: PageState): Promise<void> {
  await page.getByText(shows).first().waitFor({ timeout: 60_000 });
  await page.locator(".now[aria-busy=false]").waitFor();
  if (name !== "loading") await page.locator(".skeleton").waitFor({ state: "hidden" });
}

async function takePictures(browser: Browser, to: string): Promise<void> {
  const folder = resolve(to);
  mkdirSync(folder, { recursive: true });
  const weir = spawn(
    join(root, "dist", "weir"),
    ["--demo", "--demo-ingresses", "8", "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  try {
    const url = await listening(weir.stderr!);
    await (await fetch(`${url}/metrics`)).arrayBuffer();
    for (const picture of PICTURES) {
      const { name, width, height, dark, fragment } = picture;
      const page = await browser.newPage({
        viewport: { width, height },
        colorScheme: dark ? "dark" : "light",
      });
      await page.goto(`${url}/#${new URLSearchParams(fragment)}`);
      await page.getByText(/^Scraped at /).waitFor();
      if (fragment.rules !== undefined) await page.locator("#after-series").waitFor();
      await picture.before?.(page);
      await take(page, join(folder, `${name}.png`), false);
      await page.close();
    }
  } finally {
    weir.kill();
  }
}

async function take(page: Page, path: string, fullPage: boolean): Promise<void> {
  await page.screenshot({ path, fullPage });
  console.log(`${path}: ${Math.ceil(statSync(path).size / 1000)} kB`);
}

await main();
