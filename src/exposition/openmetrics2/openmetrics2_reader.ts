import { SLAB_BYTES } from "../../bounds.ts";
import {
  BRACE_OPEN,
  closingQuote,
  COMMA,
  equalBytes,
  isSample,
  NEWLINE,
  offsetOf,
  QUOTE,
  skipName,
} from "../bytes.ts";
import { isFamilyType } from "../family_type.ts";
import {
  type LiftedLines,
  type LiftedOutput,
  type LiftedReader,
  UnreadableBody,
} from "../lifted.ts";
import { LineSpans, scanLine } from "../lifted_line.ts";
import { LineBlocks, type LineBlockSink } from "../line_blocks.ts";
import { commentEnd, readMetadataLine } from "../metadata_line.ts";
import { OPEN } from "../scan_sample.ts";
import { decodePlain } from "../text.ts";
import { CompositeLifter, type CompositeType, isCompositeType } from "./composite_lifter.ts";
import { TERMINATOR } from "./openmetrics2_encoder.ts";
import { OpenMetrics2Rewriter } from "./openmetrics2_rewriter.ts";
import { COMMENT, EARLY_TERMINATOR, METADATA, SAMPLE, SourceLines } from "./source_lines.ts";

type Take = (lines: LiftedLines) => void;

/**
 * Reads OpenMetrics 2.0. What Prometheus's parser refuses is handed on as it is: as a line that is no
 * sample, where its value is composite.
 */
export class OpenMetrics2Reader implements LiftedReader {
  readonly #lines = new BodyLines();
  readonly #blocks = new LineBlocks(this.#lines);
  #rewriter: OpenMetrics2Rewriter | undefined;

  /** `# EOF`, where that was the body's last line. */
  get terminator(): Uint8Array<ArrayBuffer> | undefined {
    return this.#lines.terminator;
  }

  /** Throws an UnreadableBody at a line of more than MAX_HELD_LINE_BYTES. */
  push(chunk: Uint8Array<ArrayBuffer>, take: Take): void {
    this.#lines.take = take;
    this.#blocks.push(chunk);
  }

  end(take: Take): void {
    this.#lines.take = take;
    this.#blocks.end();
  }

  rewrite(kept: Uint8Array, output: LiftedOutput): void {
    this.#rewriter ??= new OpenMetrics2Rewriter();
    this.#rewriter.rewrite(this.#lines.source, kept, output);
  }

  endRewrite(output: LiftedOutput): void {
    this.#rewriter?.end(output);
  }

  release(): void {
    // Its buffers are few.
  }
}

class BodyLines implements LineBlockSink {
  take: Take = () => {};
  readonly source = new SourceLines();
  /** The `# EOF` that has ended the body so far. */
  terminator: Uint8Array<ArrayBuffer> | undefined;
  readonly #lifted = this.source.lifted;
  readonly #lifter = new CompositeLifter(this.#lifted);
  readonly #spans = new LineSpans();
  /** The family whose lines come: its name as samples have it, and its type where that is composite. */
  #family: Uint8Array = NO_FAMILY;
  #type: CompositeType | undefined;

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    this.source.bytes = bytes;
    let at = start;
    while (at < end) {
      if (this.#lifted.length >= SLAB_BYTES) this.#close();
      const next = this.#next(bytes, at, end, isLast);
      if (next < 0) break;
      at = next;
    }
    this.#close();
    return at;
  }

  linePiece(): void {
    throw new UnreadableBody("a line of more than 1 MiB");
  }

  #close(): void {
    if (this.source.count === 0) return;
    this.take(this.#lifted.close());
    this.source.clear();
  }

  /** Takes the line that begins there; returns where the next one does, or -1 where it goes on. */
  #next(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const newline = bytes.indexOf(NEWLINE, start);
    const lineEnd = newline >= 0 && newline < end ? newline : end;
    if (!isSample(bytes, start, lineEnd)) {
      const read = commentEnd(bytes, start, lineEnd, end);
      if (read === OPEN && !isLast) return -1;
      const stop = Math.max(read, lineEnd);
      return this.#takeComment(bytes, start, stop, Math.min(stop + 1, end));
    }
    this.#takeTerminator();
    let read = lineEnd;
    let isLifted = false;
    // What has no quoted name ends where its line does.
    if (this.#type !== undefined || mayNameInQuotes(bytes, start, lineEnd)) {
      read = scanLine(bytes, start, end, this.#spans, true);
      if (read === OPEN && !isLast) return -1;
      if (read >= 0) isLifted = this.#lift(bytes);
    }
    const next = Math.min(Math.max(read, lineEnd) + 1, end);
    if (!isLifted) this.#copy(bytes, start, Math.max(read, lineEnd));
    this.source.add(SAMPLE, start, next);
    return next;
  }

  #takeComment(bytes: Uint8Array, start: number, stop: number, next: number): number {
    this.#takeTerminator();
    if (equalBytes(bytes, start, stop, EOF)) {
      this.terminator = bytes.slice(start, next);
      return next;
    }
    const line = readMetadataLine(bytes, start, stop);
    this.#copy(bytes, start, stop);
    this.source.add(line === undefined ? COMMENT : METADATA, start, next);
    if (line === undefined) return next;
    // Names are compared as they are written.
    const isQuoted = bytes[start + KEYWORD] === QUOTE;
    const nameStart = isQuoted ? start + KEYWORD + 1 : start + KEYWORD;
    const nameEnd = isQuoted
      ? closingQuote(bytes, nameStart, stop)
      : skipName(bytes, nameStart, stop);
    if (!equalBytes(bytes, nameStart, nameEnd, this.#family)) {
      this.#family = bytes.slice(nameStart, nameEnd);
      this.#type = undefined;
    }
    if (line.kind === "TYPE") {
      const type = decodePlain(bytes, line.textStart, line.textEnd);
      this.#type = isFamilyType(type) && isCompositeType(type) ? type : undefined;
    }
    return next;
  }

  /** A terminator that is none, as another line comes behind it, is a comment. */
  #takeTerminator(): void {
    if (this.terminator === undefined) return;
    this.terminator = undefined;
    this.#lifted.begin();
    this.#lifted.put(TERMINATOR, 0, TERMINATOR.length);
    this.source.add(EARLY_TERMINATOR, 0, 0);
  }

  /** Lifts what was scanned. False where it is a line as it stands. */
  #lift(bytes: Uint8Array): boolean {
    const spans = this.#spans;
    // As Prometheus has it, what was said of a family is over with a sample of another name.
    if (!equalBytes(bytes, spans.nameStart, spans.nameEnd, this.#family)) {
      this.#type = undefined;
      this.#family = NO_FAMILY;
    }
    return spans.isComposite && this.#type !== undefined &&
      this.#lifter.lift(bytes, spans, this.#type);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    this.#lifted.begin();
    this.#lifted.put(bytes, start, end);
    this.#lifted.putByte(NEWLINE);
  }
}

/** Whether a name may be in quotes, in which newlines may stand. */
function mayNameInQuotes(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = offsetOf(bytes, QUOTE, start, end); at < end;) {
    const before = at === start ? 0 : bytes[at - 1];
    if (before === BRACE_OPEN || before === COMMA) return true;
    at = offsetOf(bytes, QUOTE, at + 1, end);
  }
  return false;
}

const EOF = new TextEncoder().encode("# EOF");
/** Before a metadata line's name. */
const KEYWORD = "# TYPE ".length;
const NO_FAMILY = new Uint8Array(0);
