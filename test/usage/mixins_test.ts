/** What rules and dashboards of kube-prometheus read, held against what mimirtool found. */
import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { documentParser } from "../../src/usage/parse_documents.ts";
import { readUsageOfText } from "../../src/usage/read_source.ts";
import { UseCollector } from "../../src/usage/use_collector.ts";

const folder = join(import.meta.dirname!, "data", "kube-prometheus");
const found = JSON.parse(readFileSync(join(folder, "mimirtool.json"), "utf8"));

const FILES: Readonly<Record<string, readonly string[]>> = {
  rules: ["nodeExporter-prometheusRule.yaml", "kubeStateMetrics-prometheusRule.yaml"],
  dashboards: ["nodes.json", "kubelet.json", "k8s-resources-namespace.json"],
};

for (const [kind, files] of Object.entries(FILES)) {
  test(`the metrics of ${kind} are those that mimirtool finds`, async () => {
    const uses = new UseCollector();
    const parse = await documentParser();
    for (const file of files) {
      readUsageOfText(readFileSync(join(folder, file), "utf8"), file, { uses, parse });
    }
    const { uses: list, unread } = uses.collected;
    deepEqual(unread, []);
    const names = list.map(({ matchers }) => {
      const [{ label, op, value }] = matchers;
      equal(`${label}${op}`, "__name__=");
      return value;
    });
    deepEqual([...new Set(names)].sort(), found[kind]);
  });
}
