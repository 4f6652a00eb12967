import { createServer } from "node:http";
import { once } from "node:events";
import { Gateway } from "../../../src/gateway/gateway.ts";
import { isSeriesRules } from "../../../src/lines/rules_in_force.ts";
import { readSettings } from "../../../src/scrape/settings.ts";
import { SubsetSnapshots } from "../../../src/lines/subset_snapshots.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";
import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../../../src/upstream/negotiate.ts";

/** What a target answers by its host and port: an exposition, or a status of three digits. */
export type Answers = Map<string, string>;

/** The targets of a document's example, on ports of their own, and a gateway before them. */
export class GatewayExample {
  readonly #answers: Answers = new Map();
  readonly #addresses = new Map<string, string>();
  readonly #servers: ReturnType<typeof createServer>[] = [];
  readonly #snapshots = new SubsetSnapshots();
  #gateway: Gateway | undefined;

  /** `config` names the targets as the document does. Throws a ConfigError. */
  static async start(config: string, targets: readonly string[]): Promise<GatewayExample> {
    const example = new GatewayExample();
    for (const target of targets) await example.#listen(target);
    await example.#configure(config);
    return example;
  }

  answer(target: string, text: string): void {
    this.#answers.set(target, text);
  }

  /** Scrapes; the response as the document writes it. */
  async scrape(): Promise<string> {
    const { chunks } = await this.#gateway!.scrape({
      path: "/metrics",
      query: "",
      accept: "application/openmetrics-text;version=1.0.0;q=0.6,text/plain;q=0.5",
      budgetSeconds: 10,
      signal: new AbortController().signal,
      policies: undefined,
    });
    return this.#written(chunks);
  }

  subset(name: string): string {
    return this.#written(this.#snapshots.get(name)?.chunks ?? []);
  }

  stop(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #listen(target: string): Promise<void> {
    const server = createServer((_request, response) => {
      const text = this.#answers.get(target) ?? "404";
      if (/^\d{3}\s*$/.test(text)) return void response.writeHead(Number(text)).end();
      const isOpen = text.endsWith("# EOF\n");
      response.writeHead(200, { "content-type": isOpen ? OPEN_METRICS_TYPE : TEXT_TYPE }).end(text);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    this.#servers.push(server);
    this.#addresses.set(target, `127.0.0.1:${(server.address() as { port: number }).port}`);
  }

  async #configure(config: string): Promise<void> {
    let text = config;
    for (const [target, address] of this.#addresses) text = text.replaceAll(target, address);
    const settings = await readSettings(
      { path: "weir.yaml", flags: {}, env: {}, version: "0.1.0", instanceId: "i" },
      { readFile: () => Promise.resolve(new TextEncoder().encode(text)) },
    );
    const { rules, subsets } = settings;
    const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
    if (settings.config.gateway === undefined || !isSeriesRules(rules)) {
      throw new Error("no gateway is configured");
    }
    this.#gateway = new Gateway({
      config: settings.config,
      gateway: settings.config.gateway,
      lookUp: () => Promise.reject(new Error("no names here")),
      version: "0.1.0",
      rules,
      subsets,
      snapshots: this.#snapshots,
      metrics: new WeirMetrics("0.1.0", { name: "bun", version: "1", usage }),
    });
  }

  /** With the document's names, and for what differs each time the document's values. */
  #written(chunks: readonly Uint8Array[]): string {
    const decoder = new TextDecoder();
    let text = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("");
    for (const [target, address] of this.#addresses) text = text.replaceAll(address, target);
    return text.replace(/^(weir_target_scrape_duration_seconds\{.*\}) .*$/gm, "$1 0.004")
      .replace(/ \d{13}$/gm, " 1735700000000");
  }
}
