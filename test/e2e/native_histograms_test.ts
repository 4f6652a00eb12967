/**
 * What Prometheus 3 has of a target, in each format that it asks for: through Weir it is what it is
 * without it, and rules do in Weir what they do in Prometheus.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import {
  type Prometheus,
  type Scraped,
  startPrometheus,
  startRandomExporter,
} from "../support/e2e/prometheus.ts";
import { recordedExporter } from "../support/e2e/recorded_exporter.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

/** What a scrape config says, besides its target. */
interface Setting {
  readonly scrape_protocols?: readonly string[];
  readonly scrape_native_histograms?: true;
  readonly always_scrape_classic_histograms?: true;
  readonly convert_classic_histograms_to_nhcb?: true;
  readonly metric_name_escaping_scheme?: "underscores";
}

const SETTINGS: Readonly<Record<string, Setting>> = {
  "nothing": {},
  "PrometheusText0.0.4": { scrape_protocols: ["PrometheusText0.0.4"] },
  "PrometheusText1.0.0": { scrape_protocols: ["PrometheusText1.0.0"] },
  "OpenMetricsText0.0.1": { scrape_protocols: ["OpenMetricsText0.0.1"] },
  "OpenMetricsText1.0.0": { scrape_protocols: ["OpenMetricsText1.0.0"] },
  "PrometheusProto": { scrape_protocols: ["PrometheusProto"] },
  "protobuf, then text": { scrape_protocols: ["PrometheusProto", "PrometheusText0.0.4"] },
  "names escaped": { metric_name_escaping_scheme: "underscores" },
  "native": { scrape_native_histograms: true },
  "native, names escaped": {
    scrape_native_histograms: true,
    metric_name_escaping_scheme: "underscores",
  },
  "native and classic": {
    scrape_native_histograms: true,
    always_scrape_classic_histograms: true,
  },
  "custom buckets": { convert_classic_histograms_to_nhcb: true },
  "custom buckets and classic": {
    convert_classic_histograms_to_nhcb: true,
    always_scrape_classic_histograms: true,
  },
  "native and custom buckets": {
    scrape_native_histograms: true,
    convert_classic_histograms_to_nhcb: true,
  },
};

/** Only with the feature flag. */
const OPEN_METRICS_2: Readonly<Record<string, Setting>> = {
  "OpenMetricsText2.0.0": { scrape_protocols: ["OpenMetricsText2.0.0"] },
  "OpenMetricsText2.0.0, native": {
    scrape_protocols: ["OpenMetricsText2.0.0"],
    scrape_native_histograms: true,
  },
  "OpenMetricsText2.0.0, native and classic": {
    scrape_protocols: ["OpenMetricsText2.0.0"],
    scrape_native_histograms: true,
    always_scrape_classic_histograms: true,
  },
};

const FEATURES = ["exemplar-storage"];
const ALL_FEATURES = [...FEATURES, "openmetrics2", "created-timestamp-zero-ingestion"];

/** The same for Weir and, where Weir is left out, for Prometheus. */
interface RuleSet {
  readonly rules: readonly object[];
  /**
   * What becomes of the families: they stay; some go, with their metadata, which Prometheus keeps; they
   * get other names, with their metadata; or histograms lose parts: a bucket, their native data, or
   * what makes them histograms.
   */
  readonly families: "stay" | "go" | "renamed" | "bucket less" | "without natives" | "parted";
}

