import { eachLine, LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { foreignKind, HEAD_BYTES, PROTOBUF_KIND } from "../exposition/foreign_bytes.ts";
import { isSample, joinedBytes } from "../exposition/bytes.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { isOfAnyFormat } from "../exposition/scan_sample.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { gunzippedBody } from "../upstream/gunzipped_body.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";

type Chunk = Uint8Array<ArrayBuffer>;

const WANTED = "wanted an exposition, in the text format or OpenMetrics";

export interface ReadableExposition {
  readonly body: ReadableStream<Chunk>;
  readonly format: BodyFormat;
}

/**
 * The exposition that somebody named, gzip decoded. Where nothing says in which format it is, that is
 * protobuf if it begins as no text does, and else text. Throws a ConfigError where text is something
 * else by its first bytes; its stream errors with one at the end where it has lines and none is a
 * sample, and any where it cannot be read on. An empty one is an exposition. `name` is what errors call
 * it.
 */
export async function readableExposition(
  body: ReadableStream<Chunk>,
  name: string,
  given: BodyFormat | undefined,
): Promise<ReadableExposition> {
  try {
    // What is no gzip comes through as it is.
    const reader = (await gunzippedBody(body, true)).getReader();
    const isText = given === undefined || given === "text" || given === "openmetrics";
    const { kind, chunks } = isText ? await readHead(reader, name) : { chunks: [] };
    const isProtobuf = kind === PROTOBUF_KIND && given === undefined;
    if (kind !== undefined && !isProtobuf) {
      await reader.cancel();
      throw new ConfigError([`${name}: found ${kind}, ${WANTED}`]);
    }
    const format = isProtobuf ? "protobuf" : given ?? "text";
    const search = format === "text" || format === "openmetrics" ? new SampleSearch() : undefined;
    return { body: readOn(reader, chunks, name, search), format };
  } catch (error) {
    throw named(error, name);
  }
}

function readOn(
  reader: ReadableStreamDefaultReader<Chunk>,
  first: Chunk[],
  name: string,
  search: SampleSearch | undefined,
): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>({
    async pull(controller) {
      const chunk = first.shift() ?? await nextChunk(reader, name);
      if (chunk === undefined) {
        const unreadable = search?.end();
        if (unreadable === undefined) return controller.close();
        throw new ConfigError([`${name}: found ${unreadable}, ${WANTED}`]);
      }
      search?.push(chunk);
      controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

interface Head {
  /** What it is if it is no text exposition. */
  readonly kind?: string;
  readonly chunks: Chunk[];
}

/** Reads as much as it takes to know that this is no foreign format, or that it is. */
async function readHead(
  reader: ReadableStreamDefaultReader<Chunk>,
  name: string,
): Promise<Head> {
  const chunks: Chunk[] = [];
  let head = new Uint8Array(0);
  for (;;) {
    const chunk = await nextChunk(reader, name);
    if (chunk !== undefined) {
      chunks.push(chunk);
      const more = chunk.subarray(0, HEAD_BYTES - head.length);
      head = joinedBytes([head, more]);
    }
    const kind = foreignKind(head, chunk === undefined || head.length === HEAD_BYTES);
    if (kind === false) return { chunks };
    if (kind !== undefined) return { kind, chunks };
  }
}

async function nextChunk(
  reader: ReadableStreamDefaultReader<Chunk>,
  name: string,
): Promise<Chunk | undefined> {
  try {
    return (await reader.read()).value;
  } catch (error) {
    throw named(error, name);
  }
}

/** Errors of upstreams say already what they are about. */
function named(error: unknown, name: string): Error {
  if (error instanceof ConfigError) return error;
  const message = messageOf(error);
  const isNamed = error instanceof UpstreamError || message.startsWith(name);
  return new ConfigError([isNamed ? message : `${name}: ${message}`]);
}

/** Looks at lines until one of them is a sample. */
class SampleSearch implements LineBlockSink {
  readonly #blocks = new LineBlocks(this);
  readonly #spans = new SampleSpans();
  #isFound = false;
  #inLongLine = false;
  #unreadable: string | undefined;

  push(chunk: Chunk): void {
    if (!this.#isFound) this.#blocks.push(chunk);
  }

  /** The first line that is no sample, where there is one and no sample; else undefined. */
  end(): string | undefined {
    if (!this.#isFound) this.#blocks.end();
    return this.#isFound ? undefined : this.#unreadable;
  }

  lines(bytes: Uint8Array, start: number, end: number): number {
    eachLine(bytes, start, end, (lineStart, lineEnd) => {
      if (this.#isFound || !isSample(bytes, lineStart, lineEnd)) return;
      if (isOfAnyFormat(bytes, lineStart, end, this.#spans)) this.#isFound = true;
      else this.#unreadable ??= shown(bytes.subarray(lineStart, lineEnd));
    });
    return end;
  }

  linePiece(bytes: Uint8Array, start: number, end: number, last: boolean): void {
    const isFirst = !this.#inLongLine;
    this.#inLongLine = !last;
    // Longer than any line that can be read; a comment may be.
    if (isFirst && isSample(bytes, start, end)) {
      this.#unreadable ??= shown(bytes.subarray(start, end));
    }
  }
}

/** The beginning of a line. */
function shown(line: Uint8Array): string {
  const text = new TextDecoder().decode(line.subarray(0, SHOWN_BYTES)).trim();
  return JSON.stringify(line.length > SHOWN_BYTES ? `${text}…` : text);
}

const SHOWN_BYTES = 60;
