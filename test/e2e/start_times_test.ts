/**
 * What Prometheus 3 makes of start times behind a gateway: with `created-timestamp-zero-ingestion` it
 * puts a zero where a counter began, and what comes after a zero counts as an increase.
 */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { type Prometheus, startPrometheus } from "../support/e2e/prometheus.ts";
import { httpUpstream, OPEN_METRICS_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

/** A process that counts, and says since when. */
interface Replica {
  value: number;
  startSeconds: number;
  readonly url: string;
}

const SETTINGS = {
  "by default": {},
  "as OpenMetrics 1.0": { scrape_protocols: ["OpenMetricsText1.0.0"] },
  "as OpenMetrics 2.0": { scrape_protocols: ["OpenMetricsText2.0.0"] },
  "as protobuf": { scrape_protocols: ["PrometheusProto"] },
};

peerTest(
  ["prometheus3"],
  "restarts behind a gateway are no increase, told start times or not",
  async (t) => {
    const [a, b] = [await replica(t, 1000), await replica(t, 5000)];
    const weir = await startWeir(t, ["-H", a.url, "-H", b.url, "--relabel", DROP_REPLICA]);
    const prometheus = await startEverySecond(t, weir.url);
    let counted = 0;
    const count = async (byA: number, byB: number) => {
      a.value += byA;
      b.value += byB;
      counted += byA + byB;
      await eventually(`a total of ${counted}`, async () => {
        const found = await prometheus.query("requests_total");
        return found.length === Object.keys(SETTINGS).length &&
          found.every(({ value }) => value === counted);
      });
    };
    const restart = (replica: Replica) => {
      replica.value = 0;
      replica.startSeconds = Date.now() / 1000;
    };
    await count(0, 0);
    await count(700, 300);
    restart(b);
    await count(400, 100);
    // Behind what was scraped last, whichever of them one takes.
    restart(a);
    restart(b);
    await count(600, 400);
    for (
      const { labels, values } of await prometheus.history("requests_total[5m]", Date.now() / 1000)
    ) {
      assert.equal(increaseOf(values), 2500, `${labels.job}: ${values.join()}`);
    }
  },
  60_000,
);

peerTest(["prometheus3"], "a sum that falls with its parts has no start time", async (t) => {
  const [a, b] = [await replica(t, 10), await replica(t, 20)];
  const args = ["-H", a.url, "-H", b.url, "--counters", "raw", "--relabel", DROP_REPLICA];
  const prometheus = await startEverySecond(t, (await startWeir(t, args)).url);
  await eventually("a total", async () => (await prometheus.query("requests_total")).length === 4);
  for (const job of Object.keys(SETTINGS)) {
    const { samples, starts } = await prometheus.scraped(job);
    const series = '[["__name__","requests_total"]]';
    assert.deepEqual([samples.get(series), starts.get(series)], ["30", undefined], job);
  }
}, 60_000);

peerTest(["prometheus3"], "what nothing collided with began where its target says", async (t) => {
  const [a, b] = [await replica(t, 10), await replica(t, 20)];
  const args = ["-H", a.url, "-H", b.url, "--counters", "raw", "--target-label", "replica"];
  const prometheus = await startEverySecond(t, (await startWeir(t, args)).url);
  await eventually("totals", async () => (await prometheus.query("requests_total")).length === 8);
  for (const job of Object.keys(SETTINGS)) {
    const { starts } = await prometheus.scraped(job);
    const found = [a, b].map(({ url }) =>
      starts.get(JSON.stringify([["__name__", "requests_total"], ["replica", new URL(url).host]]))
    );
    assert.deepEqual(found, [a.startSeconds, b.startSeconds], job);
  }
}, 60_000);

/** What each replica tells itself apart by. */
const DROP_REPLICA = "[{action: labeldrop, regex: replica}]";

/** Of a counter by Prometheus's rule: what falls began anew at zero. */
function increaseOf(values: readonly number[]): number {
  return values.slice(1).reduce((sum, value, before) => {
    return sum + (value < values[before] ? value : value - values[before]);
  }, 0);
}

/** Started some minutes ago, on a port of its own, until the test ends. */
async function replica(t: TestContext, value: number): Promise<Replica> {
  const state = { value, startSeconds: Math.floor(Date.now() / 1000) - 120 };
  const url = await httpUpstream(t, (_request, response) => {
    response.writeHead(200, { "content-type": OPEN_METRICS_TYPE }).end(
      `# TYPE requests counter\nrequests_total ${state.value}\n` +
        `requests_created ${state.startSeconds}\n` +
        `# TYPE process_start_time_seconds gauge\nprocess_start_time_seconds ${state.startSeconds}\n` +
        "# EOF\n",
    );
  });
  return Object.assign(state, { url });
}

function startEverySecond(t: TestContext, url: string): Promise<Prometheus> {
  const every = { scrape_interval: "1s", scrape_timeout: "1s" };
  const jobs = Object.entries(SETTINGS).map((
    [job, setting],
  ) => [job, { url, ...every, ...setting }]);
  const features = ["created-timestamp-zero-ingestion", "openmetrics2"];
  return startPrometheus(t, Object.fromEntries(jobs), { peer: "prometheus3", features });
}
