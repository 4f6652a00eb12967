import {
  MAX_POLICY_DOCUMENT_BYTES,
  MAX_SYNC_BACKOFF_MS,
  MIN_SYNC_BACKOFF_MS,
  SYNC_TIMEOUT_MS,
} from "../../bounds.ts";
import type { ServiceConfig } from "../resource_attributes.ts";
import type { HttpConfig } from "../../config/http_config.ts";
import { currentRuntime } from "../../runtime/current.ts";
import { oneAtATime } from "../../runtime/one_at_a_time.ts";
import { type Credentials, readCredentials } from "../../upstream/credentials.ts";
import { CredentialsError } from "../../upstream/credentials_error.ts";
import { unlessAborted } from "../../upstream/unless_aborted.ts";
import { printableServer } from "../../config/print.ts";
import type { PolicyCounters } from "../policy_counters.ts";
import type { PolicyEntry } from "../policy_document.ts";
import { type Fetch, post, PostError } from "../../upstream/post.ts";
import type { PolicyProvider, ProviderSink } from "./policy_provider.ts";
import {
  type ConfiguredHeader,
  syncRequestBody,
  syncTarget,
  withoutSecrets,
} from "./sync_request.ts";
import { messageOf } from "../../problems/config_error.ts";
import { log } from "../../telemetry/log.ts";
import type { PolicyCache } from "./policy_cache.ts";
import { parseSyncResponse, readSyncPolicies } from "./sync_response.ts";
import { SyncStatuses } from "./sync_statuses.ts";

export interface HttpProviderOptions {
  readonly id: string;
  /** May hold a user name and password: they are sent as basic authorization and never shown. */
  readonly url: string;
  readonly headers: readonly ConfiguredHeader[];
  readonly http?: HttpConfig;
  /** Undefined: the interval that the server recommends, 60 s until it has. */
  readonly pollIntervalSeconds: number | undefined;
  readonly service: ServiceConfig;
  readonly counters: PolicyCounters;
  /** Keeps the last good set over a restart; nothing does without it. */
  readonly cache?: Pick<PolicyCache, "get" | "set">;
  /** Brings `counters` up to date; called before they are read. */
  readonly settle: () => void;
  readonly fetch?: Fetch;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
  /** From 0 to 1, for the jitter. */
  readonly random?: () => number;
  /** Resolves after `ms`, or soon after `signal` is aborted. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly timeoutMs?: number;
}

const DEFAULT_INTERVAL_SECONDS = 60;
const MIN_INTERVAL_SECONDS = 1;
const MAX_INTERVAL_SECONDS = 24 * 3600;

const NO_CREDENTIALS: Credentials = { headers: [], tls: undefined, secrets: [] };

const ANSWERS = { maxAnswerBytes: MAX_POLICY_DOCUMENT_BYTES, statuses: [200] };

/** Characters of a server's error message that are shown. */
const MAX_QUOTE = 300;

/**
 * Policies from a server, by the sync protocol of `tero.policy.v1`: syncs at every interval, tells
 * what the policies counted since the last sync that succeeded, and after a failure tries again with
 * backoff. A sync whose answer was lost or could not be used counts as failed, as nobody knows
 * whether the server took it: its counts are sent again, under the same timestamp and hash.
 */
export class HttpProvider implements PolicyProvider {
  readonly id: string;
  /** With policies of an earlier run no scrape needs to pass without any. */
  readonly isLocal: boolean;
  /** Syncs now, or once more after a sync that runs. Resolves when that is over; never rejects. */
  readonly reload: () => Promise<void> = oneAtATime(() => this.#syncAndPlan());
  readonly #options:
    & Required<Omit<HttpProviderOptions, "http" | "cache">>
    & Pick<HttpProviderOptions, "http" | "cache">;
  /** Of the last sync. */
  #credentials: Credentials = NO_CREDENTIALS;
  readonly #statuses: SyncStatuses;
  #sink: ProviderSink | undefined;
  #stopped = new AbortController();
  #pause = new AbortController();
  #failures = 0;
  #recommendedSeconds = DEFAULT_INTERVAL_SECONDS;
  /** The last set that was put in force; undefined before the first. */
  #entries: readonly PolicyEntry[] | undefined;
  #hash = "";
  #timestamp = "0";

  constructor(options: HttpProviderOptions) {
    this.id = options.id;
    this.isLocal = options.cache?.get(options.id, printableServer(options.url)) !== undefined;
    this.#options = {
      fetch: async (url, init) => await (await currentRuntime()).fetch(url, init),
      now: () => performance.now(),
      random: Math.random,
      sleep,
      timeoutMs: SYNC_TIMEOUT_MS,
      ...options,
    };
    const { counters, settle, now } = this.#options;
    this.#statuses = new SyncStatuses(counters, settle, now);
  }

  start(sink: ProviderSink): void {
    this.#sink = sink;
    this.#restore(sink).finally(() => this.reload());
  }

  /** Begins where an earlier run ended, if that is known: never rejects. */
  async #restore(sink: ProviderSink): Promise<void> {
    const { id, url, cache } = this.#options;
    const cached = cache?.get(id, printableServer(url));
    if (cached === undefined) return;
    try {
      const entries = await readSyncPolicies(cached.policies);
      if (this.#sink === undefined) return;
      this.#statuses.replace(entries);
      await sink.restored(entries);
      this.#entries = entries;
      this.#hash = cached.hash;
      this.#timestamp = cached.timestamp;
      log.info("policies of an earlier run are in force", { provider: id, saved: cached.saved });
    } catch (error) {
      this.#statuses.replace([]);
      log.warn("policies of an earlier run are not in force", {
        provider: id,
        error: messageOf(error),
      });
    }
  }

