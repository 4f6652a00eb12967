import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { stringify } from "@std/yaml";
import { eventually } from "./eventually.ts";
import { freePort, plainEnvironment } from "./program.ts";
import { temporaryFolder } from "./temporary_folder.ts";

export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** Interval and timeout; as short as a busy machine allows. */
export const SCRAPE_SECONDS = 2;

/** A target, and what its scrape config says beside: rules, TLS, a password. */
export interface ConfiguredTarget {
  readonly url: string;
  readonly [key: string]: unknown;
}

type Targets = Readonly<Record<string, string | ConfiguredTarget>>;

export interface PrometheusOptions {
  /** Debian's by default. */
  readonly peer?: "prometheus" | "prometheus3";
  /** Feature flags. */
  readonly features?: readonly string[];
  /** Evaluated each second. */
  readonly ruleFiles?: readonly string[];
}

/** Prometheus scraping each of `targets` (by job name), seen through its API. */
export async function startPrometheus(
  context: TestContext,
  targets: Targets,
  { peer = "prometheus", features = [], ruleFiles = [] }: PrometheusOptions = {},
): Promise<Prometheus> {
  const folder = temporaryFolder(context);
  const url = await startDaemon(context, peer, "/-/ready", (address) => {
    const config = join(folder, "prometheus.yml");
    writeFileSync(config, stringify(configuration(targets, ruleFiles)));
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
      ...features.length === 0 ? [] : [`--enable-feature=${features.join(",")}`],
    ];
  });
  return new Prometheus(url);
}

function configuration(targets: Targets, ruleFiles: readonly string[]): unknown {
  const every = `${SCRAPE_SECONDS}s`;
  return {
    global: { scrape_interval: every, scrape_timeout: every, evaluation_interval: "1s" },
    rule_files: ruleFiles,
    scrape_configs: Object.entries(targets).map(([job, target]) => {
      const { url, ...rest } = typeof target === "string" ? { url: target } : target;
      return { job_name: job, static_configs: [{ targets: [new URL(url).host] }], ...rest };
    }),
  };
}

/** `client_golang`'s example program: a summary, and a histogram both classic and native. */
export function startRandomExporter(context: TestContext): Promise<string> {
  return startDaemon(
    context,
    "client-golang-random",
    "/metrics",
    (address) => [`-listen-address=${address}`],
  );
}

/** `collectors`: flags that say what it exposes. */
export function startNodeExporter(
  context: TestContext,
  collectors: readonly string[] = [],
): Promise<string> {
  return startDaemon(
    context,
    "prometheus-node-exporter",
    "/",
    (address) => [`--web.listen-address=${address}`, "--log.level=error", ...collectors],
  );
}

/** Starts a program that listens on the address it is given, until the test ends. */
async function startDaemon(
  context: TestContext,
  command: string,
  readyPath: string,
  args: (address: string) => string[],
): Promise<string> {
  const address = `127.0.0.1:${await freePort()}`;
  const daemon = spawn(command, args(address), {
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  daemon.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  context.after(async () => {
    if (daemon.exitCode !== null) return;
    daemon.kill("SIGKILL");
    await once(daemon, "exit");
  });
  await eventually(`${command} is ready`, async () => {
    if (daemon.exitCode !== null) throw new Error(stderr);
    return (await fetch(`http://${address}${readyPath}`)).ok;
  });
  return `http://${address}`;
}

/** What a scrape left in Prometheus, by series without the labels that name the target. */
export interface Scraped {
  /** Values as text; of native histograms the JSON. */
  readonly samples: ReadonlyMap<string, string>;
  /** The time in Unix seconds of the zero that stands before the first sample. */
  readonly starts: ReadonlyMap<string, number>;
  readonly exemplars: ReadonlyMap<string, readonly string[]>;
  readonly metadata: readonly string[];
}

/** A rule as the API shows it. */
export interface Rule {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly health: "ok" | "err" | "unknown";
  readonly lastError?: string;
  readonly alerts?: readonly {
    readonly state: string;
    readonly labels: Labels;
    readonly annotations: Labels;
  }[];
}

interface Vector {
  readonly metric: Labels;
  readonly value?: readonly [number, string];
  readonly histogram?: readonly [number, unknown];
}

interface Matrix {
  readonly metric: Labels;
  readonly values?: readonly (readonly [number, string])[];
  readonly histograms?: readonly (readonly [number, { readonly count: string }])[];
}

interface SeriesExemplars {
  readonly seriesLabels: Labels;
  readonly exemplars: readonly unknown[];
}

interface Metadata {
  readonly target: Labels;
}

function byName<Found>(found: readonly (readonly [Labels, Found])[]): Map<string, Found> {
  return new Map(found.map(([labels, value]) => [ownName(labels), value] as const).sort());
}

function ownName({ job: _, instance: __, ...labels }: Labels): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1));
}

