import { deepEqual, equal, match, notEqual } from "node:assert/strict";
import { test } from "node:test";
import { MAX_LISTED_CHANGES } from "../../src/bounds.ts";
import type { PolicyEntry } from "../../src/policy/policy_document.ts";
import { readPolicies } from "../../src/policy/providers/parse_policies.ts";
import { sha256 } from "../support/sha256.ts";
import { RuleChanges } from "../../src/scrape/rule_changes.ts";
import { readSettings, type RouteSettings } from "../../src/scrape/settings.ts";
import { memoryFiles } from "../support/cli/memory_files.ts";

const PATH = "weir.json";

async function settingsOf(config: object, path = PATH): Promise<RouteSettings> {
  const file = {
    upstream_url: "http://user:hunter2@upstream.test/metrics",
    policy_providers: [{ id: "one", type: "file", path: "p.json" }],
    ...config,
  };
  const input = { flags: {}, env: {}, version: "1.2.3", instanceId: "i", needsUpstream: true };
  const read = await readSettings(
    { ...input, path },
    memoryFiles({ [path]: JSON.stringify(file) }),
  );
  return read.routes[0];
}

const policies = (...names: string[]): Promise<readonly PolicyEntry[]> =>
  readPolicies({
    policies: names.map((name) => ({
      id: `no-${name}`,
      name,
      metric: { match: [{ metric_field: "name", exact: name }], keep: false },
    })),
  });

const RULES = [{ action: "drop", source_labels: ["__name__"], regex: "a" }];

test("a change is noted with its source, what it was and what it is, and its series", async () => {
  const changes = new RuleChanges(sha256);
  const none = await settingsOf({});
  const ruled = await settingsOf({ metric_relabel_configs: RULES });
  const note = (settings: RouteSettings, entries: readonly PolicyEntry[], provider?: string) =>
    changes.note({ settings, entries, source: PATH, provider });
  note(none, []);
  deepEqual(changes.list, []);
  changes.scraped("/metrics", changes.hashOf("/metrics"), 10);
  note(ruled, []);
  note(ruled, []);
  const first = changes.hashOf("/metrics")!;
  match(first, /^[0-9a-f]{12}$/);
  const figures = { route: "/metrics", limits: 0 };
  const shown = () => changes.list.map(({ atMs: _, ...change }) => change);
  deepEqual(shown(), [
    { ...figures, source: PATH, hash: first, rules: 1, policies: 0, seriesBefore: 10 },
  ]);
  // One that began under what was in force before says nothing of what is.
  changes.scraped("/metrics", "other", 9);
  changes.scraped("/metrics", first, 8);
  changes.scraped("/metrics", first, 7);
  note(ruled, await policies("b"), "one");
  const second = changes.hashOf("/metrics")!;
  notEqual(second, first);
  deepEqual(shown(), [
    {
      ...figures,
      source: "provider one",
      hashBefore: first,
      hash: second,
      rules: 1,
      policies: 1,
      seriesBefore: 7,
    },
    {
      ...figures,
      source: PATH,
      hash: first,
      rules: 1,
      policies: 0,
      seriesBefore: 10,
      seriesAfter: 8,
    },
  ]);
  // Both at once, and a change that no scrape came to see.
  note(await settingsOf({ limits: { series: 5 } }), await policies("b", "c"), "one");
  deepEqual(shown()[0], {
    ...figures,
    source: `${PATH}, provider one`,
    hashBefore: second,
    hash: changes.hashOf("/metrics"),
    rules: 0,
    policies: 2,
    limits: 1,
  });
  equal(JSON.stringify(changes.list).includes("hunter2"), false);
});

test("the hash is that of what rules, policies and limits do, not of where they stand", async () => {
  const changes = new RuleChanges(sha256);
  const hashes: (string | undefined)[] = [];
  const cases: readonly object[] = [
    { metric_relabel_configs: RULES },
    { metric_relabel_configs: RULES, log_level: "debug" },
    { metric_relabel_configs: [{ ...RULES[0], regex: "b" }] },
    { metric_relabel_configs: [...RULES, ...RULES] },
    { metric_relabel_configs: RULES, subsets: { some: RULES } },
    { metric_relabel_configs: RULES, aggregation: { defaults: false } },
    { metric_relabel_configs: RULES, limits: { series: 1 } },
    { metric_relabel_configs: RULES, limits: { label_values: { a: 1 } } },
    { metric_relabel_configs: RULES, limits: { label_values: { a: 2 } } },
  ];
  for (const config of cases) {
    changes.note({
      settings: await settingsOf(config),
      entries: [],
      source: PATH,
      provider: undefined,
    });
    hashes.push(changes.hashOf("/metrics"));
  }
  equal(hashes[0], hashes[1]);
  const elsewhere = await settingsOf(cases[0], "other.json");
  changes.note({ settings: elsewhere, entries: [], source: "other.json", provider: undefined });
  equal(changes.hashOf("/metrics"), hashes[0]);
  equal(new Set(hashes).size, cases.length - 1);
});

test("the last changes are kept, the newest first; what is gone is forgotten", async () => {
  const changes = new RuleChanges(sha256);
  for (let count = 1; count <= MAX_LISTED_CHANGES + 5; count++) {
    const settings = await settingsOf({ limits: { series: count } });
    changes.note({ settings, entries: [], source: String(count), provider: undefined });
  }
  equal(changes.list.length, MAX_LISTED_CHANGES);
  equal(changes.list[0].source, String(MAX_LISTED_CHANGES + 5));
  changes.retain(new Set(["/other"]));
  equal(changes.hashOf("/metrics"), undefined);
});