const RULES: Readonly<Record<string, RuleSet>> = {
  "no rules": { rules: [], families: "stay" },
  "a rule that matches nothing": { rules: [drop("__name__", "nothing_.*")], families: "stay" },
  "names dropped": {
    rules: [drop("__name__", "app_(requests_total|native_seconds.*|rpc_seconds.*)")],
    families: "go",
  },
  "names kept": {
    rules: [{ ...drop("__name__", "app_(both_seconds|job|batch_bytes).*"), action: "keep" }],
    families: "go",
  },
  "a label's value dropped": { rules: [drop("path", "/a")], families: "stay" },
  "buckets dropped": { rules: [drop("__name__", ".*_bucket")], families: "parted" },
  "sums dropped": {
    rules: [drop("__name__", "app_(batch_bytes|latency_seconds|both_seconds|job_ages)_sum")],
    families: "parted",
  },
  "counts dropped": {
    rules: [drop("__name__", "app_(batch_bytes|latency_seconds|both_seconds|job_ages)_count")],
    families: "parted",
  },
  "the last bucket dropped": { rules: [drop("le", "\\+Inf")], families: "parted" },
  "one bucket dropped": { rules: [drop("le", "1(\\.0)?")], families: "bucket less" },
  "a quantile dropped": { rules: [drop("quantile", "0.5")], families: "stay" },
  "native data dropped": {
    rules: [drop("__name__", "app_(both|native|empty)_seconds|app_job_sizes|app_rates")],
    families: "without natives",
  },
  "a label changed": {
    rules: [{
      source_labels: ["path", "zone"],
      regex: "/(.);(.*)",
      target_label: "path",
      replacement: "$2 $1",
    }],
    families: "stay",
  },
  "labels dropped": {
    rules: [{ action: "labeldrop", regex: "at|job_name|größe|gr__e" }],
    families: "stay",
  },
  "a label added": { rules: [{ target_label: "env", replacement: "prod" }], families: "stay" },
  "names changed": {
    rules: [{
      source_labels: ["__name__"],
      regex: "app_(.*)",
      target_label: "__name__",
      replacement: "shop_$1",
    }],
    families: "renamed",
  },
};

function drop(label: string, regex: string) {
  return { action: "drop", source_labels: [label], regex };
}

/**
 * Whether Prometheus can be told what is left. Where it makes classic series of native data, or custom
 * buckets of classic ones, it does so before its own rules, and behind Weir's.
 */
function canBeSaid(families: RuleSet["families"], setting: Setting, features: readonly string[]) {
  const makesCustom = setting.convert_classic_histograms_to_nhcb === true;
  const takesNative = setting.scrape_native_histograms === true;
  const takesClassic = setting.always_scrape_classic_histograms === true;
  const protobufFirst = features.includes("created-timestamp-zero-ingestion") || takesNative;
  const [first] = setting.scrape_protocols ?? [protobufFirst ? "PrometheusProto" : "text"];
  const isText = first !== "PrometheusProto" && first !== "OpenMetricsText2.0.0";
  switch (families) {
    case "bucket less":
      // In OpenMetrics 2.0 exemplars are the histogram's, whichever buckets it has.
      return !makesCustom && first !== "OpenMetricsText2.0.0";
    case "without natives":
      return !makesCustom && (isText || (takesNative && takesClassic));
    case "parted":
      return !makesCustom && (isText || (takesNative && !takesClassic));
    default:
      return true;
  }
}

for (const features of [FEATURES, ALL_FEATURES]) {
  const settings = features === ALL_FEATURES ? { ...SETTINGS, ...OPEN_METRICS_2 } : SETTINGS;
  peerTest(["prometheus3"], `every format and rule, with ${features.join()}`, async (t) => {
    const exporter = await recordedExporter(t, Math.floor(Date.now() / 1000) - 60);
    const { prometheus, cases } = await scrapedBothWays(t, exporter, settings, RULES, features);
    const found: Record<string, unknown> = {};
    for (const { name, families } of cases) {
      const [direct, through] = await bothWays(prometheus, name);
      assert.notEqual(direct.samples.size, 0, name);
      Object.assign(found, differences(name, direct, through, families));
    }
    assert.deepEqual(found, {});
  }, 120_000);
}

const SUBSET_SETTINGS: Readonly<Record<string, Setting>> = {
  "OpenMetricsText1.0.0": SETTINGS["OpenMetricsText1.0.0"],
  "native": SETTINGS["native"],
  "native and classic": SETTINGS["native and classic"],
  "OpenMetricsText2.0.0, native and classic":
    OPEN_METRICS_2["OpenMetricsText2.0.0, native and classic"],
};

