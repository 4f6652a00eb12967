/** With one upstream, too, sums of counters go on whatever becomes of what they are sums of. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const RULES = "[{action: labeldrop, regex: path}]";

/** An exporter that answers what it is told to. */
interface Exporter {
  body: string;
  status: number;
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

const c = (counts: Readonly<Record<string, number>>) =>
  "# TYPE c counter\n" +
  Object.entries(counts).map(([path, count]) => `c{path="${path}"} ${count}\n`).join("");
const sum = (total: number) => `# TYPE c counter\nc ${total}\n`;

peerTest(
  ["prometheus"],
  "what Prometheus sees of paths that go, come and begin anew",
  async (t) => {
    const exporter = await startExporter(t, c({ a: 500, b: 1000 }));
    const args = ["-H", `${exporter.url}/metrics`, "--relabel", RULES];
    const weir = await startWeir(t, [...args, "--counters", "monotonic"]);
    const raw = await startWeir(t, args);
    const every = { scrape_interval: "1s", scrape_timeout: "1s", metric_relabel_configs: [] };
    const prometheus = await startPrometheus(t, {
      weir: { ...every, url: weir.url },
      raw: { ...every, url: raw.url },
    });
    const history = async (job: string) => {
      const series = await prometheus.history(`c{job="${job}"}[2m]`, Date.now() / 1000);
      return (series[0]?.values ?? []).filter((value, at, all) => value !== all[at - 1]);
    };
    const reaches = (weir: number, raw: number) =>
      eventually(`${weir} and ${raw}`, async () => {
        const [found, foundRaw] = [await history("weir"), await history("raw")];
        assert.deepEqual([found.at(-1), foundRaw.at(-1)], [weir, raw]);
        return true;
      });
    await reaches(0, 1500);
    const steps: [counts: Record<string, number>, total: number][] = [
      [{ b: 1010 }, 10],
      [{ a: 520, b: 1020 }, 40],
      [{ b: 1021 }, 41],
      [{ a: 3, b: 1021 }, 44],
      [{ a: 1, b: 2 }, 47],
    ];
    for (const [counts, total] of steps) {
      exporter.body = c(counts);
      await reaches(total, Object.values(counts).reduce((all, count) => all + count, 0));
    }
    assert.deepEqual(await history("weir"), [0, 10, 40, 41, 44, 47]);
    // What a reset is to Prometheus counts whole.
    assert.deepEqual(await history("raw"), [1500, 1010, 1540, 1021, 1024, 3]);
  },
  60_000,
);

test("histograms of other bounds rise as their union does", async (t) => {
  const histogram = (rises: number, ends: readonly (readonly [string, string, number])[]) =>
    "# TYPE h histogram\n" + ends.map(([path, le, count]) => {
      const labels = le === "" ? `{path="${path}"}` : `{path="${path}",le="${le}"}`;
      return `h_${le === "" ? "count" : "bucket"}${labels} ${count + rises}\n`;
    }).join("");
  const unlike = [
    ["a", "1", 7],
    ["a", "+Inf", 9],
    ["a", "", 9],
    ["b", "2.0", 3],
    ["b", "+Inf", 5],
    ["b", "", 5],
  ] as const;
  const exporter = await startExporter(t, histogram(0, unlike));
  const args = ["-H", `${exporter.url}/metrics`, "--relabel", RULES, "--counters", "monotonic"];
  const weir = await startWeir(t, args);
  const scrape = async () => await (await fetch(`${weir.url}/metrics`)).text();
  const rises = (one: number, two: number, all: number) =>
    `# TYPE h histogram\nh_bucket{le="1.0"} ${one}\nh_bucket{le="2.0"} ${two}\n` +
    `h_bucket{le="+Inf"} ${all}\nh_count ${all}\n`;
  assert.equal(await scrape(), rises(0, 0, 0));
  exporter.body = histogram(10, unlike);
  assert.equal(await scrape(), rises(10, 20, 20));
  exporter.body = histogram(15, unlike);
  assert.equal(await scrape(), rises(15, 30, 30));
});

test("the one upstream's statuses, and nothing that a gateway says", async (t) => {
  const exporter = await startExporter(t, c({ a: 5 }));
  const weir = await startWeir(t, [
    "-H",
    exporter.url,
    "--counters",
    "monotonic",
    "--passthrough",
    "--relabel",
    RULES,
  ]);
  const get = async (path: string) => {
    const answer = await fetch(`${weir.url}${path}`);
    return [answer.status, answer.headers.get("content-type"), await answer.text()];
  };
  assert.deepEqual(await get("/metrics?collect[]=x"), [200, TEXT_TYPE, sum(0)]);
  assert.deepEqual(await get("/source"), [200, TEXT_TYPE, c({ a: 5 })]);
  assert.deepEqual(await get("/other?target=x"), [200, TEXT_TYPE, c({ a: 5 })]);
  assert.deepEqual(exporter.asked, ["/metrics?collect[]=x", "/metrics", "/other?target=x"]);
  const text = "text/plain; charset=utf-8";
  for (const status of [404, 503]) {
    exporter.status = status;
    const error = `upstream ${exporter.url}/metrics: answered ${status}\n`;
    assert.deepEqual(await get("/metrics"), [status, text, error]);
  }
  exporter.status = 200;
  exporter.body = "c{ 5\n";
  const unreadable = `upstream ${exporter.url}/metrics: a line is no sample: "c{ 5"\n`;
  assert.deepEqual(await get("/metrics"), [502, text, unreadable]);
  exporter.body = c({ a: 7 });
  assert.deepEqual(await get("/metrics"), [200, TEXT_TYPE, sum(2)]);
  await weir.counted({
    'weir_upstream_errors_total{reason="status"}': 2,
    'weir_upstream_errors_total{reason="protocol"}': 1,
    weir_upstream_up: 1,
    weir_upstream_duration_seconds_count: 7,
  });
});

test("subsets go on, too, and over a Weir that is killed", async (t) => {
  const exporter = await startExporter(t, "");
  const config = join(temporaryFolder(t), "weir.yaml");
  writeFileSync(
    config,
    `upstream_url: ${exporter.url}/metrics
metric_relabel_configs: ${RULES}
subsets: { all: ${RULES} }
subset_timestamps: false
counters: monotonic
state_file: ${join(temporaryFolder(t), "counters")}
`,
  );
  const found: string[][] = [];
  const scrape = async (url: string, counts: Record<string, number>) => {
    exporter.body = c(counts);
    const answers = [];
    for (const path of ["/metrics", "/metrics/all"]) {
      answers.push(/^c (\d+)$/m.exec(await (await fetch(`${url}${path}`)).text())![1]);
    }
    found.push(answers);
  };
  const first = await startWeir(t, [config]);
  await scrape(first.url, { a: 100, b: 100 });
  await scrape(first.url, { b: 105 });
  await first.kill();
  const second = await startWeir(t, [config]);
  await scrape(second.url, { b: 200 });
  await scrape(second.url, { a: 100, b: 201 });
  await scrape(second.url, { a: 101 });
  // What is new to the second Weir counts whole.
  assert.deepEqual(found, [["0", "0"], ["5", "5"], ["5", "5"], ["106", "106"], ["107", "107"]]);
});

test("the demo's counters go on", async (t) => {
  const weir = await startWeir(t, ["--demo", "--counters", "monotonic"]);
  const answer = await fetch(`${weir.url}/metrics`);
  assert.equal(answer.status, 200);
  const text = await answer.text();
  assert.equal(/^process_cpu_seconds_total (.*)$/m.exec(text)?.[1], "0");
  assert.equal(text.includes("weir_target_"), false);
});

async function startExporter(t: TestContext, body: string): Promise<Exporter> {
  const exporter = { body, status: 200, asked: [] as string[] };
  const url = await httpUpstream(t, (request, response) => {
    exporter.asked.push(request.url!);
    response.writeHead(exporter.status, { "content-type": TEXT_TYPE }).end(exporter.body);
  });
  return Object.assign(exporter, { url });
}
