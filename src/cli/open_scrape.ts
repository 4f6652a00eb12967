import type { Config } from "../config/config.ts";
import { printableUrl } from "../config/print.ts";
import { type BodyFormat, isComposite, type LineFormat } from "../exposition/line_format.ts";
import { liftedStream, readableStream } from "../lines/lifted_stream.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { acceptOf, EVERY_FORMAT } from "../upstream/asked_formats.ts";
import { streamOf } from "../upstream/chunk_source.ts";
import { getUpstream } from "../upstream/get.ts";
import { bodyFormat } from "../upstream/negotiate.ts";
import { boundedFormats } from "../upstream/scrape_protocols.ts";
import { readableExposition } from "./readable_exposition.ts";

export interface ScrapeInput {
  /** A file, a URL, or `-` for standard input. */
  readonly where: string;
  /** Undefined: what the answer to a URL says, and the first bytes of a file. */
  readonly format: BodyFormat | undefined;
  readonly config: Pick<Config, "scrape">;
  readonly version: string;
  readonly runtime: Pick<Runtime, "openFile" | "stdin">;
}

export interface OpenedScrape<Format> {
  readonly body: ReadableStream<Chunk>;
  readonly format: Format;
}

interface NamedScrape extends OpenedScrape<BodyFormat> {
  /** What errors call it. */
  readonly name: string;
}

type Chunk = Uint8Array<ArrayBuffer>;

/**
 * Returns an exposition in the format that it is in; a URL is asked for text where no format is given.
 * Throws a ConfigError when it cannot be had or is none, and so does its body.
 */
export async function openScrape(input: ScrapeInput): Promise<OpenedScrape<BodyFormat>> {
  const { body, format, name } = await opened(input, null);
  if (!isComposite(format)) return { body, format };
  return { body: readableStream(body, format, unreadable(name)), format };
}

/**
 * Returns an exposition as lines; a URL is asked for all that there is where no format is given. Throws
 * a ConfigError when it cannot be had or is none, and so does its body.
 */
export async function openLines(input: ScrapeInput): Promise<OpenedScrape<LineFormat>> {
  const { body, format, name } = await opened(input, EVERY_FORMAT);
  if (!isComposite(format)) return { body, format };
  return { body: liftedStream(body, format, unreadable(name)), format: "lifted" };
}

function unreadable(name: string): (error: Error) => ConfigError {
  return ({ message }) => new ConfigError([`${name}: ${message}`]);
}

/** `accept`: of the client in whose place a URL is asked. */
async function opened(input: ScrapeInput, accept: string | null): Promise<NamedScrape> {
  const { where, runtime: { openFile, stdin } } = input;
  const isUrl = /^https?:\/\//i.test(where);
  const name = where === "-" ? "standard input" : isUrl ? printableUrl(where) : where;
  try {
    if (isUrl) {
      const { body, format } = await openUrl(input, accept);
      return { ...await readableExposition(body, name, format), name };
    }
    const body = where === "-" ? stdin() : await openFile(where);
    return { ...await readableExposition(body, name, input.format), name };
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    throw new ConfigError([messageOf(error)]);
  }
}

async function openUrl({ where, format, config, version }: ScrapeInput, accept: string | null) {
  const { scrape } = config;
  const { body, contentType } = await getUpstream({
    url: where,
    accept: format === undefined
      ? boundedFormats(accept, scrape.protocols).accept
      : acceptOf(format),
    budgetSeconds: scrape.timeoutSeconds,
    signal: new AbortController().signal,
    userAgent: `Weir/${version}`,
    fallbackProtocol: scrape.fallbackProtocol,
  });
  return { body: streamOf(body), format: format ?? bodyFormat(contentType) };
}