  /**
   * Syncs once more if there is something to tell. What a server recommends then changes nothing any
   * more; one that does not answer ends with `stop`.
   */
  async finish(): Promise<void> {
    this.#pause.abort();
    if (this.#entries !== undefined && this.#statuses.hasMore()) await this.reload();
  }

  /** For good: ends the request in flight and the wait for the next. */
  stop(): void {
    this.#sink = undefined;
    this.#stopped.abort();
    this.#pause.abort();
  }

  async #syncAndPlan(): Promise<void> {
    const sink = this.#sink;
    if (sink === undefined) return;
    this.#pause.abort();
    try {
      await this.#sync(sink);
      this.#failures = 0;
    } catch (error) {
      this.#failures++;
      // A stop is no failure, and nobody is told of anything after it.
      this.#sink?.failed(this.#reason(error));
    }
    if (this.#sink !== undefined) this.#plan();
  }

  async #sync(sink: ProviderSink): Promise<void> {
    const { url, headers, http, service, fetch, timeoutMs } = this.#options;
    if (http !== undefined) this.#credentials = await this.#readInTime(readCredentials(http));
    const { tls } = this.#credentials;
    const added = this.#credentials.headers.map(([name, value]) => ({ name, value }));
    const target = syncTarget(url, [...headers, ...added]);
    const report = this.#statuses.report();
    const body = syncRequestBody(service, {
      fullSync: this.#entries === undefined,
      lastSyncTimestampUnixNano: this.#timestamp,
      lastSuccessfulHash: this.#hash,
      policyStatuses: report.statuses,
    });
    const request = { ...target, body, tls, timeoutMs, signal: this.#stopped.signal, ...ANSWERS };
    const response = parseSyncResponse(await post(request, fetch));
    const unchanged = response.hash !== "" && response.hash === this.#hash;
    const entries = unchanged ? [] : await readSyncPolicies(response.policies);
    if (this.#sink === undefined) return;

    report.accepted();
    this.#timestamp = response.syncTimestampUnixNano;
    this.#recommendedSeconds = response.recommendedSyncIntervalSeconds ?? this.#recommendedSeconds;
    if (unchanged) return sink.unchanged();
    await this.#putInForce(sink, entries, response.hash);
    const { id, cache } = this.#options;
    await cache?.set(id, printableServer(url), {
      policies: response.policies,
      hash: response.hash,
      timestamp: response.syncTimestampUnixNano,
      saved: new Date().toISOString(),
    });
  }

  /** Files may lie on a disk that does not answer. */
  async #readInTime(credentials: Promise<Credentials>): Promise<Credentials> {
    const { timeoutMs } = this.#options;
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(timeoutMs)]);
    return await unlessAborted(credentials, signal);
  }

  /** The counts have arrived either way; only a set that is in force has its hash remembered. */
  async #putInForce(
    sink: ProviderSink,
    entries: readonly PolicyEntry[],
    hash: string,
  ): Promise<void> {
    this.#statuses.replace(entries);
    try {
      await sink.loaded(entries);
    } catch (error) {
      this.#statuses.replace(this.#entries ?? []);
      throw error;
    }
    this.#entries = entries;
    this.#hash = hash;
  }

  /** One line with the URL, without any secret. */
  #reason(error: unknown): string {
    const { url, headers } = this.#options;
    const isOwn = error instanceof PostError || error instanceof CredentialsError;
    const own = isOwn ? error.message : "";
    const said = error instanceof PostError ? error.quote : isOwn ? "" : String(error);
    // Cut after the secrets are out: half of one would not be found.
    const quote = withoutSecrets(said, url, headers, this.#credentials.secrets).replace(
      /[\s\p{Cc}]+/gu,
      " ",
    ).trim();
    const shown = quote.length > MAX_QUOTE ? `${quote.slice(0, MAX_QUOTE)}…` : quote;
    return [printableServer(url), own, shown].filter((part) => part !== "").join(": ");
  }

  #plan(): void {
    const pause = new AbortController();
    this.#pause = pause;
    this.#options.sleep(this.#pauseMs(), pause.signal).then(() => {
      if (!pause.signal.aborted) this.reload();
    }, () => {});
  }

  #pauseMs(): number {
    if (this.#failures > 0) return backoffMs(this.#failures, this.#options.random());
    const seconds = this.#options.pollIntervalSeconds ?? this.#recommendedSeconds;
    return 1000 * Math.min(Math.max(seconds, MIN_INTERVAL_SECONDS), MAX_INTERVAL_SECONDS);
  }
}

/**
 * How long to wait, in milliseconds, after the `failures`-th failure in a row (1 or more). The range
 * doubles with each: 1 to 2 s, 2 to 4 s, … and at last 2.5 to 5 min; `random`, from 0 to 1, chooses
 * within it, so that clients that failed together do not come back together.
 */
function backoffMs(failures: number, random: number): number {
  // The exponent is kept finite: a server may be away for months.
  const range = Math.min(MAX_SYNC_BACKOFF_MS, MIN_SYNC_BACKOFF_MS * 2 ** Math.min(failures, 30));
  return range / 2 + random * range / 2;
}

/** Resolves after `ms` milliseconds, or at once when `signal` is aborted; never rejects. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end, { once: true });
    if (signal.aborted) end();
  });
}
