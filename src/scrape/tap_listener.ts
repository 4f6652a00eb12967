import { MAX_TAP_BYTES, MAX_TAP_LINE_BYTES } from "../bounds.ts";
import { NEWLINE } from "../exposition/bytes.ts";
import type { DroppedBy } from "../lines/drop_watch.ts";
import type { Chunk } from "../upstream/chunk_source.ts";

/**
 * `before`: samples as the upstream sent them; `after`: as clients get them; `dropped`: those that are in
 * no answer, and why.
 */
export const LISTENED_STAGES = ["before", "after", "dropped"] as const;
export type ListenedStage = (typeof LISTENED_STAGES)[number];

export interface ListenerOptions {
  /** Of a route, or of one of its subsets. */
  readonly path: string;
  readonly stage: ListenedStage;
  /** Lines without a match are not shown; undefined: all are. */
  readonly matches: ((bytes: Uint8Array, start: number, end: number) => boolean) | undefined;
  /** So many lines are shown. */
  readonly lines: number;
  readonly seconds: number;
  /** `text`: columns with tabs between them; `json`: an object on each line. */
  readonly form: "text" | "json";
}

/** Why a listener hears no more: of its own `lines` and `seconds`, or of the bytes that one may get. */
type End = "lines" | "seconds" | "bytes";

/**
 * One who listens. What is shown waits here until it is read: never more than MAX_TAP_BYTES in all, so
 * that one who reads nothing holds up nobody.
 */
export class TapListener {
  readonly options: ListenerOptions;
  readonly #ended: (listener: TapListener) => void;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #waiting: Chunk[] = [];
  #news = Promise.withResolvers<void>();
  #left: number;
  #room = MAX_TAP_BYTES;
  #scrapes = 0;
  #unseen = 0;
  #isOver = false;

  /** `ended` is told once. */
  constructor(options: ListenerOptions, ended: (listener: TapListener) => void) {
    this.options = options;
    this.#ended = ended;
    this.#left = options.lines;
    this.#timer = setTimeout(() => this.#end("seconds"), options.seconds * 1000);
  }

  /** False: nothing more is shown. */
  get listens(): boolean {
    return !this.#isOver;
  }

  /** What waits and what comes, until nothing more does. */
  get stream(): ReadableStream<Chunk> {
    return new ReadableStream<Chunk>({
      pull: async (controller) => {
        while (this.#waiting.length === 0 && !this.#isOver) {
          await this.#news.promise;
          this.#news = Promise.withResolvers();
        }
        const next = this.#waiting.shift();
        if (next === undefined) controller.close();
        else controller.enqueue(next);
      },
      cancel: () => this.leave(),
    }, { highWaterMark: 0 });
  }

  /** Shows a line, if it is one that is wanted. What the bytes are is copied. */
  show(
    bytes: Uint8Array,
    start: number,
    end: number,
    by: DroppedBy | undefined,
    target: string | undefined,
  ): void {
    if (this.#isOver || end - start > MAX_TAP_LINE_BYTES) return;
    if (this.options.matches?.(bytes, start, end) === false) return;
    const shown = this.options.form === "json"
      ? jsonLine(bytes.subarray(start, end), this.options.stage, by, target)
      : textLine(bytes.subarray(start, end), by, target);
    if (shown.length > this.#room) return this.#end("bytes");
    this.#room -= shown.length;
    this.#hand(shown);
    if (--this.#left === 0) this.#end("lines");
  }

  /** A scrape's stage was shown; `isWhole` is false where that took too long, and not to its end. */
  seen(isWhole: boolean): void {
    if (this.#isOver) return;
    this.#scrapes++;
    if (!isWhole) this.#unseen++;
  }

  /** Nobody reads what is shown. */
  leave(): void {
    this.#waiting.length = 0;
    this.#close();
  }

  #hand(chunk: Chunk): void {
    this.#waiting.push(chunk);
    this.#news.resolve();
  }

  #end(end: End): void {
    if (this.#isOver) return;
    const figures = { end, scrapes: this.#scrapes, not_to_their_end: this.#unseen };
    this.#hand(encoder.encode(
      this.options.form === "json"
        ? `${JSON.stringify(figures)}\n`
        : `# end: ${end}; scrapes: ${this.#scrapes}, not to their end: ${this.#unseen}\n`,
    ));
    this.#close();
  }

  #close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#news.resolve();
    this.#ended(this);
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** `target`, what dropped it, and the line; those that there are. */
function textLine(line: Uint8Array, by: DroppedBy | undefined, target: string | undefined): Chunk {
  const columns = [
    ...target === undefined ? [] : [target],
    ...by === undefined ? [] : [reason(by)],
  ];
  const head = encoder.encode(columns.map((column) => `${oneLine(column)}\t`).join(""));
  const breaks = line.reduce((count, byte) => count + Number(byte === NEWLINE), 0);
  const shown = new Uint8Array(head.length + line.length + breaks + 1);
  shown.set(head);
  let at = head.length;
  for (const byte of line) {
    // A line break in quotes, as it is written where it is escaped.
    if (byte === NEWLINE) shown[at++] = BACKSLASH;
    shown[at++] = byte === NEWLINE ? LOWER_N : byte;
  }
  shown[at] = NEWLINE;
  return shown;
}

const BACKSLASH = 0x5c;
const LOWER_N = 0x6e;

function reason(by: DroppedBy): string {
  switch (by.kind) {
    case "rule":
      return by.rule === undefined ? "rule" : `rule ${by.rule}`;
    case "policy":
      return `policy ${by.policies.join(",")}`;
    case "limit":
      return `limit ${by.limit}`;
    default:
      return by.kind;
  }
}

/** Whoever writes a policy's id could otherwise write lines of others. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, " ");
}

function jsonLine(
  line: Uint8Array,
  stage: ListenedStage,
  by: DroppedBy | undefined,
  target: string | undefined,
): Chunk {
  const shown = { stage, target, by, line: decoder.decode(line) };
  return encoder.encode(`${JSON.stringify(shown)}\n`);
}
