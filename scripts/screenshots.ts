/**
 * Takes the pictures of `docs/explorer.md`: `bun scripts/screenshots.ts [FOLDER]`, by default into
 * `docs/images`. Needs the built binary and Debian's chromium.
 */
import { spawn } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { chromium, type Page } from "playwright-core";

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

async function main(): Promise<void> {
  const folder = resolve(process.argv[2] ?? join(root, "docs", "images"));
  mkdirSync(folder, { recursive: true });
  const weir = spawn(
    join(root, "dist", "weir"),
    ["--demo", "--demo-ingresses", "8", "--listen", "127.0.0.1:0"],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    const url = await listening(weir.stderr!);
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
      const path = join(folder, `${name}.png`);
      await page.screenshot({ path });
      console.log(`${path}: ${Math.ceil(statSync(path).size / 1000)} kB`);
      await page.close();
    }
  } finally {
    await browser.close();
    weir.kill();
  }
}

/** The address that the log tells. */
async function listening(log: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of log) {
    text += new TextDecoder().decode(chunk);
    const found = / listen=(\S+:\d+)/.exec(text);
    if (found !== null) return `http://${found[1]}`;
  }
  throw new Error(`the server did not begin to listen: ${text}`);
}

await main();
