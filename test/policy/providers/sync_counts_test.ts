import assert from "node:assert/strict";
import { test } from "node:test";
import { type PolicyCounter, PolicyCounters } from "../../../src/policy/policy_counters.ts";
import type { PolicyEntry } from "../../../src/policy/policy_document.ts";
import { HttpProvider } from "../../../src/policy/providers/http_provider.ts";
import { eventually, policy, syncResponse } from "../../support/policy/sync_server.ts";

const IDS = ["a", "b", "c", "d", "e", "f"];

/** What may come of a request that the server does not accept. */
type Outcome = () => Response | Promise<Response>;

const FAILURES: readonly Outcome[] = [
  () => new Response("{}", { status: 500 }),
  () => Promise.reject(new Error("ECONNREFUSED")),
  () => Response.json(syncResponse({ hash: "x", errorMessage: "not now" })),
  () => Response.json(syncResponse({ hash: "x", policies: 5 })),
  () => new Response(JSON.stringify(syncResponse()).slice(0, 30)),
  () =>
    new Response(
      new ReadableStream({ start: (controller) => controller.error(new Error("reset")) }),
    ),
];

/** A policy server, the scrapes that count, and what either should have in the end. */
class World {
  readonly random: () => number;
  readonly counters = new PolicyCounters();
  readonly counted = new Map<string, [hits: number, misses: number]>();
  readonly received = new Map<string, [hits: number, misses: number]>();
  /** The counters that running scrapes count into. */
  inForce = new Map<string, PolicyCounter>();
  /** Counted and not settled yet, as by `PolicySet`. */
  unsettled: (() => void)[] = [];
  now = 0;
  failures = 0.5;
  scraping = true;
  #set: readonly string[] = [];
  #hash = 0;
  readonly #forgets: boolean;

  constructor(seed: number) {
    this.random = mulberry32(seed);
    this.#forgets = seed % 2 === 0;
  }

  scrape(into = this.inForce): void {
    if (!this.scraping) return;
    for (const [id, counter] of into) {
      const hits = Math.floor(this.random() * 4);
      const misses = Math.floor(this.random() * 3);
      add(this.counted, id, hits, misses);
      this.unsettled.push(() => {
        counter.hits += hits;
        counter.misses += misses;
      });
    }
  }

  settle(): void {
    for (const settle of this.unsettled.splice(0)) settle();
  }

  async fetch(init: RequestInit): Promise<Response> {
    const request = JSON.parse(String(init.body));
    if (this.random() < 0.5) this.scrape();
    // Somebody reads the metrics while the request is under way.
    if (this.random() < 0.5) this.settle();
    await Promise.resolve();
    if (this.random() < this.failures) {
      return FAILURES[Math.floor(this.random() * FAILURES.length)]();
    }
    for (const { id, matchHits, matchMisses } of request.policyStatuses) {
      add(this.received, id, Number(matchHits), Number(matchMisses));
    }
    if (this.random() < 0.5) {
      this.#set = IDS.filter(() => this.random() < 0.6);
      this.#hash++;
    }
    const policies = this.#set.map((id) => policy(id));
    return Response.json(syncResponse({ policies, hash: `h${this.#hash}` }));
  }

  /** As the policy store does it: settles, swaps, and a scrape may go on with the old set. */
  async swap(entries: readonly PolicyEntry[]): Promise<void> {
    const old = this.inForce;
    await Promise.resolve();
    this.settle();
    const ids = entries.flatMap((entry) => entry.state === "active" ? [entry.spec.id] : []);
    if (this.#forgets) this.counters.retain(new Set(ids), 0, 0);
    this.inForce = new Map(ids.map((id) => [id, this.counters.of(id)]));
    if (this.random() < 0.5) this.scrape(old);
  }
}

function add(to: Map<string, [number, number]>, id: string, hits: number, misses: number): void {
  const [h, m] = to.get(id) ?? [0, 0];
  to.set(id, [h + hits, m + misses]);
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

async function run(seed: number): Promise<World> {
  const world = new World(seed);
  const seen = { synced: 0 };
  const provider = new HttpProvider({
    id: "remote",
    url: "http://policies.example/sync",
    headers: [],
    pollIntervalSeconds: 1,
    service: {
      name: "n",
      namespace: "ns",
      version: "v",
      instanceId: "i",
      resourceAttributes: [],
      labels: [],
    },
    counters: world.counters,
    settle: () => world.settle(),
    fetch: (_, init) => world.fetch(init),
    now: () => world.now,
    sleep: (_, signal) => {
      seen.synced++;
      return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
    },
  });
  provider.start({
    loaded: (entries) => world.swap(entries),
    restored: () => Promise.resolve(),
    unchanged: () => {},
    failed: () => {},
  });
  await eventually(() => seen.synced > 0, "the first sync");
  for (let step = 0; step < 60; step++) {
    world.now += 9000;
    if (world.random() < 0.8) world.scrape();
    await provider.reload();
  }
  world.failures = 0;
  world.scraping = false;
  await provider.reload();
  await provider.reload();
  provider.stop();
  return world;
}

test("the server receives what was counted, once, whatever fails between", async () => {
  let total = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const { counted, received } = await run(seed);
    for (const [id, [hits, misses]] of counted) {
      total += hits + misses;
      const [gotHits, gotMisses] = received.get(id) ?? [0, 0];
      assert.deepEqual([gotHits, gotMisses], [hits, misses], `seed ${seed}, policy ${id}`);
    }
  }
  assert.ok(total > 10_000, `only ${total} were counted`);
});
