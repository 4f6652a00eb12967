/**
 * The page in each of its states: what stands before Weir, and how Weir is started. Pictures are taken
 * of them (`scripts/screenshots.ts`), and tests hold their layout.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { connect } from "node:net";
import type { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";

const BINARY = process.env.WEIR_BINARY ?? resolve(import.meta.dirname!, "..", "dist", "weir");

export interface PageState {
  readonly name: string;
  /** A text that is there once the page shows what it has to show. */
  readonly shows: RegExp;
  /** Takes some seconds. */
  readonly isLarge?: boolean;
  /** Starts what stands before Weir; returns Weir's arguments. */
  readonly start: (rig: Rig) => Promise<readonly string[]>;
  /** What happens once Weir runs; by default it is scraped twice. */
  readonly then?: (url: string, rig: Rig) => Promise<void>;
}

/** What a state needs, gone when it is stopped. */
export class Rig {
  readonly folder: string = mkdtempSync(join(tmpdir(), "weir-page-"));
  readonly #ends: (() => void)[] = [];
  #weir: ChildProcess | undefined;

  /** Starts a state. Resolves to the URL of its page. */
  async start({ start, then = scrapedTwice }: PageState): Promise<string> {
    const args = await start(this);
    const weir = this.#weir = this.#spawned(BINARY, [...args, "--listen", "127.0.0.1:0"]);
    const url = await listening(weir.stderr!);
    await then(url, this);
    return url;
  }

  /** Ends Weir alone: its page is left without a server. */
  stopWeir(): void {
    this.#weir?.kill("SIGKILL");
  }

  /** Has Weir read its files again. */
  async reload(): Promise<void> {
    this.#weir?.kill("SIGHUP");
    await delay(500);
  }

  stop(): void {
    for (const end of this.#ends) end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Writes a file into the folder of the state. Returns its path. */
  file(name: string, text: string): string {
    const path = join(this.folder, name);
    writeFileSync(path, text);
    return path;
  }

  /** An upstream on a free port. Returns its URL without a path. */
  async upstream(answer: RequestListener): Promise<string> {
    const server = createServer(answer).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#ends.push(() => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  }

  serving(text: string, status = 200): Promise<string> {
    return this.upstream((_request, response) => {
      response.writeHead(status, { "content-type": "text/plain; version=0.0.4" }).end(text);
    });
  }

  /** Debian's node_exporter. */
  async nodeExporter(): Promise<string> {
    const host = (await this.upstream(() => {})).slice("http://".length);
    // That port was free a moment ago, and is again.
    this.#ends.pop()!();
    this.#spawned("prometheus-node-exporter", [
      `--web.listen-address=${host}`,
      "--log.level=error",
    ]);
    const [name, port] = host.split(":");
    for (let tries = 0; tries < 100 && !await isOpen(name, Number(port)); tries++) await delay(50);
    return `http://${host}/metrics`;
  }

  #spawned(command: string, args: readonly string[]): ChildProcess {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
    this.#ends.push(() => child.kill("SIGKILL"));
    return child;
  }
}

const RULES = `metric_relabel_configs:
- action: drop
  source_labels: [__name__]
  regex: (go|process|promhttp|node_scrape)_.*
- action: labeldrop
  regex: path
`;

