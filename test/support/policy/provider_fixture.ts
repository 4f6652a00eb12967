import type { ServiceConfig } from "../../../src/policy/resource_attributes.ts";
import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import type { PolicyEntry } from "../../../src/policy/policy_document.ts";
import {
  HttpProvider,
  type HttpProviderOptions,
} from "../../../src/policy/providers/http_provider.ts";
import {
  eventually,
  policy,
  type Reply,
  type SyncRequest,
  type SyncServer,
  syncServer,
} from "./sync_server.ts";

export const SERVICE: ServiceConfig = {
  name: "checkout",
  namespace: "shop",
  version: "1.2",
  instanceId: "i-1",
  resourceAttributes: [{ key: "deployment.environment", value: "production" }],
  labels: [{ key: "team", value: "platform" }],
};

/** Two policies and all that goes with them. */
export const AB = {
  policies: [policy("a"), policy("b")],
  hash: "h1",
  syncTimestampUnixNano: "1700",
};

/** A provider whose pauses end only when told to; `events` is what its sink got. */
export class Fixture {
  readonly counters = new PolicyCounters();
  readonly events: string[] = [];
  /** As they were given, with the URL. */
  readonly reasons: string[] = [];
  /** The length of each pause so far, in milliseconds. */
  readonly pauses: number[] = [];
  endPause = () => {};
  entries: readonly PolicyEntry[] = [];
  readonly provider: HttpProvider;

  readonly #url: string;

  constructor(url: string, more: Partial<HttpProviderOptions> = {}) {
    this.#url = url;
    this.provider = new HttpProvider({
      id: "remote",
      url,
      headers: [],
      pollIntervalSeconds: undefined,
      service: SERVICE,
      counters: this.counters,
      settle: () => {},
      random: () => 0,
      sleep: (ms, signal) =>
        new Promise((resolve) => {
          this.pauses.push(ms);
          this.endPause = resolve;
          signal.addEventListener("abort", () => resolve());
        }),
      ...more,
    });
  }

  /** Another one, of the same server, as after a restart. */
  again(more: Partial<HttpProviderOptions>): Fixture {
    return new Fixture(this.#url, more);
  }

  begin(): void {
    this.provider.start({
      loaded: (entries) => {
        this.entries = entries;
        this.events.push(`loaded ${entries.map(idOf)}`.trim());
        return Promise.resolve();
      },
      restored: (entries) => {
        this.entries = entries;
        this.events.push(`restored ${entries.map(idOf)}`.trim());
        return Promise.resolve();
      },
      unchanged: () => void this.events.push("unchanged"),
      failed: (reason) => {
        this.reasons.push(reason);
        this.events.push(`failed ${reason.replace(/^\S+: /, "")}`);
      },
    });
  }

  /** Resolves when the first sync is over. */
  async start(): Promise<void> {
    this.begin();
    await eventually(() => this.pauses.length > 0, "the first sync");
  }

  count(id: string, hits: number, misses = 0): void {
    this.counters.of(id).hits += hits;
    this.counters.of(id).misses += misses;
  }
}

function idOf(entry: PolicyEntry): string {
  return entry.state === "active" ? entry.spec.id : entry.id;
}

/** Runs `use` with a server and a provider of it, and stops both. */
export async function withServer(
  reply: Reply,
  use: (server: SyncServer, fixture: Fixture) => Promise<void>,
  more: Partial<HttpProviderOptions> = {},
): Promise<void> {
  const peer = await syncServer(reply);
  const fixture = new Fixture(peer.url, more);
  try {
    await use(peer, fixture);
  } finally {
    fixture.provider.stop();
    peer.stop();
  }
}

/** `id hits/misses` of each status in a request, with its errors behind. */
export function statusesOf({ body }: SyncRequest): string[] {
  return body.policyStatuses.map((status: Record<string, unknown>) => {
    const errors = status.errors as string[];
    return `${status.id} ${status.matchHits}/${status.matchMisses} ${errors.join("; ")}`.trim();
  });
}
