import type { Config } from "../config/config.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { streamOf } from "../upstream/chunk_source.ts";
import { getUpstream } from "../upstream/get.ts";
import { isOpenMetrics, upstreamFormats } from "../upstream/negotiate.ts";

export interface OpenedScrape {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the answer to a URL says; false for files. */
  readonly openMetrics: boolean;
}

/** Returns the bytes of a file, of a URL, or with `-` of standard input. Throws when they cannot be had. */
export async function openScrape(
  where: string,
  config: Pick<Config, "scrape">,
  version: string,
  runtime: Pick<Runtime, "openFile" | "stdin">,
): Promise<OpenedScrape> {
  if (where === "-") return { body: runtime.stdin(), openMetrics: false };
  if (!/^https?:\/\//i.test(where)) {
    return { body: await runtime.openFile(where), openMetrics: false };
  }
  const { body, contentType } = await getUpstream({
    url: where,
    accept: upstreamFormats(null).accept,
    budgetSeconds: config.scrape.timeoutSeconds,
    signal: new AbortController().signal,
    userAgent: `Weir/${version}`,
  });
  return { body: streamOf(body), openMetrics: isOpenMetrics(contentType) };
}
