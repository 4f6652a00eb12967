import { MAX_MERGE_RESERVE_SECONDS, MERGE_RESERVE } from "../bounds.ts";
import { TargetLabels } from "../aggregate/target_labels.ts";
import type { Config, GatewayConfig } from "../config/config.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { bodyFormat } from "../upstream/negotiate.ts";
import type { ShadowRules } from "../lines/shadow_scrape.ts";
import { runBounded } from "../upstream/run_bounded.ts";
import { requestUrl } from "../upstream/request_url.ts";
import { type ChunkSource, streamOf } from "../upstream/chunk_source.ts";
import { askTarget } from "../upstream/target_source.ts";
import type { NameLookup } from "../upstream/name_lookup.ts";
import { resolveTargets, type Target } from "../upstream/targets.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import type { UpstreamSource } from "../upstream/upstream_source.ts";
import type { TargetOutcome } from "./own_samples.ts";
import { type MergedOutput, TargetScrape } from "./target_scrape.ts";
import { UnreadableTarget } from "./target_sink.ts";

export interface ReadingContext {
  readonly config: Config;
  readonly gateway: GatewayConfig;
  readonly lookUp: NameLookup;
  readonly version: string;
  /** Throws an AggregationError where there is too little memory to go on. */
  readonly checkMemory?: () => void;
  /** Asks the only target, where there is one; undefined: targets are asked by their addresses. */
  readonly onlyTarget?: UpstreamSource;
}

export interface TargetsRequest {
  readonly path: string;
  readonly query: string;
  readonly accept: string;
  /** For all of it, the merging included. */
  readonly budgetSeconds: number;
  readonly signal: AbortSignal;
  readonly policies: PolicyEngine | undefined;
  /** What would be in force if nothing was in shadow; undefined where nothing is. */
  readonly shadow?: ShadowRules;
  /** The same body, which somebody else sees, too. */
  readonly watched?: (
    body: ChunkSource,
    contentType: string | null,
    target: { readonly address: string; readonly labels: TargetLabels },
  ) => ChunkSource;
  /** Told of each sample that a limit of the main table keeps out. */
  readonly limited?: (
    bytes: Uint8Array,
    start: number,
    end: number,
    limit: string,
    target: string,
  ) => void;
}

/** What became of one target; `error` where it could not be read. */
export interface TargetReading {
  readonly outcome: TargetOutcome;
  readonly contentType: string | null;
  readonly truncated: boolean;
  readonly error: UpstreamError | undefined;
}

/**
 * Resolves the targets, asks them all, and folds each into the outputs once it has been read whole.
 * Where no target may fail, the first that does ends the others. Throws an AggregationError, and the
 * signal's reason when that is aborted.
 */
export async function readTargets(
  context: ReadingContext,
  request: TargetsRequest,
  outputs: readonly MergedOutput[],
): Promise<TargetReading[]> {
  const { config, gateway, lookUp } = context;
  const reserve = Math.min(MAX_MERGE_RESERVE_SECONDS, request.budgetSeconds * MERGE_RESERVE);
  const deadline = performance.now() + (request.budgetSeconds - reserve) * 1000;
  const cut = new AbortController();
  const signal = AbortSignal.any([request.signal, cut.signal]);
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(deadline - performance.now())]);
  const { targets, failures } = await resolveTargets(
    config.upstreams,
    gateway.shard,
    lookUp,
    inTime,
  );
  const read = async ({ target, rank }: { target: Target; rank: number }) => {
    const budgetSeconds = (deadline - performance.now()) / 1000;
    const one = new Reading(context, { ...request, budgetSeconds, signal }, outputs, rank);
    try {
      const reading = await one.read(target);
      if (reading.error !== undefined && gateway.onTargetError === "fail") cut.abort(NOT_WANTED);
      return reading;
    } catch (error) {
      // Of no target: the scrape is over.
      cut.abort(error);
      throw error;
    }
  };
  const results = await runBounded(
    targets.map((target, rank) => ({ target, rank })),
    gateway.concurrency,
    read,
  );
  const isRead = (result: PromiseSettledResult<TargetReading>) =>
    result.status === "fulfilled" && result.value.outcome.isUp;
  const missed = targets.filter((_, rank) => !isRead(results[rank]));
  // Those that were cut off, too, whatever becomes of this scrape.
  for (const { address } of [...missed, ...failures]) {
    for (const { table } of outputs) table.miss(address);
  }
  if (request.signal.aborted) throw request.signal.reason;
  if (cut.signal.aborted && cut.signal.reason !== NOT_WANTED) throw cut.signal.reason;
  const readings = failures.map(({ address, error }) => unresolved(address, error));
  for (const result of results) {
    if (result.status === "fulfilled") readings.push(result.value);
  }
  return readings;
}

