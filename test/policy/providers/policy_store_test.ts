/** Which policies are enforced and which are in shadow, and what is told of them. */
import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import { scrapedText } from "../../../src/lines/scrape_transform.ts";
import { ShadowScrape } from "../../../src/lines/shadow_scrape.ts";
import { readPolicies } from "../../../src/policy/providers/parse_policies.ts";
import type { PolicyProvider } from "../../../src/policy/providers/policy_provider.ts";
import {
  type ConfiguredProvider,
  PolicyStore,
} from "../../../src/policy/providers/policy_store.ts";
import { ResourceAttributes } from "../../../src/policy/resource_attributes.ts";
import type { RolloutMode } from "../../../src/rollout/rollout_mode.ts";
import { currentRuntime } from "../../../src/runtime/current.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";

interface PolicyText {
  readonly id: string;
  readonly drops: string;
  readonly keep?: boolean;
  readonly mode?: unknown;
}

function provider(
  id: string,
  policies: readonly PolicyText[],
  mode?: RolloutMode,
): ConfiguredProvider {
  const document = policies.map(({ id, drops, keep = false, ...own }) => ({
    id,
    name: id,
    metric: { match: [{ metric_field: "name", exact: drops }], keep },
    ...own,
  }));
  const create = (): PolicyProvider => ({
    id,
    isLocal: true,
    start: async (sink) => await sink.loaded(await readPolicies(document)),
    reload: () => Promise.resolve(),
    stop: () => {},
  });
  return { key: id, mode, create };
}