export const PAGE_STATES: readonly PageState[] = [
  {
    name: "node-exporter",
    shows: /^Scraped at /,
    start: async (rig) => [
      "-H",
      await rig.nodeExporter(),
      "--relabel-file",
      rig.file("rules.yaml", RULES),
    ],
  },
  {
    name: "200,000-series",
    shows: /^Scraped at /,
    isLarge: true,
    start: async (rig) => [
      "-H",
      await rig.serving(shop(200_000)),
      "--relabel-file",
      rig.file("rules.yaml", RULES),
    ],
  },
  {
    name: "upstream-down",
    shows: /^The upstream cannot be read/,
    start: () => Promise.resolve(["-H", "http://127.0.0.1:9"]),
  },
  {
    name: "upstream-without-path",
    shows: /^The upstream cannot be read/,
    start: async (rig) => ["-H", `${await rig.serving("not found\n", 404)}/metric`],
  },
  {
    name: "truncated",
    shows: /^Scraped at /,
    start: async (rig) => [
      "-H",
      await rig.serving(shop(2_000)),
      "--max-output-bytes",
      "50000",
      "--on-limit",
      "truncate",
    ],
  },
  {
    name: "unfiltered-lines",
    shows: /^Scraped at /,
    start: async (rig) => [
      "-H",
      await rig.serving(`${shop(50)}broken{ 1\n`),
      "--relabel-file",
      rig.file("rules.yaml", RULES),
    ],
  },
  {
    name: "gateway",
    shows: /^Scraped at /,
    start: async (rig) => {
      const healthy = [await rig.serving(shop(600)), await rig.serving(shop(500))];
      const broken = await rig.serving("out of memory\n", 500);
      return [...healthy, broken].flatMap((url) => ["-H", url]);
    },
  },
  {
    name: "routes",
    shows: /^Scraped at /,
    start: async (rig) => {
      const config = {
        metric_relabel_configs: [{ action: "labeldrop", regex: "path" }],
        routes: [
          { path: "/metrics", upstream_url: await rig.serving(shop(400)) },
          { path: "/metrics/proxy", upstream_url: await rig.serving(shop(90)) },
          { path: "/metrics/gone", upstream_url: "http://127.0.0.1:9/metrics" },
        ],
      };
      return [rig.file("weir.json", JSON.stringify(config))];
    },
    then: async (url) => {
      for (const path of ["/metrics", "/metrics/proxy", "/metrics/gone"]) await read(url + path);
    },
  },
  {
    name: "no-scrape-yet",
    shows: /^Scraped at /,
    start: async (rig) => ["-H", await rig.serving(shop(100))],
    then: () => Promise.resolve(),
  },
  {
    name: "empty-exposition",
    shows: /^The upstream answered, with no sample/,
    start: async (rig) => ["-H", await rig.serving("# nothing yet\n")],
  },
  {
    name: "previews-off",
    shows: /^Previews are off here/,
    start: async (rig) => {
      const upstream_url = await rig.serving(shop(100));
      return [rig.file("weir.json", JSON.stringify({ upstream_url, web: { preview: false } }))];
    },
  },
  {
    name: "stale-policies",
    shows: /^Scraped at /,
    start: async (rig) => [
      "-H",
      await rig.serving(shop(100)),
      "--policies",
      rig.file("policies.json", JSON.stringify({ policies: [DROP_CART] })),
    ],
    then: async (url, rig) => {
      rig.file("policies.json", '{"policies": [');
      await rig.reload();
      await scrapedTwice(url);
    },
  },
  {
    name: "loading",
    shows: /^Scraping…/,
    // Nothing is ever answered.
    start: async (rig) => ["-H", await rig.upstream(() => {})],
    then: () => Promise.resolve(),
  },
];

const DROP_CART = {
  id: "drop-cart",
  name: "drop what the cart is asked for",
  metric: {
    match: [{ datapoint_attribute: ["path"], exact: "/cart/1" }],
    keep: false,
  },
};

/** An exposition of about so many samples: counters, a gauge and a histogram of a shop. */
export function shop(samples: number): string {
  const lines = [
    "# HELP shop_requests_total Requests, by path and status.",
    "# TYPE shop_requests_total counter",
  ];
  const paths = Math.max(1, Math.floor(samples / 10));
  for (let at = 0; at < paths * 4; at++) {
    const path = at % 7 === 0 ? "/cart" : at % 3 === 0 ? "/product" : "/search/with/a/longer/path";
    const labels = `path="${path}/${at >> 2}",status="${[200, 302, 404, 500][at % 4]}"`;
    lines.push(`shop_requests_total{${labels}} ${at}`);
  }
  lines.push(
    "# HELP shop_request_duration_seconds Time until the last byte.",
    "# TYPE shop_request_duration_seconds histogram",
  );
  for (let at = 0; at < paths; at++) {
    const path = `path="/product/${at}"`;
    for (const [le, count] of [["0.1", 3], ["1", 8], ["+Inf", 9]]) {
      lines.push(`shop_request_duration_seconds_bucket{${path},le="${le}"} ${count}`);
    }
    lines.push(
      `shop_request_duration_seconds_sum{${path}} 4.5`,
      `shop_request_duration_seconds_count{${path}} 9`,
    );
  }
  lines.push("# HELP shop_stock_items Items in store.", "# TYPE shop_stock_items gauge");
  for (let at = 0; at < paths; at++) lines.push(`shop_stock_items{item="${at}"} ${at % 50}`);
  return `${lines.join("\n")}\n`;
}

async function scrapedTwice(url: string): Promise<void> {
  for (let scrape = 0; scrape < 2; scrape++) await read(`${url}/metrics`);
}

async function read(url: string): Promise<void> {
  await (await fetch(url)).arrayBuffer();
}

function isOpen(host: string, port: number): Promise<boolean> {
  const socket = connect(port, host);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).then((open) => {
    socket.destroy();
    return open as boolean;
  });
}

/** The address that the log tells, which goes on being read. */
export function listening(log: Readable): Promise<string> {
  let text = "";
  return new Promise((resolve, reject) => {
    log.setEncoding("utf8").on("data", (part: string) => {
      if (text.length < 100_000) text += part;
      const found = / listen=(\S+:\d+)/.exec(text);
      if (found !== null) resolve(`http://${found[1]}`);
    }).on("end", () => reject(new Error(`the server did not begin to listen: ${text}`)));
  });
}
