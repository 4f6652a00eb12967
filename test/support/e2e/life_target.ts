import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { TEXT_TYPE } from "./upstreams.ts";

/** How a target lets one scrape down: with a 503, by never answering, or half-way. */
export type Failure = "error" | "hang" | "half";

export interface LifeTargetOptions {
  readonly port: number;
  readonly readers: readonly string[];
  /** Unix seconds; by default when it begins to listen. */
  readonly startedSeconds?: number;
  /** What each input series has counted before. */
  readonly countedBefore: number;
  /** False: it exposes no `process_start_time_seconds`. */
  readonly tellsStart?: boolean;
}

/** Counts by output series: what is left of an input series without its `path`. */
export type Counts = Map<string, number>;

const CODES = ["200", "404", "500"];
const BOUNDS = ["0.1", "0.5", "+Inf"];
const PATHS = ["/cart", "/home", "/item", "/pay"];

/** Every output series: `path` is dropped on the way. */
export const OUTPUT_SERIES: readonly string[] = [
  ...CODES.map((code) => `shop_requests_total{code="${code}"}`),
  ...BOUNDS.map((bound) => `shop_seconds_bucket{le="${bound}"}`),
  "shop_seconds_sum",
  "shop_seconds_count",
];

/**
 * A target with true counters and a histogram on a port of its own. Every reader has a path of its
 * own, `/metrics/<reader>`, so that the target knows what no scrape of that reader has ever seen.
 */
export class LifeTarget {
  /** All that was ever counted, over all its lives. */
  readonly counted: Counts = new Map();
  /** The same by reader: what was counted between two scrapes and could not reach the reader. */
  readonly unseen: Map<string, Counts> = new Map();
  readonly #options: LifeTargetOptions;
  /** By reader, then by path. */
  readonly #pending = new Map<string, Map<string, Counts>>();
  /** What the reader has not seen of series that are hidden from it. */
  readonly #hidden = new Map<string, Map<string, Counts>>();
  readonly #blind = new Set<string>();
  readonly #failing = new Map<string, Failure>();
  #startedSeconds: number;
  #paths = PATHS;
  /** By path, then by the series without it. */
  #values = new Map<string, Counts>();
  #server: Server | undefined;
  #ticks = 0;

  constructor(options: LifeTargetOptions) {
    this.#options = options;
    this.#startedSeconds = options.startedSeconds ?? NaN;
    this.#begin(options.countedBefore);
  }

  get isUp(): boolean {
    return this.#server !== undefined;
  }

  get host(): string {
    return `127.0.0.1:${this.#options.port}`;
  }

