import type { Config } from "../config/config.ts";
import { printableUrl } from "../config/print.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { streamOf } from "../upstream/chunk_source.ts";
import { getUpstream } from "../upstream/get.ts";
import { isOpenMetrics, upstreamFormats } from "../upstream/negotiate.ts";
import { readableExposition } from "./readable_exposition.ts";

export interface OpenedScrape {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** What the answer to a URL says; false for files. */
  readonly openMetrics: boolean;
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
  if (where === "-") {
    return { body: await readableExposition(runtime.stdin(), STDIN), openMetrics: false };
  }
  if (!/^https?:\/\//i.test(where)) {
    return {
      body: await readableExposition(await openFile(where, runtime), where),
      openMetrics: false,
    };
  }
  const { body, contentType } = await ask(where, config, version);
  return {
    body: await readableExposition(streamOf(body), printableUrl(where)),
    openMetrics: isOpenMetrics(contentType),
  };
}

const STDIN = "standard input";

async function openFile(path: string, runtime: Pick<Runtime, "openFile">) {
  try {
    return await runtime.openFile(path);
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}

async function ask(url: string, config: Pick<Config, "scrape">, version: string) {
  try {
    return await getUpstream({
      url,
      accept: upstreamFormats(null).accept,
      budgetSeconds: config.scrape.timeoutSeconds,
      signal: new AbortController().signal,
      userAgent: `Weir/${version}`,
    });
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}
