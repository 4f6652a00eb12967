import { VANISHED_POLICY_MS } from "../../bounds.ts";
import type { PolicyCounter, PolicyCounters } from "../policy_counters.ts";
import type { PolicyEntry } from "../policy_document.ts";

/** What the server is told of one policy: what was counted since the last successful sync. */
export interface PolicyStatus {
  readonly id: string;
  readonly matchHits: string;
  readonly matchMisses: string;
  readonly errors: readonly string[];
}

/** The statuses of one sync request, and what was counted when they were taken. */
export interface StatusReport {
  readonly statuses: readonly PolicyStatus[];
  /**
   * The server has them: exactly what was sent is not sent again, and what was counted since is.
   * Not called for a sync that failed, so that the next one sends the same again, and more.
   */
  accepted(): void;
}

/** A counter that a policy counts into, and how much of it the server has. */
interface Account {
  readonly counter: PolicyCounter;
  hits: number;
  misses: number;
}

interface Tracked {
  active: boolean;
  errors: string[];
  /**
   * Several after a counter was forgotten and made anew. The old one is kept by reference: what a
   * running scrape still adds to it is reported too.
   */
  accounts: Account[];
  /** When it left the provider's set, in milliseconds of the clock; undefined while it is in it. */
  vanishedAt: number | undefined;
}

/** Which part of the policies' counters the server has and has not been told of. */
export class SyncStatuses {
  readonly #counters: PolicyCounters;
  readonly #settle: () => void;
  readonly #now: () => number;
  readonly #tracked = new Map<string, Tracked>();

  /** `settle` brings `counters` up to date; `now` is a clock in milliseconds. */
  constructor(counters: PolicyCounters, settle: () => void, now: () => number) {
    this.#counters = counters;
    this.#settle = settle;
    this.#now = now;
  }

  /**
   * These are the provider's policies from now on. To be called before they are put in force: what
   * their counters hold until then was counted for others, or has been reported.
   */
  replace(entries: readonly PolicyEntry[]): void {
    this.#settle();
    const now = this.#now();
    for (const tracked of this.#tracked.values()) {
      tracked.vanishedAt ??= now;
      tracked.active = false;
      tracked.errors = [];
    }
    for (const entry of entries) {
      const id = entry.state === "active" ? entry.spec.id : entry.id;
      if (id !== "") this.#track(id, entry);
    }
  }

  /** What to send now. Policies that have left the set are in it when something of them is left. */
  report(): StatusReport {
    this.#settle();
    const statuses: PolicyStatus[] = [];
    const gone: PolicyStatus[] = [];
    const sent: { account: Account; hits: number; misses: number }[] = [];
    for (const [id, tracked] of this.#tracked) {
      this.#renew(id, tracked);
      let hits = 0;
      let misses = 0;
      for (const account of tracked.accounts) {
        const { counter } = account;
        hits += counter.hits - account.hits;
        misses += counter.misses - account.misses;
        sent.push({ account, hits: counter.hits, misses: counter.misses });
      }
      const status = {
        id,
        matchHits: String(hits),
        matchMisses: String(misses),
        errors: tracked.errors,
      };
      if (tracked.vanishedAt === undefined) statuses.push(status);
      else if (hits > 0 || misses > 0) gone.push(status);
    }
    const takenAt = this.#now();
    return {
      statuses: [...statuses, ...gone],
      accepted: () => {
        for (const { account, hits, misses } of sent) Object.assign(account, { hits, misses });
        this.#forgetVanished(takenAt);
      },
    };
  }

  /** Whether something was counted that the server does not have. */
  hasMore(): boolean {
    return this.report().statuses.some(({ matchHits, matchMisses }) =>
      matchHits !== "0" || matchMisses !== "0"
    );
  }

  #track(id: string, entry: PolicyEntry): void {
    let tracked = this.#tracked.get(id);
    if (tracked === undefined) {
      tracked = { active: false, errors: [], accounts: [], vanishedAt: undefined };
    }
    // Taken out first: statuses stand in the order of the set.
    if (tracked.vanishedAt !== undefined) this.#tracked.delete(id);
    tracked.vanishedAt = undefined;
    this.#tracked.set(id, tracked);
    if (entry.state === "invalid") tracked.errors.push(...entry.errors);
    if (entry.state !== "active") return;
    tracked.active = true;
    if (tracked.accounts.length === 0) {
      const counter = this.#counters.of(id);
      tracked.accounts.push({ counter, hits: counter.hits, misses: counter.misses });
    }
  }

  /** A counter that was forgotten begins at 0 again, as another object. */
  #renew(id: string, tracked: Tracked): void {
    if (!tracked.active) return;
    const counter = this.#counters.of(id);
    if (tracked.accounts.some((account) => account.counter === counter)) return;
    // The last one may still grow; of those before it only what has something to tell is kept.
    const last = tracked.accounts.at(-1);
    tracked.accounts = tracked.accounts.filter((account) => account === last || isBehind(account));
    tracked.accounts.push({ counter, hits: 0, misses: 0 });
  }

  #forgetVanished(takenAt: number): void {
    for (const [id, { vanishedAt }] of this.#tracked) {
      if (vanishedAt !== undefined && takenAt - vanishedAt >= VANISHED_POLICY_MS) {
        this.#tracked.delete(id);
      }
    }
  }
}

function isBehind({ counter, hits, misses }: Account): boolean {
  return counter.hits > hits || counter.misses > misses;
}
