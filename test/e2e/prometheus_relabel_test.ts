/**
 * One Prometheus scrapes the same exposition twice: directly, with a set of metric_relabel_configs,
 * and through Weir, which applies the same rules in its place. Both must give the same series.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "@std/yaml";
import { expositions } from "../support/e2e/expositions.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { type Sample, startPrometheus } from "../support/e2e/prometheus.ts";
import { RULE_SETS } from "../support/e2e/relabel_rule_sets.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

for (const { name: file, text } of expositions) {
  peerTest(["prometheus"], `${file}: Weir relabels as Prometheus does`, async (t) => {
    const exporter = await httpUpstream(t, (_request, response) => {
      response.writeHead(200, { "content-type": TEXT_TYPE }).end(text);
    });
    const folder = temporaryFolder(t);
    const targets: Parameters<typeof startPrometheus>[1] = {};
    for (const [name, rules] of Object.entries(RULE_SETS)) {
      const path = join(folder, `${name}.yaml`);
      writeFileSync(path, stringify({ metric_relabel_configs: rules }));
      const weir = await startWeir(t, ["-H", `${exporter}/metrics`, "--relabel-file", path]);
      Object.assign(targets, {
        [`direct_${name}`]: { url: exporter, metric_relabel_configs: rules },
        [`weir_${name}`]: weir.url,
      });
    }
    const prometheus = await startPrometheus(t, targets);
    await prometheus.scrapedTwice(Object.keys(targets));

    const changed: string[] = [];
    for (const name of Object.keys(RULE_SETS)) {
      const direct = written(await prometheus.samples(`direct_${name}`));
      assert.deepEqual(written(await prometheus.samples(`weir_${name}`)), direct, name);
      if (direct.length > 0) changed.push(name);
    }
    assert.ok(changed.length >= 12, "rule sets that leave series to compare");
  }, 120_000);
}

/**
 * The samples of the exposition; Prometheus's own of the scrape differ in value. Bounds count as
 * numbers: Weir writes `le="1.0"`, as Prometheus does from version 3 on and 2.42 does not.
 */
function written(samples: readonly Sample[]): string[] {
  return samples
    .filter(({ labels }) => !/^(up|scrape_.*)$/.test(labels.__name__))
    .map(({ labels, value }) => {
      const entries = Object.entries(labels).map(([name, text]) => [
        name,
        name === "le" || name === "quantile" ? Number(text) : text,
      ]);
      return `${JSON.stringify(entries.sort())} ${value}`;
    })
    .sort();
}
