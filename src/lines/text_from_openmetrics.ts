import { NEWLINE, SPACE } from "../exposition/bytes.ts";
import { eachEntry } from "../exposition/entries.ts";
import { type FamilyType, isFamilyType, nameSuffix, typeIn } from "../exposition/family_type.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { type MetadataKind, readMetadataLine } from "../exposition/metadata_line.ts";
import { parseNumber } from "../exposition/number_text.ts";
import { escapeTextHelp, metricNameText } from "../exposition/quoted_text.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { sampleEnd } from "../exposition/scan_sample.ts";
import { decodePlain, decodeQuoted } from "../exposition/text.ts";
import { textTime } from "../exposition/text_time.ts";
import { isEof } from "./eof_line.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/**
 * The same series in the text format: families under the names that they have there, times in
 * milliseconds, HELP with that format's escapes; without exemplars, units and `# EOF`, and of lifted
 * lines without native histograms and start times. A line that is no sample stays as it is.
 */
export function textFromOpenMetrics(
  chunks: readonly Bytes[],
  format: "openmetrics" | "lifted" = "openmetrics",
): Bytes[] {
  const lines = new TextLines(format);
  const blocks = new LineBlocks(lines);
  for (const chunk of chunks) blocks.push(chunk);
  blocks.end();
  return lines.chunks;
}

class TextLines implements LineBlockSink {
  readonly chunks: Bytes[] = [];
  readonly #format: "openmetrics" | "lifted";
  readonly #spans = new SampleSpans();
  readonly #out = new LineBuffer();
  /** What was said of the family at hand: its TYPE, which may come last, tells its name. */
  #family = "";
  #metadata = new Map<MetadataKind, string>();

  constructor(format: "openmetrics" | "lifted") {
    this.#format = format;
  }

  lines(bytes: Uint8Array, start: number, end: number, isLast: boolean): number {
    const scan = (at: number) => sampleEnd(bytes, at, end, this.#spans, this.#format);
    const taken = eachEntry(bytes, start, end, isLast, scan, (at, next, kind) => {
      if (kind === "comment") return this.#putComment(bytes, at, next);
      if (kind === "sample" && this.#spans.isComposite) return;
      this.#putMetadata();
      if (kind === "sample") this.#putSample(bytes, at);
      else this.#putLine(bytes, at, next);
    });
    this.#close();
    return taken;
  }

  linePiece(bytes: Uint8Array, start: number, end: number): void {
    this.#putMetadata();
    this.#out.put(bytes, start, end);
    this.#close();
  }

  #putComment(bytes: Uint8Array, start: number, end: number): void {
    const line = readMetadataLine(bytes, start, end);
    if (line === undefined) {
      this.#putMetadata();
      if (!isEof(bytes, start, end)) this.#putLine(bytes, start, end);
      return;
    }
    if (line.family !== this.#family || this.#metadata.has(line.kind)) this.#putMetadata();
    this.#family = line.family;
    this.#metadata.set(line.kind, decodePlain(bytes, line.textStart, line.textEnd));
  }

  #putMetadata(): void {
    const typeText = this.#metadata.get("TYPE");
    const type = typeText !== undefined && isFamilyType(typeText) ? typeText : undefined;
    // The names of lifted families are those of the text format.
    const suffix = this.#format === "lifted" ? "" : nameSuffix(type);
    const name = metricNameText(this.#family + suffix);
    for (const [kind, text] of this.#metadata) {
      if (kind !== "UNIT") this.#out.putText(`# ${kind} ${name} ${textIn(kind, text, type)}\n`);
    }
    this.#metadata = new Map();
  }

  #putSample(bytes: Uint8Array, start: number): void {
    const { valueEnd, timestampStart, timestampEnd } = this.#spans;
    const out = this.#out;
    out.put(bytes, start, valueEnd);
    if (timestampStart >= 0) {
      // As Prometheus reads them.
      const seconds = parseNumber(decodePlain(bytes, timestampStart, timestampEnd));
      const time = textTime(seconds * 1000);
      if (time !== undefined) {
        out.putByte(SPACE);
        out.putText(time);
      }
    }
    out.putByte(NEWLINE);
  }

  #putLine(bytes: Uint8Array, start: number, end: number): void {
    this.#out.put(bytes, start, end);
    this.#out.putByte(NEWLINE);
  }

  #close(): void {
    const { bytes, length } = this.#out;
    if (length > 0) this.chunks.push(bytes.slice(0, length));
    this.#out.reset();
  }
}

function textIn(kind: MetadataKind, text: string, type: FamilyType | undefined): string {
  if (kind === "TYPE") return type === undefined ? text : typeIn(type, false);
  const bytes = encoder.encode(text);
  return escapeTextHelp(decodeQuoted(bytes, 0, bytes.length));
}

const encoder = new TextEncoder();