/** Why the targets are ended that are still read when another one failed and none may. */
const NOT_WANTED = new Error("another target failed");

function unresolved(address: string, error: UpstreamError): TargetReading {
  const outcome = { address, isUp: false, durationSeconds: 0, samples: 0 };
  return { outcome, contentType: null, truncated: false, error };
}

/** One target on its way from the request to the last byte. */
class Reading {
  readonly #context: ReadingContext;
  readonly #request: TargetsRequest;
  readonly #outputs: readonly MergedOutput[];
  readonly #rank: number;
  readonly #startedAt = performance.now();

  constructor(
    context: ReadingContext,
    request: TargetsRequest,
    outputs: readonly MergedOutput[],
    rank: number,
  ) {
    this.#context = context;
    this.#request = request;
    this.#outputs = outputs;
    this.#rank = rank;
  }

  async read(target: Target): Promise<TargetReading> {
    const { signal } = this.#request;
    try {
      return await this.#readWhole(target);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = error instanceof UnreadableTarget
        ? new UpstreamError(
          "protocol",
          502,
          requestUrl(target.upstream, this.#request),
          error.message,
        )
        : error;
      // What is no fault of the target's ends the scrape.
      if (!(failure instanceof UpstreamError)) throw failure;
      return {
        outcome: this.#outcome(target, false, 0),
        contentType: null,
        truncated: false,
        error: target.connectTo === undefined ? failure : failure.at(target.address),
      };
    }
  }

  async #readWhole(target: Target): Promise<TargetReading> {
    const { config, gateway, version, onlyTarget } = this.#context;
    const { path, query, accept, budgetSeconds, signal, watched, limited } = this.#request;
    const request = { path, query, accept, budgetSeconds, signal };
    const response = onlyTarget === undefined
      ? await askTarget(target, {
        ...request,
        userAgent: `Weir/${version}`,
        fallbackProtocol: config.scrape.fallbackProtocol,
      })
      : await onlyTarget({ ...request, passthrough: false });
    const { labels } = target.upstream;
    const { targetLabel } = gateway;
    const { address } = target;
    const targetLabels = new TargetLabels(
      targetLabel === undefined ? labels : [...labels, [targetLabel, address]],
    );
    const scrape = new TargetScrape({
      outputs: this.#outputs,
      policies: this.#request.policies,
      format: bodyFormat(response.contentType),
      labels: targetLabels,
      rank: this.#rank,
      maxInputBytes: config.scrape.maxInputBytes,
      onLimit: config.scrape.onLimit,
      onUnreadable: config.scrape.onUnreadable,
      checkMemory: this.#context.checkMemory,
      limited: limited && ((...sample) => limited(...sample, address)),
    });
    const body =
      watched?.(response.body, response.contentType, { address, labels: targetLabels }) ??
        response.body;
    let wasRead = false;
    try {
      await scrape.read(streamOf(body));
      wasRead = true;
    } finally {
      scrape.count(wasRead);
      if (wasRead) scrape.fold(address);
      scrape.close();
    }
    return {
      outcome: this.#outcome(target, true, scrape.samples),
      contentType: response.contentType,
      truncated: scrape.truncated,
      error: undefined,
    };
  }

  #outcome({ address }: Target, isUp: boolean, samples: number): TargetOutcome {
    const durationSeconds = (performance.now() - this.#startedAt) / 1000;
    return { address, isUp, durationSeconds, samples };
  }
}