async function storeOf(providers: readonly ConfiguredProvider[], name?: string) {
  const metrics = new WeirMetrics("test", await currentRuntime());
  const store = new PolicyStore(metrics);
  const choice = store.choice(new ResourceAttributes([]));
  await store.use(providers, name);
  const exposition = () =>
    metrics.render("text").split("\n").filter((line) =>
      /^weir_(policies|mode|policy_hits_total)\{/.test(line) && !line.endsWith(" 0")
    );
  const ids = () =>
    metrics.render("text").split("\n").flatMap((line) =>
      /^weir_policy_hits_total\{policy="(.*)"\}/.exec(line)?.[1] ?? []
    );
  return { store, choice, metrics: exposition, counted: ids };
}

const A: PolicyText = { id: "a", drops: "m" };
const B: PolicyText = { id: "b", drops: "n" };

interface Case {
  readonly what: string;
  readonly providers: readonly ConfiguredProvider[];
  readonly name?: string;
  /** Whether there are policies to answer by. */
  readonly enforces: boolean;
  /** Ids of those in shadow that drop; undefined: none is. */
  readonly shadow: readonly string[] | undefined;
  /** Those whose hits are told of. */
  readonly counted: readonly string[];
  readonly metrics: readonly string[];
}

const cases: readonly Case[] = [
  {
    what: "nothing has a mode",
    providers: [provider("p", [A, B])],
    enforces: true,
    shadow: undefined,
    counted: ["a", "b"],
    metrics: ['weir_policies{state="active"} 2'],
  },
  {
    what: "a policy in shadow",
    providers: [provider("p", [A, { ...B, mode: "shadow" }])],
    enforces: true,
    shadow: ["b"],
    counted: ["a"],
    metrics: [
      'weir_policies{state="active"} 1',
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policy:b",mode="shadow",canary=""} 1',
    ],
  },
  {
    what: "a provider in shadow, and a policy of it that is not",
    providers: [provider("p", [A, { ...B, mode: "enforce" }], "shadow")],
    enforces: true,
    shadow: ["a"],
    counted: ["b"],
    metrics: [
      'weir_policies{state="active"} 1',
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policies:p",mode="shadow",canary=""} 1',
    ],
  },
  {
    what: "all of them in shadow",
    providers: [provider("p", [A, B], "shadow")],
    enforces: false,
    shadow: ["a", "b"],
    counted: [],
    metrics: [
      'weir_policies{state="shadow"} 2',
      'weir_mode{path="",part="policies:p",mode="shadow",canary=""} 1',
    ],
  },
  {
    what: "one that keeps drops nothing",
    providers: [provider("p", [A, { ...B, keep: true, mode: "shadow" }])],
    enforces: true,
    shadow: [],
    counted: ["a"],
    metrics: [
      'weir_policies{state="active"} 1',
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policy:b",mode="shadow",canary=""} 1',
    ],
  },
  {
    what: "one in shadow leaves another's of its id in force",
    providers: [provider("new", [{ ...A, drops: "o" }], "shadow"), provider("old", [A])],
    enforces: true,
    shadow: ["a"],
    counted: ["a"],
    metrics: [
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policies:new",mode="shadow",canary=""} 1',
    ],
  },
  {
    what: "a canary that takes this instance in",
    providers: [provider("p", [A], { canary: 0.1 })],
    name: "weir-5",
    enforces: true,
    shadow: undefined,
    counted: ["a"],
    metrics: [
      'weir_policies{state="active"} 1',
      'weir_mode{path="",part="policies:p",mode="enforce",canary="10%"} 1',
    ],
  },
  {
    what: "a canary that does not",
    providers: [provider("p", [A], { canary: 0.1 })],
    name: "weir-6",
    enforces: false,
    shadow: ["a"],
    counted: [],
    metrics: [
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policies:p",mode="shadow",canary="10%"} 1',
    ],
  },
  {
    what: "a canary, and nothing that names this instance",
    providers: [provider("p", [A], { canary: 0.9 })],
    enforces: false,
    shadow: ["a"],
    counted: [],
    metrics: [
      'weir_policies{state="shadow"} 1',
      'weir_mode{path="",part="policies:p",mode="shadow",canary="90%"} 1',
    ],
  },
];

for (const { what, providers, name, enforces, shadow, counted, metrics } of cases) {
  test(`policies: ${what}`, async () => {
    const found = await storeOf(providers, name);
    equal(found.choice.engine !== undefined, enforces);
    deepEqual(found.choice.shadow?.ids, shadow);
    deepEqual(found.counted(), counted);
    deepEqual(found.metrics(), metrics);
  });
}

test("what a policy in shadow matches is no hit of it", async () => {
  const { store, choice } = await storeOf([provider("p", [A, { ...B, mode: "shadow" }])]);
  const { engine: policies, shadow } = choice;
  const plain = { maxLineBytes: 99, maxInputBytes: 0, maxOutputBytes: 0, onLimit: "fail" } as const;
  const options = { ...plain, policies, rules: undefined, format: "text" } as const;
  for (let scrape = 0; scrape < 2; scrape++) {
    const tried = { rules: undefined, policies: shadow!.engine, countsPolicies: true };
    const beside = new ShadowScrape(tried, options);
    const stats = new ScrapeStats();
    equal(scrapedText("m 1\nn 2\nn 3\no 4\n", { ...options, beside }, stats), "n 2\nn 3\no 4\n");
    equal(beside.result.figures?.outputSamples, 1);
  }
  store.settle();
  shadow!.engine.settle();
  const hits = (counters: typeof store.counters) => ["a", "b"].map((id) => counters.of(id).hits);
  deepEqual(hits(store.counters), [2, 0]);
  // Of those that are enforced it counts as well, and nobody asks for that.
  deepEqual([shadow!.ids, shadow!.counters.of("b").hits], [["b"], 4]);
});

test("a change of the mode alone asks nobody anew", async () => {
  let started = 0;
  const counted = (mode: RolloutMode | undefined): ConfiguredProvider => {
    const { create, ...rest } = provider("p", [A], mode);
    return { ...rest, create: () => (started++, create()) };
  };
  const { store, choice } = await storeOf([counted("shadow")]);
  const entries = () => choice.entries.length;
  deepEqual([choice.engine, choice.shadow?.ids, entries()], [undefined, ["a"], 1]);
  await store.use([counted(undefined)]);
  deepEqual([choice.engine !== undefined, choice.shadow, entries()], [true, undefined, 1]);
  await store.use([counted("shadow")]);
  deepEqual([choice.engine, choice.shadow?.ids, started], [undefined, ["a"], 1]);
});

test("a mode that is none keeps a policy out of force", async () => {
  const [entry] = await readPolicies([{
    id: "a",
    name: "a",
    mode: "dry",
    metric: { match: [{ metric_field: "name", exact: "m" }], keep: false },
  }]);
  deepEqual(entry, {
    state: "invalid",
    id: "a",
    errors: [
      'mode: found "dry", wanted enforce, shadow or {canary: 10%}, with a share above 0% and at most 100%',
    ],
    paths: [[0, "mode"]],
  });
});

test("what a server calls a mode is something else", async () => {
  const [entry] = await readPolicies([{
    id: "a",
    enabled: true,
    mode: "shadow",
    metric: { match: [{ metric_field: "name", exact: "m" }], keep: false },
  }], "server");
  equal(entry.state, "active");
  equal("mode" in entry, false);
});
