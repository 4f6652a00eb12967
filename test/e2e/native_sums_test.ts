/** What collides is added as Prometheus 3 itself adds it, native histograms included. */
import assert from "node:assert/strict";
import { peerTest } from "../support/e2e/peers.ts";
import { startPrometheus } from "../support/e2e/prometheus.ts";
import { recordedExporter } from "../support/e2e/recorded_exporter.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const BOTH = { scrape_native_histograms: true, always_scrape_classic_histograms: true };

const SETTINGS = {
  "protobuf": BOTH,
  "OpenMetrics 2.0": { ...BOTH, scrape_protocols: ["OpenMetricsText2.0.0"] },
  "OpenMetrics 1.0": { scrape_protocols: ["OpenMetricsText1.0.0"] },
};

/** All labels but those of which the rules drop two: `path` and `zone`. */
const KEPT = [
  ...["__name__", "at", "code", "job_name", "le", "method", "queue", "service"],
  ...["http_method", '"http.method"', "gr__e", '"größe"'],
];

for (const targets of [1, 2]) {
  peerTest(["prometheus3"], `the sums over ${targets} targets are Prometheus's`, async (t) => {
    const start = Math.floor(Date.now() / 1000) - 60;
    const urls = [];
    for (let n = 0; n < targets; n++) urls.push(await recordedExporter(t, start));
    const args = [
      ...urls.flatMap((url) => ["-H", `${url}/metrics`]),
      ...["--relabel", "[{action: labeldrop, regex: path|zone}]"],
      ...targets === 1 ? [] : ["--counters", "raw", "--target-metrics", "false"],
    ];
    const jobs: Record<string, { url: string }> = {};
    for (const [name, setting] of Object.entries(SETTINGS)) {
      const weir = await startWeir(t, args);
      jobs[`${name}, weir`] = { url: weir.url, ...setting };
      urls.forEach((url, n) => jobs[`${name}, direct ${n}`] = { url, ...setting });
    }
    const options = { peer: "prometheus3", features: ["openmetrics2"] } as const;
    const prometheus = await startPrometheus(t, jobs, options);
    await prometheus.scrapedTwice(Object.keys(jobs));
    for (const name of Object.keys(SETTINGS)) {
      // Quantiles cannot be added, and times are not. Only those native histograms that have exemplars
      // have classic parts, too.
      const others = '__name__!~"up|scrape_.*|.*_created|app_native_seconds_.*",quantile=""';
      const sum = await prometheus.results(
        `sum by (${KEPT.join()}) ({job=~"${name}, direct .",${others}})`,
      );
      const through = await prometheus.results(`{job="${name}, weir",${others}}`);
      assert.notEqual(sum.size, 0);
      assert.deepEqual(rounded(through), rounded(sum), name);
    }
  }, 60_000);
}

/** To twelve digits: Prometheus carries along what additions round off. */
function rounded(samples: ReadonlyMap<string, string>): Record<string, string> {
  const entries = [...samples].map(([series, value]) => [
    series,
    value.replace(
      /-?\d[\d.]*(?:e[+-]?\d+)?/g,
      (number) => String(Number(Number(number).toPrecision(12))),
    ),
  ]);
  return Object.fromEntries(entries);
}
