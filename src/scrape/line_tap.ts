import { MAX_HELD_LINE_BYTES, MAX_TAP_BYTES, MAX_TAP_LISTENERS, TAP_WAIT_MS } from "../bounds.ts";
import { joinedBytes } from "../exposition/bytes.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import type { Chunk, ChunkSource } from "../upstream/chunk_source.ts";
import { type ListenerOptions, TapListener } from "./tap_listener.ts";

/** `pre`: as the upstream sent it; `post`: as the client gets it. */
export type TapStage = "pre" | "post";

const LF = 0x0a;

/**
 * Shows lines of scrapes while they pass: in Edge's frames to one who asks at a time, and to those who
 * listen. Nothing is kept when nobody does.
 */
export class LineTap {
  #session: TapSession | undefined;
  /** Who listens to whole scrapes; Edge's way shows the lines of those under way as well. */
  readonly #listeners = new Set<TapListener>();

  /** One more who listens to the scrapes that begin from now on; undefined where too many do. */
  listen(options: ListenerOptions): TapListener | undefined {
    if (this.#listeners.size >= MAX_TAP_LISTENERS) return undefined;
    const listener = new TapListener(options, (ended) => this.#listeners.delete(ended));
    this.#listeners.add(listener);
    return listener;
  }

  /** Those who listen to a route, or to one of its subsets; undefined where nobody does. */
  listenersAt(route: string): TapListener[] | undefined {
    if (this.#listeners.size === 0) return undefined;
    const found = [...this.#listeners].filter(({ options: { path } }) =>
      path === route || path.startsWith(`${route}/`)
    );
    return found.length === 0 ? undefined : found;
  }

  /**
   * The next `lines` lines at that stage, in frames; fewer when there were not so many within
   * TAP_WAIT_MS, or when they fill MAX_TAP_BYTES. Undefined while another one asks.
   */
  async take(stage: TapStage, lines: number, signal: AbortSignal): Promise<Chunk | undefined> {
    if (this.#session !== undefined) return undefined;
    const session = this.#session = new TapSession(stage, lines);
    const leave = () => session.full.resolve();
    const timer = setTimeout(leave, TAP_WAIT_MS);
    signal.addEventListener("abort", leave, { once: true });
    if (signal.aborted) leave();
    await session.full.promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
    this.#session = undefined;
    return session.bytes();
  }

  /** The same source, with what passes shown to whoever asks. */
  watched(stage: TapStage, source: ChunkSource, format: BodyFormat): ChunkSource {
    const lines = new Lines(format);
    const show = (chunk: Chunk | undefined) => {
      const session = this.#session?.stage === stage ? this.#session : undefined;
      lines.next(chunk, session);
    };
    return {
      read: async () => {
        const chunk = await source.read();
        show(chunk);
        return chunk;
      },
      cancel: (reason) => source.cancel(reason),
    };
  }
}

/** Takes a body apart; protobuf is shown in the pieces in which it came. */
class Lines {
  readonly #format: BodyFormat;
  /** Begun in an earlier chunk; undefined where its beginning was not seen. */
  #begun: Chunk | undefined = new Uint8Array(0);

  constructor(format: BodyFormat) {
    this.#format = format;
  }

  next(chunk: Chunk | undefined, session: TapSession | undefined): void {
    if (session === undefined) {
      // Nothing is copied for nobody: the line under way is not shown.
      this.#begun = chunk?.at(-1) === LF ? new Uint8Array(0) : undefined;
      return;
    }
    if (chunk === undefined) {
      if (this.#begun?.length) session.show(this.#begun, this.#format);
      return;
    }
    if (this.#format === "protobuf") return session.show(chunk, this.#format);
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      const rest = chunk.subarray(from, end);
      if (this.#begun !== undefined) session.show(joinedBytes([this.#begun, rest]), this.#format);
      this.#begun = new Uint8Array(0);
      from = end + 1;
    }
    const rest = chunk.subarray(from);
    const isHeld = this.#begun !== undefined && this.#begun.length < MAX_HELD_LINE_BYTES;
    this.#begun = isHeld ? joinedBytes([this.#begun!, rest]) : undefined;
  }
}

/** What is gathered for one who asks. */
class TapSession {
  readonly stage: TapStage;
  readonly full = Promise.withResolvers<void>();
  readonly #frames: Uint8Array[] = [];
  #remaining: number;
  #room = MAX_TAP_BYTES;
  #shown = 0;

  constructor(stage: TapStage, lines: number) {
    this.stage = stage;
    this.#remaining = lines;
  }

  /** Edge's frame: a line that says how many bytes come, the bytes, and a line break. */
  show(line: Uint8Array, format: BodyFormat): void {
    if (this.#remaining === 0 || line.length === 0) return;
    const shown = line.slice(0, this.#room);
    const decision = this.stage === "pre" ? "" : "keep";
    const head = `--- seq=${++this.#shown} signal=metric format=${FORMATS[format]} ` +
      `decision=${decision} len=${shown.length}\n`;
    this.#frames.push(new TextEncoder().encode(head), shown, new Uint8Array([LF]));
    this.#room -= shown.length;
    this.#remaining = this.#room === 0 ? 0 : this.#remaining - 1;
    if (this.#remaining === 0) this.full.resolve();
  }

  bytes(): Chunk {
    this.#remaining = 0;
    const bytes = new Uint8Array(this.#frames.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const frame of this.#frames) {
      bytes.set(frame, at);
      at += frame.length;
    }
    return bytes;
  }
}

const FORMATS: Readonly<Record<BodyFormat, string>> = {
  text: "prom_text",
  openmetrics: "openmetrics_text",
  openmetrics2: "openmetrics_text",
  protobuf: "protobuf",
};
