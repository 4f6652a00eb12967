import type { Config } from "../config/config.ts";
import { printableUrl } from "../config/print.ts";
import { lineFormat, type ReadFormat } from "../exposition/line_format.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { streamOf } from "../upstream/chunk_source.ts";
import { getUpstream } from "../upstream/get.ts";
import { isOpenMetrics, upstreamFormats } from "../upstream/negotiate.ts";
import { readableExposition } from "./readable_exposition.ts";

export interface OpenedScrape {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the answer to a URL says; "text" for files. */
  readonly format: ReadFormat;
}

/**
 * Returns the exposition in a file, at a URL, or with `-` on standard input. Throws a ConfigError when it
 * cannot be had or is none, and so does its body.
 */
export async function openScrape(
  where: string,
  config: Pick<Config, "scrape">,
  version: string,
  runtime: Pick<Runtime, "openFile" | "stdin">,
): Promise<OpenedScrape> {
  const isUrl = /^https?:\/\//i.test(where);
  const name = where === "-" ? "standard input" : isUrl ? printableUrl(where) : where;
  try {
    const { body, format } = isUrl
      ? await openUrl(where, config, version)
      : { body: await openLocal(where, runtime), format: "text" as const };
    return { body: await readableExposition(body, name), format };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([messageOf(error)]);
  }
}

async function openLocal(where: string, { openFile, stdin }: Pick<Runtime, "openFile" | "stdin">) {
  return where === "-" ? stdin() : await openFile(where);
}

async function openUrl(
  url: string,
  { scrape }: Pick<Config, "scrape">,
  version: string,
): Promise<OpenedScrape> {
  const { body, contentType } = await getUpstream({
    url,
    accept: upstreamFormats(null).accept,
    budgetSeconds: scrape.timeoutSeconds,
    signal: new AbortController().signal,
    userAgent: `Weir/${version}`,
    fallbackProtocol: scrape.fallbackProtocol,
  });
  return { body: streamOf(body), format: lineFormat(isOpenMetrics(contentType)) };
}