  async listen(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request.url!.split("/").at(-1)!, response);
    });
    server.listen(this.#options.port, "127.0.0.1");
    await once(server, "listening");
    this.#server = server;
    if (Number.isNaN(this.#startedSeconds)) this.#startedSeconds = Date.now() / 1000;
    for (const reader of this.#options.readers) this.#pending.set(reader, new Map());
  }

  /** It is gone: connections are refused. What was not scraped yet never will be. */
  leave(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
    this.#server = undefined;
    for (const reader of this.#options.readers) this.#lose(reader);
  }

  /** The process ends and another one begins at zero. */
  restart(): void {
    for (const reader of this.#options.readers) this.#lose(reader);
    this.#startedSeconds = Date.now() / 1000;
    this.#begin(0);
  }

  /** The next scrape of each reader fails. */
  failNext(failure: Failure): void {
    for (const reader of this.#options.readers) this.#failing.set(reader, failure);
  }

  /** Half of its input series go away; what is left of every output series has fallen. */
  loseHalf(): void {
    this.#paths = this.#paths.slice(0, this.#paths.length / 2);
    for (const reader of this.#options.readers) this.#blind.add(reader);
  }

  /**
   * Half of its input series go away. Who compares each of them loses what these counted since they
   * were read.
   */
  hideHalf(): void {
    this.#paths = PATHS.slice(0, PATHS.length / 2);
    for (const [reader, pending] of this.#pending) {
      const hidden = new Map([...pending].filter(([path]) => !this.#paths.includes(path)));
      for (const path of hidden.keys()) pending.delete(path);
      this.#hidden.set(reader, hidden);
      this.#countUnseen(reader, hidden, 1);
    }
  }

  /** They come back at zero, or where they were: then what was lost is there again. */
  showAll(how: "as they were" | "anew"): void {
    for (const path of PATHS.slice(this.#paths.length)) {
      if (how === "anew") this.#values.set(path, countsOf(0));
    }
    for (const [reader, hidden] of how === "anew" ? [] : this.#hidden) {
      this.#countUnseen(reader, hidden, -1);
      for (const [path, counts] of hidden) this.#pending.get(reader)!.set(path, counts);
    }
    this.#paths = PATHS;
  }

  /** The reader's next scrape is a baseline: what was counted since its last one is no increase. */
  forgetsLast(reader: string): void {
    this.#blind.add(reader);
  }

  /** Whether the reader has seen all that was counted. */
  isReadBy(reader: string): boolean {
    return this.#pending.get(reader)?.size === 0;
  }

  /** A moment's traffic, `times` over. */
  serve(times = 1): void {
    for (let time = 0; time < times; time++) {
      const slow = ++this.#ticks % 4 === 0;
      for (const path of this.#paths) {
        this.#count(path, 'shop_requests_total{code="200"}', 3);
        this.#count(path, 'shop_requests_total{code="404"}', 1);
        if (slow) this.#count(path, 'shop_requests_total{code="500"}', 1);
        if (!slow) this.#count(path, 'shop_seconds_bucket{le="0.1"}', 1);
        this.#count(path, 'shop_seconds_bucket{le="0.5"}', 1);
        this.#count(path, 'shop_seconds_bucket{le="+Inf"}', 1);
        this.#count(path, "shop_seconds_count", 1);
        this.#count(path, "shop_seconds_sum", slow ? 0.25 : 0.0625);
      }
    }
  }

  #begin(value: number): void {
    this.#values = new Map(this.#paths.map((path) => [path, countsOf(value)]));
  }

  #count(path: string, series: string, by: number): void {
    add(this.#values.get(path)!, series, by);
    add(this.counted, series, by);
    for (const pending of this.#pending.values()) {
      const counts = pending.get(path) ?? new Map();
      add(counts, series, by);
      pending.set(path, counts);
    }
  }

  #lose(reader: string): void {
    this.#countUnseen(reader, this.#pending.get(reader) ?? new Map(), 1);
    this.#pending.set(reader, new Map());
  }

  #countUnseen(reader: string, byPath: ReadonlyMap<string, Counts>, sign: 1 | -1): void {
    const unseen = this.unseen.get(reader) ?? new Map();
    for (const counts of byPath.values()) {
      for (const [series, value] of counts) add(unseen, series, sign * value);
    }
    this.unseen.set(reader, unseen);
  }

  #answer(reader: string, response: ServerResponse): void {
    const failure = this.#failing.get(reader);
    this.#failing.delete(reader);
    if (failure === "hang") return;
    if (failure === "error") return void response.writeHead(503).end("not now\n");
    const body = this.#exposition();
    response.writeHead(200, { "content-type": TEXT_TYPE, "content-length": body.length });
    if (failure === "half") {
      response.write(body.slice(0, body.length / 2));
      setTimeout(() => response.destroy(), 20);
      return;
    }
    if (this.#blind.delete(reader)) this.#lose(reader);
    this.#pending.set(reader, new Map());
    response.end(body);
  }

  #exposition(): string {
    const lines = (prefix: string) =>
      this.#paths.flatMap((path) =>
        [...this.#values.get(path)!].filter(([series]) => series.startsWith(prefix))
          .map(([series, value]) => `${withPath(series, path)} ${value}\n`)
      ).join("");
    const start = this.#options.tellsStart === false
      ? ""
      : `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${this.#startedSeconds}\n`;
    return `${start}# TYPE shop_requests_total counter\n${lines("shop_requests")}` +
      `# TYPE shop_seconds histogram\n${lines("shop_seconds")}`;
  }
}

function countsOf(value: number): Counts {
  return new Map(OUTPUT_SERIES.map((series) => [series, value]));
}

export function add(counts: Counts, series: string, by: number): void {
  counts.set(series, (counts.get(series) ?? 0) + by);
}

function withPath(series: string, path: string): string {
  return series.endsWith("}")
    ? series.replace("}", `,path="${path}"}`)
    : `${series}{path="${path}"}`;
}
