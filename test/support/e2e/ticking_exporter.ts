import type { TestContext } from "node:test";
import { httpUpstream, TEXT_TYPE } from "./upstreams.ts";

/** Between two ticks, of the samples' timestamps: no time has to pass for it. */
const STEP_SECONDS = 30;

/**
 * Targets whose samples go on by a tick, with its time as their timestamp, once every client has scraped
 * the last one: whoever scrapes them, and however late, has the same samples.
 */
export class TickingExporter {
  url = "";
  readonly #bodies: ReadonlyMap<string, string>;
  readonly #clients: readonly string[];
  readonly #ticks: number;
  readonly #startSeconds: number;
  #tick = 0;
  #seen = new Set<string>();

  private constructor(
    bodies: Readonly<Record<string, string>>,
    clients: readonly string[],
    ticks: number,
  ) {
    this.#bodies = new Map(Object.entries(bodies));
    this.#clients = clients;
    this.#ticks = ticks;
    this.#startSeconds = Math.floor(Date.now() / 1000) - (ticks + 2) * STEP_SECONDS;
  }

  /** At `/CLIENT/NAME` each, by the expositions' names. */
  static async start(
    context: TestContext,
    bodies: Readonly<Record<string, string>>,
    clients: readonly string[],
    ticks: number,
  ): Promise<TickingExporter> {
    const exporter = new TickingExporter(bodies, clients, ticks);
    exporter.url = await httpUpstream(context, (request, response) => {
      const path = request.url!.replace(/\?.*/, "");
      response.writeHead(200, { "content-type": TEXT_TYPE }).end(exporter.#answer(path));
    });
    return exporter;
  }

  /** The last tick was scraped by all, and another time after that: it is stored. */
  get isOver(): boolean {
    return this.#tick > this.#ticks;
  }

  /** In Unix seconds, of the last tick. */
  get endSeconds(): number {
    return this.#startSeconds + this.#ticks * STEP_SECONDS;
  }

  #answer(path: string): string {
    const [, , name] = path.split("/");
    const tick = Math.min(this.#tick, this.#ticks);
    const text = atTick(
      this.#bodies.get(name)!,
      tick,
      (this.#startSeconds + tick * STEP_SECONDS) * 1000,
    );
    this.#seen.add(path);
    if (this.#seen.size === this.#clients.length * this.#bodies.size) {
      this.#tick++;
      this.#seen = new Set();
    }
    return text;
  }
}

/** Counters rise, each by its own step, and histograms stay such; gauges go up and down. */
function atTick(body: string, tick: number, milliseconds: number): string {
  let type = "";
  return body.split("\n").map((line) => {
    if (line.startsWith("# TYPE ")) type = line.split(" ")[3];
    const [, series, value] = /^([^#].*[} ]) ?([^ ]+?)(?: \d{10,})?$/.exec(line) ?? [];
    if (series === undefined) return line;
    const own = series.length % 7;
    const more = type === "counter"
      ? tick * (own + 1)
      : type === "gauge"
      ? (tick + own) % 3
      : tick * 3;
    return `${series.trimEnd()} ${Number(value.replace("+Inf", "Infinity")) + more} ${milliseconds}`
      .replace("Infinity", "+Inf");
  }).join("\n");
}
