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

/** Prometheus scraping each of `targets` (by job name), seen through its API. */
export async function startPrometheus(
  context: TestContext,
  targets: Targets,
): Promise<Prometheus> {
  const folder = temporaryFolder(context);
  const url = await startDaemon(context, "prometheus", "/-/ready", (address) => {
    const config = join(folder, "prometheus.yml");
    writeFileSync(config, stringify(configuration(targets)));
    return [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ];
  });
  return new Prometheus(url);
}

function configuration(targets: Targets): unknown {
  return {
    global: { scrape_interval: `${SCRAPE_SECONDS}s`, scrape_timeout: `${SCRAPE_SECONDS}s` },
    scrape_configs: Object.entries(targets).map(([job, target]) => {
      const { url, ...rest } = typeof target === "string" ? { url: target } : target;
      return { job_name: job, static_configs: [{ targets: [new URL(url).host] }], ...rest };
    }),
  };
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

export class Prometheus {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
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
    const response = await fetch(`${this.#url}/api/v1/query?${parameters}`);
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
