import { MAX_COALESCED } from "../bounds.ts";
import type { ScrapeStats } from "../lines/scrape_stats.ts";
import type { Chunk } from "../upstream/chunk_source.ts";
import type { BodyEnd } from "./gathered_body.ts";
import { SharedBody } from "./shared_body.ts";

export interface SharedAnswer {
  readonly status: number;
  readonly contentType: string | null;
  /** Of the upstream's, those that are its clients' too. */
  readonly headers?: Headers;
  /** All of it, or what is on its way; not compressed, since that is done for each client alone. */
  readonly body: Chunk | ReadableStream<Chunk> | null;
  /** What was counted on the way to it; complete when the body has ended. */
  readonly stats: ScrapeStats;
}

/** Makes the answer that is shared; its signal is aborted when all who wait for it have left. */
export type StartRun = (signal: AbortSignal) => Promise<SharedAnswer>;

export interface CoalescedAnswer {
  readonly answer: SharedAnswer;
  /** `joined`: of a run that was under way; `repeated`: of one that was complete. */
  readonly shared: "no" | "joined" | "repeated";
  /** Nobody else has got it, or will. */
  readonly isOnly: boolean;
}

export interface CoalescerOptions {
  /** How long after its start a complete answer is served again, in milliseconds; 0: never. */
  readonly minIntervalMs: () => number;
  /** Told of each request that shares a run, however that ends. */
  readonly onShared?: (how: "joined" | "repeated") => void;
  /** Milliseconds of a clock that does not jump. */
  readonly now?: () => number;
}

/**
 * Lets those who ask for the same share one run. Whoever comes while it runs gets all of it, from
 * the first byte; a complete answer of status 200 is served again until the minimum interval since
 * its start has passed. A run that failed is for those who waited for it, and the next one starts
 * anew; so it is with a run that all have left, even within the interval: it was never complete.
 */
export class Coalescer {
  readonly #minIntervalMs: () => number;
  readonly #onShared: CoalescerOptions["onShared"];
  readonly #now: () => number;
  readonly #runs = new Map<string, Run>();

  constructor(options: CoalescerOptions) {
    this.#minIntervalMs = options.minIntervalMs;
    this.#onShared = options.onShared;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Answers that are under way or kept. */
  get size(): number {
    return this.#runs.size;
  }

  /**
   * An answer of the caller's own. `start` is called, once and at once, when there is none to share.
   * Rejects with the reason of `clientSignal` when that is aborted, and with what the run failed of.
   * The body has to be read or cancelled; it breaks off when `clientSignal` is aborted. `key` has to
   * say everything on which the answer depends: path, query, format, and whether a body is wanted.
   */
  async answer(
    key: string,
    clientSignal: AbortSignal,
    start: StartRun,
  ): Promise<CoalescedAnswer> {
    clientSignal.throwIfAborted();
    const found = this.#find(key);
    const shared = found === undefined ? "no" : found.complete ? "repeated" : "joined";
    if (shared !== "no") this.#onShared?.(shared);
    const run = found ?? this.#begin(key, start);
    const answer = await run.answer(clientSignal);
    return { answer, shared, isOnly: run.clients === 1 && this.#runs.get(key) !== run };
  }

  #find(key: string): Run | undefined {
    const run = this.#runs.get(key);
    if (run === undefined || !run.complete || this.#remainingMs(run) > 0) return run;
    this.#forget(key, run);
    return undefined;
  }

  #begin(key: string, start: StartRun): Run {
    const run: Run = new Run(start, this.#now(), {
      failed: () => this.#forget(key, run),
      completed: () => this.#keep(key, run),
    });
    // Where there is no room, nobody joins: that is what it is like without coalescing.
    if (this.#hasRoom()) this.#runs.set(key, run);
    return run;
  }

  #hasRoom(): boolean {
    if (this.#runs.size < MAX_COALESCED) return true;
    for (const [key, run] of this.#runs) {
      if (!run.complete) continue;
      this.#forget(key, run);
      return true;
    }
    return false;
  }

  /** Keeps a complete answer for the rest of its interval. */
  #keep(key: string, run: Run): void {
    const remaining = this.#remainingMs(run);
    if (remaining <= 0 || this.#runs.get(key) !== run) return this.#forget(key, run);
    // A program that has nothing else to do ends.
    run.expiry = setTimeout(() => this.#forget(key, run), remaining);
    run.expiry.unref();
  }

  #remainingMs(run: Run): number {
    return run.startedAt + this.#minIntervalMs() - this.#now();
  }

  #forget(key: string, run: Run): void {
    clearTimeout(run.expiry);
    run.seal();
    if (this.#runs.get(key) === run) this.#runs.delete(key);
  }
}

interface RunEvents {
  /** It is of no use to anybody who comes now. */
  failed(): void;
  /** Its answer is a whole one of status 200. */
  completed(): void;
}

interface Waiting {
  readonly signal: AbortSignal;
  answered(answer: SharedAnswer): void;
  failed(error: unknown): void;
}

/** One call of `start`, those who wait for its answer, and those who read it. */
class Run {
  readonly startedAt: number;
  /** True once all bytes of a good answer are there. */
  complete = false;
  /** Those who have asked for its answer. */
  clients = 0;
  /** Ends the time in which that answer is kept. */
  expiry: ReturnType<typeof setTimeout> | undefined;
  readonly #events: RunEvents;
  readonly #abandoned = new AbortController();
  readonly #waiting = new Set<Waiting>();
  #answer: Omit<SharedAnswer, "body"> & { body: SharedBody | Chunk | null } | undefined;

