import { setTimeout as delay } from "node:timers/promises";
import { ANALYSIS_SLICE_MS, SLAB_BYTES } from "../bounds.ts";
import { currentRuntime } from "../runtime/current.ts";
import { isOpenMetrics, upstreamAccept } from "../upstream/negotiate.ts";
import { askTarget } from "../upstream/target_source.ts";
import { resolveTargets, type Target } from "../upstream/targets.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import type { ScrapeSettings } from "./scrape.ts";

export interface LiveScrapeRequest {
  /** The address of one of a gateway's targets; undefined: the first. */
  readonly target: string | undefined;
  readonly signal: AbortSignal;
  readonly version: string;
}

export interface LiveScrape {
  /**
   * Hands on a piece at a time and lets others work in between. Errors with an UpstreamError when
   * the scrape, or what is done with it, takes longer than `scrape.timeout`.
   */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly openMetrics: boolean;
}

/** Scrapes the upstream, or one target of a gateway, for an analysis. Throws an UpstreamError. */
export async function openLiveScrape(
  settings: ScrapeSettings,
  request: LiveScrapeRequest,
): Promise<LiveScrape> {
  const { timeoutSeconds } = settings.config.scrape;
  const deadline = performance.now() + timeoutSeconds * 1000;
  const asked = {
    path: "/metrics",
    query: "",
    accept: upstreamAccept(null),
    signal: request.signal,
  };
  const { body, contentType } = settings.gateway === undefined
    ? await settings.upstream({ ...asked, passthrough: false, budgetSeconds: timeoutSeconds })
    : await askTarget(await chosenTarget(settings, request), {
      ...asked,
      budgetSeconds: Math.max(0, deadline - performance.now()) / 1000,
      userAgent: `Weir/${request.version}`,
    });
  const late = () => {
    const what = `could not be analysed within ${timeoutSeconds} s`;
    return new UpstreamError("timeout", 504, settings.config.upstreams[0].url, what);
  };
  const openMetrics = isOpenMetrics(contentType);
  return { body: slicedBody(body, { deadline, late, signal: request.signal }), openMetrics };
}

async function chosenTarget(
  { config }: ScrapeSettings,
  { target, signal }: LiveScrapeRequest,
): Promise<Target> {
  const runtime = await currentRuntime();
  const inTime = AbortSignal.any([
    signal,
    AbortSignal.timeout(config.scrape.timeoutSeconds * 1000),
  ]);
  const { targets, failures } = await resolveTargets(
    config.upstreams,
    config.gateway?.shard,
    (host) => runtime.resolve(host),
    inTime,
  );
  const chosen = target === undefined
    ? targets[0]
    : targets.find(({ address }) => address === target);
  if (chosen !== undefined) return chosen;
  if (target === undefined && failures.length > 0) throw failures[0].error;
  const some = targets.slice(0, SHOWN_TARGETS).map(({ address }) => address).join(", ");
  const what = target === undefined
    ? "there is no target"
    : `found no target ${JSON.stringify(target)}, wanted one of ${some || "none"}`;
  throw new UpstreamError("protocol", 404, config.upstreams[0].url, what);
}

/** Addresses that an error names. */
const SHOWN_TARGETS = 20;

interface Slices {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly late: () => Error;
  readonly signal: AbortSignal;
}

function slicedBody(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  { deadline, late, signal }: Slices,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  let rest = new Uint8Array(0);
  let sliceEnd = performance.now() + ANALYSIS_SLICE_MS;
  return new ReadableStream({
    async pull(controller) {
      if (performance.now() >= sliceEnd) {
        await delay(0);
        sliceEnd = performance.now() + ANALYSIS_SLICE_MS;
      }
      signal.throwIfAborted();
      if (performance.now() > deadline) {
        await reader.cancel();
        throw late();
      }
      while (rest.length === 0) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        rest = value;
      }
      controller.enqueue(rest.subarray(0, SLAB_BYTES));
      rest = rest.subarray(SLAB_BYTES);
    },
    async cancel(reason) {
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
