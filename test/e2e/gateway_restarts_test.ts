/** Restarts of targets, and of Weir, leave no trace in the sums that Prometheus reads from it. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import {
  type ConfiguredTarget,
  type Prometheus,
  startPrometheus,
} from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

/** A counter that says what it is told to, and when its process began. */
interface Replica {
  value: number;
  startedSeconds: number;
  /** False: it answers 503. */
  isUp: boolean;
  readonly url: string;
}

peerTest(["prometheus"], "the restart table: the sum does not move when b restarts", async (t) => {
  const [a, b] = [await replica(t, 10), await replica(t, 20)];
  const args = ["-H", a.url, "-H", b.url];
  const weir = await startWeir(t, args);
  const raw = await startWeir(t, [...args, "--counters", "raw"]);
  const prometheus = await startEverySecond(t, {
    weir: weir.url,
    raw: raw.url,
    a: a.url,
    b: b.url,
  });
  // t1: what the replicas had counted before is no increase.
  await reaches(prometheus, { weir: 0, raw: 30, a: 10, b: 20 });

  b.value = 0;
  b.startedSeconds = Date.now() / 1000;
  // t2, t3: the plain sum has fallen, the other one has not moved.
  await reaches(prometheus, { weir: 0, raw: 10, a: 10, b: 0 });
  await stays(prometheus, { weir: 0, raw: 10 });
  assert.deepEqual([await increase(prometheus, "weir"), await increase(prometheus, "a|b")], [0, 0]);
  assert.ok(await increase(prometheus, "raw") >= 10);

  b.value = 5;
  await reaches(prometheus, { weir: 5, raw: 15 });
  // The third life has counted more than the second when it is read first.
  b.value = 7;
  b.startedSeconds = Date.now() / 1000;
  await reaches(prometheus, { weir: 12, raw: 17 });
  await weir.counted({ 'weir_target_resets_total{reason="start_time"}': 2 });
  assert.deepEqual(await history(prometheus, "weir"), [0, 5, 12]);
}, 60_000);

peerTest(["prometheus"], "a replica that is missed, or leaves, takes nothing away", async (t) => {
  const [a, b] = [await replica(t, 100), await replica(t, 200)];
  const weir = await startWeir(t, ["-H", a.url, "-H", b.url]);
  const prometheus = await startEverySecond(t, { weir: weir.url });
  await reaches(prometheus, { weir: 0 });
  a.value += 1;
  b.value += 10;
  await reaches(prometheus, { weir: 11 });
  b.isUp = false;
  a.value += 1;
  await reaches(prometheus, { weir: 12 });
  b.value += 10;
  b.isUp = true;
  await reaches(prometheus, { weir: 22 });
  b.isUp = false;
  a.value += 1;
  await reaches(prometheus, { weir: 23 });
  assert.deepEqual(await history(prometheus, "weir"), [0, 11, 12, 22, 23]);
}, 60_000);

test("a Weir that is killed goes on where its answers were", { timeout: 30_000 }, async (t) => {
  const a = await replica(t, 100);
  const args = ["-H", a.url, "-H", "127.0.0.1:1", "--state-file"];
  args.push(join(temporaryFolder(t), "counters"));
  const first = await startWeir(t, args);
  const found: number[] = [];
  const scrape = async (url: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    found.push(Number(/^metric (\S+)$/m.exec(text)![1]));
  };
  for (const value of [100, 105, 112]) {
    a.value = value;
    await scrape(first.url);
  }
  await first.kill();
  const second = await startWeir(t, args);
  for (const value of [112, 113]) {
    a.value = value;
    await scrape(second.url);
  }
  // Prometheus would take a fall for a reset, and count all of it anew.
  assert.deepEqual(found, [0, 5, 12, 12, 13]);
});

/** Started long ago, on a port of its own, until the test ends. */
async function replica(t: TestContext, value: number): Promise<Replica> {
  const state = { value, startedSeconds: 1_700_000_000, isUp: true };
  const url = await httpUpstream(t, (_request, response) => {
    if (!state.isUp) return void response.writeHead(503).end();
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(
      `# TYPE metric counter\nmetric ${state.value}\n` +
        `process_start_time_seconds ${state.startedSeconds}\n`,
    );
  });
  return Object.assign(state, { url });
}

function startEverySecond(
  t: TestContext,
  urls: Readonly<Record<string, string>>,
): Promise<Prometheus> {
  const every = { scrape_interval: "1s", scrape_timeout: "1s", metric_relabel_configs: [] };
  const jobs = Object.entries(urls).map(([job, url]): [string, ConfiguredTarget] => [
    job,
    { ...every, url },
  ]);
  return startPrometheus(t, Object.fromEntries(jobs));
}

/** Waits until Prometheus has read these values from these jobs. */
async function reaches(
  prometheus: Prometheus,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  await eventually(`the values ${JSON.stringify(expected)}`, async () => {
    const samples = await prometheus.query("metric");
    const found = new Map(samples.map(({ labels, value }) => [labels.job, value]));
    const jobs = Object.keys(expected).map((job) => [job, found.get(job)]);
    assert.deepEqual(Object.fromEntries(jobs), expected);
    return true;
  });
}

/** Two scrapes later these values are the same. */
async function stays(
  prometheus: Prometheus,
  expected: Readonly<Record<string, number>>,
): Promise<void> {
  for (const job of Object.keys(expected)) {
    const scrapes = async () => (await scraped(prometheus, job)).length;
    const before = await scrapes();
    await eventually(`two scrapes more of ${job}`, async () => await scrapes() >= before + 2);
  }
  await reaches(prometheus, expected);
}

/** What Prometheus computes over all series of these jobs. */
async function increase(prometheus: Prometheus, jobs: string): Promise<number> {
  return (await prometheus.query(`sum(increase(metric{job=~"${jobs}"}[1m]))`))[0].value;
}

/** The values that a job's counter has had, each once. */
async function history(prometheus: Prometheus, job: string): Promise<number[]> {
  const values = await scraped(prometheus, job);
  return values.filter((value, at) => value !== values[at - 1]);
}

async function scraped(prometheus: Prometheus, job: string): Promise<number[]> {
  const now = Date.now() / 1000;
  return (await prometheus.history(`metric{job="${job}"}[2m]`, now))[0]?.values ?? [];
}