  constructor(start: StartRun, startedAt: number, events: RunEvents) {
    this.startedAt = startedAt;
    this.#events = events;
    (async () => await start(this.#abandoned.signal))()
      .then((answer) => this.#begin(answer), (error) => this.#fail(error));
  }

  /** Resolves once the run answers. Rejects when it fails or the client leaves. */
  answer(signal: AbortSignal): Promise<SharedAnswer> {
    this.clients++;
    return new Promise((resolve, reject) => {
      if (this.#answer !== undefined) return resolve(this.#answerFor(signal));
      const settle = () => {
        this.#waiting.delete(waiting);
        signal.removeEventListener("abort", onLeave);
      };
      const onLeave = () => {
        waiting.failed(signal.reason);
        if (this.#waiting.size === 0) this.#abandon(signal.reason);
      };
      const waiting: Waiting = {
        signal,
        answered: (answer) => (settle(), resolve(answer)),
        failed: (error) => (settle(), reject(error)),
      };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", onLeave);
      if (signal.aborted) onLeave();
    });
  }

  /** Nobody joins from now on: what all have read is let go. */
  seal(): void {
    const body = this.#answer?.body;
    if (body instanceof SharedBody) body.seal();
  }

  #begin({ body, ...head }: SharedAnswer): void {
    const streamed = body instanceof ReadableStream;
    if (this.#waiting.size === 0) return void (streamed && body.cancel().catch(() => {}));
    const shared = streamed ? new SharedBody(body, (end) => this.#end(end)) : body;
    this.#answer = { ...head, body: shared };
    // All at once: the first who leaves must not be taken for the last.
    for (const waiting of [...this.#waiting]) waiting.answered(this.#answerFor(waiting.signal));
    if (head.status !== 200) this.#events.failed();
    else if (!streamed) this.#end({ outcome: "complete" });
  }

  #answerFor(signal: AbortSignal): SharedAnswer {
    const { body } = this.#answer!;
    return { ...this.#answer!, body: body instanceof SharedBody ? body.stream(signal) : body };
  }

  #end({ outcome }: BodyEnd): void {
    if (outcome === "cancelled") this.#abandon(new Error("all readers have left"));
    else if (outcome === "broken") this.#events.failed();
    else if (this.#answer?.status === 200) {
      this.complete = true;
      this.#events.completed();
    }
  }

  #fail(error: unknown): void {
    this.#events.failed();
    for (const waiting of [...this.#waiting]) waiting.failed(error);
  }

  #abandon(reason: unknown): void {
    this.#events.failed();
    this.#abandoned.abort(reason);
  }
}
