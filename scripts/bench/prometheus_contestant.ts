import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../../test/support/e2e/eventually.ts";
import { freePort } from "../../test/support/e2e/program.ts";
import type { Started } from "./contestants.ts";
import type { Scrape } from "./curl_scrape.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

/** Room for a scrape of the whole sample on a busy machine. */
const LARGE_INTERVAL_SECONDS = 20;
const SMALL_INTERVAL_SECONDS = 0.5;

interface StartedPrometheus extends Started {
  /** Of its own pages and queries. */
  readonly origin: string;
}

/**
 * Prometheus without a proxy before it: what reading, filtering and storing the sample costs there.
 * It scrapes once in so many seconds; a scrape here is its next one, with all that it does until then.
 */
export async function startPrometheus(
  bench: Bench,
  { sample, rules = [] }: Workload,
  seconds = bench.options.scale > 0.05 ? LARGE_INTERVAL_SECONDS : SMALL_INTERVAL_SECONDS,
): Promise<StartedPrometheus> {
  const port = await freePort();
  const { host, pathname } = new URL(bench.sampleUrl(sample));
  const interval = `${1000 * seconds}ms`;
  const config = bench.file(
    "prometheus.yml",
    JSON.stringify({
      global: { scrape_interval: interval, scrape_timeout: interval },
      scrape_configs: [{
        job_name: "sample",
        metrics_path: pathname,
        static_configs: [{ targets: [host] }],
        metric_relabel_configs: rules,
      }],
    }),
  );
  const running = bench.run("prometheus", [
    `--config.file=${config}`,
    `--storage.tsdb.path=${bench.newFolder()}`,
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=error",
  ]);
  const url = `http://127.0.0.1:${port}`;
  await running.answers(`${url}/-/ready`);
  return {
    ...{ pid: running.pid, origin: url },
    scrape: () => nextScrape(url),
    stop: () => running.stop(),
  };
}

async function nextScrape(url: string): Promise<Scrape> {
  const before = await valueOf(url, "timestamp(up)");
  await eventually("Prometheus scrapes", async () => {
    // Asking is cheap, and still a cost to the one that is measured.
    await delay(100);
    return await valueOf(url, "timestamp(up)") !== before;
  }, 3_000 * LARGE_INTERVAL_SECONDS);
  return {
    wallSeconds: await valueOf(url, "scrape_duration_seconds") ?? NaN,
    outputBytes: undefined,
    series: await valueOf(url, "scrape_samples_post_metric_relabeling"),
  };
}

/** What is known of the last scrape that was stored; undefined before the first. */
export async function valueOf(url: string, query: string): Promise<number | undefined> {
  const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
  const { data } = await response.json() as { data: { result: { value: [number, string] }[] } };
  const text = data.result[0]?.value[1];
  return text === undefined ? undefined : Number(text);
}
