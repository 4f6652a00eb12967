/**
 * metric-gate's stacked layout on one machine: a sidecar in each pod, a gateway that sums their
 * `requests` subsets over DNS, and Prometheus, which scrapes all of them.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { startNameServer } from "../support/e2e/name_server.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort } from "../support/e2e/program.ts";
import { type Prometheus, startPrometheus } from "../support/e2e/prometheus.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

/** As metric-gate reads it: the rules of `/metrics`, and those of `/metrics/requests`. */
const relabelFile = `
metric_relabel_configs:
- action: drop
  source_labels: [__name__]
  regex: requests_total
requests:
- action: keep
  source_labels: [__name__]
  regex: requests_total
- action: labeldrop
  regex: path
`;

/** An application that counts requests of two paths; its counts are the test's to change. */
interface Application {
  readonly url: string;
  api: number;
  ui: number;
}

async function startApplication(t: TestContext, files: number): Promise<Application> {
  const counts = { api: 0, ui: 0 };
  const url = await httpUpstream(t, (_, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE }).end([
      "# HELP requests_total Requests.",
      "# TYPE requests_total counter",
      `requests_total{ingress="shop",path="/api"} ${counts.api}`,
      `requests_total{ingress="shop",path="/ui"} ${counts.ui}`,
      "# HELP process_open_fds Open files.",
      "# TYPE process_open_fds gauge",
      `process_open_fds ${files}`,
      "",
    ].join("\n"));
  });
  return Object.assign(counts, { url });
}

const NAME = "shop.weir.test";
/** Each in its own pod. */
const pods = { a: "127.0.0.2", b: "127.0.0.3", c: "::1" } as const;

peerTest(
  ["dnsmasq", "prometheus", "root"],
  "two sidecars, one gateway, one Prometheus: a pod that comes and one that goes",
  async (t) => {
    const file = join(temporaryFolder(t), "relabel.yaml");
    writeFileSync(file, relabelFile);
    const port = await freePort();
    const apps = {
      a: await startApplication(t, 11),
      b: await startApplication(t, 22),
      c: await startApplication(t, 33),
    };
    const sidecar = async (pod: keyof typeof pods) => {
      const at = pods[pod].includes(":") ? `[${pods[pod]}]:${port}` : `${pods[pod]}:${port}`;
      const args = ["-H", apps[pod].url, "--relabel-file", file, "--listen", at];
      return await startWeir(t, args, { listen: false });
    };
    const names = await startNameServer(t, { [NAME]: [pods.a, pods.b] });
    const [a, b, c] = [await sidecar("a"), await sidecar("b"), await sidecar("c")];
    Object.assign(apps.a, { api: 1000, ui: 500 });
    Object.assign(apps.b, { api: 2000, ui: 700 });
    const gateway = await startWeir(
      t,
      ["-H", `dns+http://${NAME}:${port}/metrics/requests`, "--dns-family", "both"],
      { program: names.weir },
    );
    // A sidecar that has not been scraped has no subset yet, and is down for the gateway.
    const prometheus = await startPrometheus(t, {
      a: a.url,
      b: b.url,
      c: c.url,
      gateway: gateway.url,
    });
    await prometheus.scrapedTwice(["a", "b", "c"]);

    // The sidecars' own: each replica with its values, and nothing of the requests.
    for (const [job, files] of [["a", 11], ["b", 22]] as const) {
      const samples = (await prometheus.samples(job)).filter(({ labels }) => isOfTarget(labels));
      assert.deepEqual(samples, [{ labels: { __name__: "process_open_fds" }, value: files }]);
    }
    // What was counted before the gateway came is no increase.
    const [four, six] = [`127.0.0.2:${port}`, `[::1]:${port}`];
    await seen(prometheus, { requests: 0, up: [four, `127.0.0.3:${port}`] });

    apps.a.api += 5;
    apps.b.ui += 7;
    await seen(prometheus, { requests: 12, up: [four, `127.0.0.3:${port}`] });

    // A pod that is new: all that it counted is an increase.
    Object.assign(apps.c, { api: 2, ui: 1 });
    await eventually("the sidecar's own scrape has seen it", async () => {
      const subset = await (await fetch(`${c.url}/metrics/requests`)).text();
      return /^requests_total\{ingress="shop"\} 3 /m.test(subset);
    });
    await names.setHosts({ [NAME]: [pods.a, pods.b, pods.c] });
    await seen(prometheus, { requests: 15, up: [four, `127.0.0.3:${port}`, six] });

    // A pod that is gone takes nothing with it, and counts no more.
    await names.setHosts({ [NAME]: [pods.a, pods.c] });
    await seen(prometheus, { requests: 15, up: [four, six] });
    apps.a.api += 1;
    apps.b.api += 100;
    await seen(prometheus, { requests: 16, up: [four, six] });
    const [resets] = await prometheus.query(
      'max_over_time(resets(requests_total{job="gateway"}[1m])[1m:1s])',
    );
    assert.equal(resets.value, 0);
  },
  60_000,
);

function isOfTarget({ __name__ }: Readonly<Record<string, string>>): boolean {
  return !/^(up|scrape_.*)$/.test(__name__);
}

interface Expected {
  readonly requests: number;
  /** Targets of the gateway. */
  readonly up: readonly string[];
}

/** Waits until the gateway's job has exactly these series with these values. */
async function seen(prometheus: Prometheus, { requests, up }: Expected): Promise<void> {
  const wanted = [
    `requests_total ${JSON.stringify({ ingress: "shop" })} ${requests}`,
    ...up.flatMap((target) => [
      `weir_target_up ${JSON.stringify({ target })} 1`,
      `weir_target_samples ${JSON.stringify({ target })} 1`,
    ]),
  ];
  await eventually(`requests_total of ${requests}`, async () => {
    const samples = (await prometheus.samples("gateway")).filter(({ labels }) =>
      isOfTarget(labels) && labels.__name__ !== "weir_target_scrape_duration_seconds"
    );
    const found = samples.map(({ labels: { __name__, ...labels }, value }) =>
      `${__name__} ${JSON.stringify(labels)} ${value}`
    );
    assert.deepEqual(found.sort(), wanted.toSorted());
    return true;
  }, 20_000);
}
