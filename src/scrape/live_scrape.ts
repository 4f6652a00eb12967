import { setTimeout as delay } from "node:timers/promises";
import {
  ANALYSIS_GARBAGE_BYTES,
  ANALYSIS_SLICE_MS,
  MIN_ANALYSIS_PIECE_BYTES,
  SLAB_BYTES,
} from "../bounds.ts";
import { ownPath, upstreamPath } from "../config/route_path.ts";
import { isComposite, type LineFormat } from "../exposition/line_format.ts";
import { liftedStream } from "../lines/lifted_stream.ts";
import { EVERY_FORMAT } from "../upstream/asked_formats.ts";
import { type ChunkSource, sourceOfStream, streamOf } from "../upstream/chunk_source.ts";
import type { UpstreamResponse } from "../upstream/get.ts";
import { bodyFormat } from "../upstream/negotiate.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import { hasOneTarget, type ScrapeSettings } from "./scrape_context.ts";
import { TargetChoiceError } from "../gateway/source_of_target.ts";

export interface LiveScrapeRequest {
  /** The address of one of a gateway's targets; undefined: the first. */
  readonly target: string | undefined;
  readonly signal: AbortSignal;
  /** Characters of what each sample is matched with; in a KiB of them is what takes no time. */
  readonly draftLength?: number;
  /** Called now and then, since what an analysis throws away would otherwise pile up. */
  readonly collectGarbage?: () => void;
  /** Called with each piece: throws where there is too little memory to go on. */
  readonly checkMemory?: () => void;
}

export interface LiveScrape {
  /**
   * Lines: those of composite metrics are lifted. Hands on a piece at a time and lets others work in
   * between. Errors with an UpstreamError when the scrape, or what is done with it, takes longer than
   * `scrape.timeout`.
   */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly format: LineFormat;
}

/**
 * Scrapes the upstream, or one target of a gateway, for an analysis. Throws an UpstreamError, and a
 * TargetChoiceError where there is no such target.
 */
export async function openLiveScrape(
  settings: ScrapeSettings,
  {
    target,
    signal,
    draftLength = 0,
    collectGarbage = () => {},
    checkMemory = () => {},
  }: LiveScrapeRequest,
): Promise<LiveScrape> {
  const { timeoutSeconds } = settings.config.scrape;
  const deadline = performance.now() + timeoutSeconds * 1000;
  const ask = (query: string) =>
    settings.upstream({
      path: upstreamPath(ownPath(settings.path), settings.config.web.telemetryPath),
      query,
      passthrough: false,
      accept: EVERY_FORMAT,
      budgetSeconds: Math.max(0, deadline - performance.now()) / 1000,
      signal,
    });
  const askOne = (target: string | undefined) =>
    ask(target === undefined ? "" : `?${new URLSearchParams({ target })}`);
  const { body, contentType } = hasOneTarget(settings)
    ? await ask("")
    : await askOneTarget(target, askOne);
  const late = () => {
    const what = `could not be analysed within ${timeoutSeconds} s`;
    return new UpstreamError("timeout", 504, settings.config.upstreams[0].url, what);
  };
  const format = bodyFormat(contentType);
  const pieceBytes = Math.max(
    MIN_ANALYSIS_PIECE_BYTES,
    Math.floor(SLAB_BYTES / Math.max(1, draftLength / 1024)),
  );
  const slices = { deadline, late, signal, pieceBytes, collectGarbage, checkMemory };
  if (!isComposite(format)) return { body: slicedBody(body, slices), format };
  const failed = ({ message }: Error) =>
    new UpstreamError("protocol", 502, settings.config.upstreams[0].url, message);
  // There are ten times as many bytes of lines: it is those that take time and memory.
  const lines = sourceOfStream(liftedStream(streamOf(body), format, failed));
  return { body: slicedBody(lines, slices), format: "lifted" };
}

/** The error that asks for a choice knows between which targets. */
async function askOneTarget(
  target: string | undefined,
  ask: (target: string | undefined) => Promise<UpstreamResponse>,
): Promise<UpstreamResponse> {
  try {
    return await ask(target);
  } catch (error) {
    if (target !== undefined || !(error instanceof TargetChoiceError)) throw error;
    const first = error.addresses[0];
    if (first === undefined) throw error;
    return await ask(first);
  }
}

interface Slices {
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly late: () => Error;
  readonly signal: AbortSignal;
  readonly pieceBytes: number;
  readonly collectGarbage: () => void;
  readonly checkMemory: () => void;
}

function slicedBody(
  body: ChunkSource,
  { deadline, late, signal, pieceBytes, collectGarbage, checkMemory }: Slices,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let rest = new Uint8Array(0);
  let sliceEnd = performance.now() + ANALYSIS_SLICE_MS;
  let uncollected = 0;
  return new ReadableStream({
    async pull(controller) {
      if (performance.now() >= sliceEnd) {
        await delay(0);
        sliceEnd = performance.now() + ANALYSIS_SLICE_MS;
      }
      signal.throwIfAborted();
      try {
        if (performance.now() > deadline) throw late();
        checkMemory();
      } catch (error) {
        await body.cancel();
        throw error;
      }
      while (rest.length === 0) {
        const next = await body.read();
        if (next === undefined) return controller.close();
        rest = next;
      }
      uncollected += Math.min(rest.length, pieceBytes);
      if (uncollected >= ANALYSIS_GARBAGE_BYTES) {
        uncollected = 0;
        collectGarbage();
      }
      controller.enqueue(rest.subarray(0, pieceBytes));
      rest = rest.subarray(pieceBytes);
    },
    async cancel(reason) {
      await body.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