export class Prometheus {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** What a job's latest scrape gave. */
  async scraped(job: string): Promise<Scraped> {
    const selector = `{job="${job}",__name__!~"up|scrape_.*"}`;
    const now = Date.now() / 1000;
    const times = { start: String(now - 3600), end: String(now + 60) };
    const [samples, ranges, ups, exemplars, metadata] = await Promise.all([
      this.results(`last_over_time(${selector}[1m])`),
      this.#get<{ result: Matrix[] }>("query", { query: `${selector}[1h]` }),
      this.#get<{ result: Matrix[] }>("query", { query: `up{job="${job}"}[1h]` }),
      this.#get<SeriesExemplars[]>("query_exemplars", { query: selector, ...times }),
      this.#get<Metadata[]>("targets/metadata", { match_target: `{job="${job}"}` }),
    ]);
    const scrapeTimes = new Set(ups.result[0].values!.map(([time]) => time));
    return {
      samples,
      starts: byName(ranges.result.flatMap(({ metric, values = [], histograms = [] }) => {
        const [first] = [...values, ...histograms].sort(([a], [b]) => a - b);
        const isZero = first[1] === "0" || (first[1] as { count?: string }).count === "0";
        return isZero && !scrapeTimes.has(first[0]) ? [[metric, first[0]] as const] : [];
      })),
      exemplars: byName(
        exemplars.map(({ seriesLabels, exemplars }) =>
          [seriesLabels, exemplars.map((exemplar) => JSON.stringify(exemplar)).sort()] as const
        ),
      ),
      metadata: metadata.map(({ target: _, ...rest }) => JSON.stringify(rest)).sort(),
    };
  }

  /** What an expression gives at present, as `Scraped` has its samples. */
  async results(query: string): Promise<Scraped["samples"]> {
    const { result } = await this.#get<{ result: Vector[] }>("query", { query });
    return byName(
      result.map(({ metric, value, histogram }) =>
        [metric, value?.[1] ?? JSON.stringify(histogram?.[1])] as const
      ),
    );
  }

  /** The rules of all files, once each has been evaluated. */
  async rules(): Promise<Rule[]> {
    const { groups } = await this.#get<{ groups: { rules: Rule[] }[] }>("rules", {});
    return groups.flatMap(({ rules }) => rules);
  }

  async #get<Data>(path: string, parameters: Readonly<Record<string, string>>): Promise<Data> {
    const response = await fetch(`${this.url}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const body = await response.json() as { data: Data; error?: string };
    if (!response.ok && response.status !== 404) throw new Error(`${path}: ${body.error}`);
    return body.data;
  }

  /** Waits until each job was scraped twice, so that series which the first scrape makes are there. */
  async scrapedTwice(jobs: readonly string[]): Promise<void> {
    for (const job of jobs) {
      await eventually(`two scrapes of ${job}`, async () => {
        const [up] = await this.query(`count_over_time(up{job="${job}"}[1m])`);
        return (up?.value ?? 0) >= 2;
      });
    }
  }

  /** An instant query, at `time` (Unix seconds) or now. */
  async query(expression: string, time?: number): Promise<Sample[]> {
    const found = await this.#query<{ value: [number, string] }>(expression, time);
    return found.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The values of each series in a range such as `up[1m]`, by time. */
  async history(range: string, time: number): Promise<{ labels: Labels; values: number[] }[]> {
    const found = await this.#query<{ values: [number, string][] }>(range, time);
    return found.map(({ metric, values }) => ({
      labels: metric,
      values: values.map(([, value]) => Number(value)),
    }));
  }

  async #query<Found>(
    query: string,
    time: number | undefined,
  ): Promise<({ metric: Labels } & Found)[]> {
    const parameters = new URLSearchParams({ query });
    if (time !== undefined) parameters.set("time", String(time));
    const response = await fetch(`${this.url}/api/v1/query?${parameters}`);
    if (!response.ok) throw new Error(`${query}: ${await response.text()}`);
    const { data } = await response.json() as { data: { result: ({ metric: Labels } & Found)[] } };
    return data.result;
  }

  /** The series that a job's latest scrape gave, without the labels that name the target. */
  async series(job: string): Promise<Labels[]> {
    return (await this.samples(job)).map(({ labels }) => labels);
  }

  /** The same with their values. */
  async samples(job: string): Promise<Sample[]> {
    const samples = await this.query(`{job="${job}"}`);
    return samples.map(({ labels: { job: _, instance: __, ...labels }, value }) => ({
      labels,
      value,
    }));
  }
}