peerTest(["prometheus3"], "a subset is in the format of its scrape", async (t) => {
  const exporter = await recordedExporter(t, Math.floor(Date.now() / 1000) - 60);
  const rules = ["names kept", "a label added", "a label changed"]
    .flatMap((name) => RULES[name].rules);
  const config = join(temporaryFolder(t), "weir.yaml");
  const document = {
    upstream_url: `${exporter}/metrics`,
    subset_timestamps: false,
    subsets: { kept: rules },
  };
  writeFileSync(config, JSON.stringify(document));
  const jobs: Record<string, { url: string }> = {};
  for (const [name, setting] of Object.entries(SUBSET_SETTINGS)) {
    // A Weir of its own: the last scrape decides.
    const { url } = await startWeir(t, [config]);
    const subset = { url, ...setting, metrics_path: "/metrics/kept" };
    const direct = { url: exporter, ...setting, metric_relabel_configs: rules };
    jobs[`${name}, whole`] = { url, ...setting };
    jobs[`${name}, weir`] = subset;
    jobs[`${name}, direct`] = direct;
  }
  const options = { peer: "prometheus3", features: ALL_FEATURES } as const;
  const prometheus = await startPrometheus(t, jobs, options);
  await prometheus.scrapedTwice(Object.keys(jobs));
  for (const name of Object.keys(SUBSET_SETTINGS)) {
    const [direct, subset] = await bothWays(prometheus, name);
    assert.notEqual(direct.samples.size, 0);
    assert.deepEqual(differences(name, direct, subset, "go"), {});
  }
}, 60_000);

/** What text carries of what these want: exemplars and start times, not native histograms. */
const WANTING: Readonly<Record<string, Setting>> = {
  "PrometheusProto": { scrape_protocols: ["PrometheusProto"] },
  "protobuf, then text": { scrape_protocols: ["PrometheusProto", "PrometheusText0.0.4"] },
  "OpenMetricsText2.0.0": { scrape_protocols: ["OpenMetricsText2.0.0"] },
  "native": { scrape_native_histograms: true },
};

peerTest(
  ["prometheus3"],
  "a target that has text alone loses nothing that text carries",
  async (t) => {
    const exporter = await recordedExporter(t, Math.floor(Date.now() / 1000) - 60, true);
    const weir = await startWeir(t, ["-H", `${exporter}/metrics`]);
    const jobs = Object.entries(WANTING).map((
      [name, setting],
    ) => [name, { url: weir.url, ...setting }]);
    const richest = { url: exporter, scrape_protocols: ["OpenMetricsText1.0.0"] };
    const options = { peer: "prometheus3", features: ALL_FEATURES } as const;
    const targets = Object.fromEntries([...jobs, ["richest", richest]]);
    const prometheus = await startPrometheus(t, targets, options);
    await prometheus.scrapedTwice(Object.keys(targets));
    const direct = await prometheus.scraped("richest");
    assert.deepEqual([direct.exemplars.size > 0, direct.starts.size > 0], [true, true]);
    for (const name of Object.keys(WANTING)) {
      assert.deepEqual(differences(name, direct, await prometheus.scraped(name), "stay"), {});
    }
    const said = weir.logged("a client wants a format that the upstream does not have");
    assert.deepEqual(said.map((line) => / from=(\S+) to=(\S+)/.exec(line)?.slice(1)).sort(), [
      ["OpenMetricsText2.0.0", "OpenMetricsText1.0.0"],
      ["PrometheusProto", "OpenMetricsText1.0.0"],
    ]);
  },
  60_000,
);

/** Of live targets the values go on from scrape to scrape: that the same series are there. */
const LIVE_RULES = { "no rules": RULES["no rules"], "a label added": RULES["a label added"] };
const LIVE_SETTINGS = Object.fromEntries(
  ["nothing", "OpenMetricsText1.0.0", "native", "native and classic", "custom buckets"]
    .map((name) => [name, SETTINGS[name]]),
);

const LIVE: Readonly<Record<string, (t: TestContext) => Promise<string>>> = {
  "client_golang's example": startRandomExporter,
  "Prometheus": async (t) => (await startPrometheus(t, {}, { peer: "prometheus3" })).url,
};

for (const [target, start] of Object.entries(LIVE)) {
  peerTest(["prometheus3", "client-golang-random"], `the series of ${target}`, async (t) => {
    const { prometheus, cases } = await scrapedBothWays(
      t,
      await start(t),
      LIVE_SETTINGS,
      LIVE_RULES,
      ALL_FEATURES,
    );
    for (const { name, families } of cases) {
      await eventually(name, async () => {
        const [direct, through] = await bothWays(prometheus, name);
        assert.notEqual(direct.samples.size, 0, name);
        const [one, other] = [direct, through].map(withoutValues);
        assert.deepEqual(differences(name, one, other, families), {});
        return true;
      }, 30_000);
    }
  }, 180_000);
}

interface Case extends RuleSet {
  readonly name: string;
}

/**
 * Prometheus scraping the target with every setting and rule set, with Weir between and without. Of
 * the cases the ones whose outcomes can be the same.
 */
async function scrapedBothWays(
  t: TestContext,
  target: string,
  settings: Readonly<Record<string, Setting>>,
  ruleSets: Readonly<Record<string, RuleSet>>,
  features: readonly string[],
): Promise<{ prometheus: Prometheus; cases: Case[] }> {
  const jobs: [string, { url: string }][] = [];
  const cases: Case[] = [];
  for (const [ruleName, ruleSet] of Object.entries(ruleSets)) {
    const { rules, families } = ruleSet;
    const args = rules.length === 0 ? [] : ["--relabel", JSON.stringify(rules)];
    const weir = await startWeir(t, ["-H", `${target}/metrics`, ...args]);
    for (const [settingName, setting] of Object.entries(settings)) {
      if (!canBeSaid(families, setting, features)) continue;
      const name = `${settingName}; ${ruleName}`;
      cases.push({ name, ...ruleSet });
      const direct = { url: target, ...setting, metric_relabel_configs: rules };
      jobs.push([`${name}, direct`, direct], [`${name}, weir`, { url: weir.url, ...setting }]);
    }
  }
  const options = { peer: "prometheus3", features } as const;
  const prometheus = await startPrometheus(t, Object.fromEntries(jobs), options);
  await eventually("two good scrapes of every job", async () => {
    const [found] = await prometheus.query("count(sum_over_time(up[1m]) >= 2)");
    return found?.value === jobs.length;
  }, 60_000);
  return { prometheus, cases };
}

function bothWays(prometheus: Prometheus, name: string): Promise<Scraped[]> {
  return Promise.all(["direct", "weir"].map((way) => prometheus.scraped(`${name}, ${way}`)));
}

function withoutValues({ samples, exemplars, ...rest }: Scraped): Scraped {
  const kinds = [...samples].map(([series, value]) =>
    [series, value.startsWith("{") ? "histogram" : "float"] as const
  );
  const some = [...exemplars.keys()].map((series) => [series, []] as const);
  return { ...rest, samples: new Map(kinds), exemplars: new Map(some) };
}

/** By `name` and kind what only one of them has; nothing where they are the same. */
function differences(
  name: string,
  direct: Scraped,
  through: Scraped,
  families: RuleSet["families"],
): Record<string, { lost: string[]; added: string[] }> {
  const kinds = ["samples", "starts", "exemplars", "metadata"] as const;
  const found = kinds.map((kind): [string, { lost: string[]; added: string[] }] => {
    const [one, other] = [direct[kind], through[kind]].map((all) =>
      [...all].map((entry) => JSON.stringify(entry))
    );
    const lost = one.filter((entry) => !other.includes(entry));
    const added = other.filter((entry) => !one.includes(entry));
    if (kind !== "metadata" || families === "stay") return [`${name}: ${kind}`, { lost, added }];
    return [`${name}: ${kind}`, { lost: [], added: families === "go" ? added : [] }];
  });
  return Object.fromEntries(
    found.filter(([, { lost, added }]) => lost.length + added.length > 0),
  );
}
