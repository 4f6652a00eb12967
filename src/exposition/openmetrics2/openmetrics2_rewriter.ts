import { NEWLINE } from "../bytes.ts";
import { Composer } from "../compose/composer.ts";
import { type FamilyType, isFamilyType } from "../family_type.ts";
import type { LiftedOutput } from "../lifted.ts";
import { eachLine } from "../line_blocks.ts";
import { LineBuffer } from "../line_buffer.ts";
import { readMetadataLine } from "../metadata_line.ts";
import { readableName } from "../scan_sample.ts";
import { decodePlain } from "../text.ts";
import { OpenMetrics2Encoder, TERMINATOR } from "./openmetrics2_encoder.ts";
import { COMMENT, EARLY_TERMINATOR, METADATA, type SourceLines } from "./source_lines.ts";

/**
 * Writes a body again without some of its samples. Lines are copied of which nothing is dropped, and a
 * family's metadata with the first of them; a family of which all is dropped goes with its metadata. What
 * is left of a line in part is composed anew, and comes at the end of the family.
 */
export class OpenMetrics2Rewriter {
  #output: LiftedOutput | undefined;
  readonly #encoder = new OpenMetrics2Encoder({
    write: (piece, samples) => this.#output!.write(piece, samples),
  });
  readonly #composer = new Composer(this.#encoder);
  /** The metadata lines of the family at hand, and the comments between them. */
  readonly #metadata = new LineBuffer();
  #family = "";
  #type: FamilyType = "unknown";
  /** They are written, or there are none. */
  #isSaid = true;
  #isComposing = false;
  /** Some sample of the family is dropped. */
  #isLess = false;

  /** See LiftedReader. */
  rewrite(source: SourceLines, kept: Uint8Array, output: LiftedOutput): void {
    this.#output = output;
    for (let line = 0; line < source.count && !this.#encoder.isFull; line++) {
      const kind = source.kind(line);
      if (kind === METADATA) this.#takeMetadata(source, line);
      else if (kind === COMMENT) {
        this.#takeComment(source.bytes, source.start(line), source.end(line));
      } else if (kind === EARLY_TERMINATOR) this.#takeComment(TERMINATOR, 0, TERMINATOR.length);
      else this.#takeSample(source, line, kept);
    }
    this.#encoder.flush();
  }

  /** The body has ended. */
  end(output: LiftedOutput): void {
    this.#output = output;
    this.#closeFamily();
    this.#encoder.flush();
  }

  #takeMetadata(source: SourceLines, line: number): void {
    const { bytes } = source;
    const start = source.start(line);
    const end = source.end(line);
    const textEnd = bytes[end - 1] === NEWLINE ? end - 1 : end;
    const { family, kind, textStart } = readMetadataLine(bytes, start, textEnd)!;
    if (family !== this.#family) this.#closeFamily();
    if (this.#isSaid && !this.#isComposing) this.#metadata.reset();
    this.#family = family;
    this.#isSaid = false;
    this.#metadata.put(bytes, start, end);
    if (kind !== "TYPE") return;
    const type = decodePlain(bytes, textStart, textEnd);
    this.#type = isFamilyType(type) ? type : "unknown";
  }

  #takeComment(bytes: Uint8Array, start: number, end: number): void {
    // One between metadata lines stays there.
    if (this.#isSaid) this.#encoder.copy(bytes, start, end, 0);
    else this.#metadata.put(bytes, start, end);
  }

  #takeSample(source: SourceLines, line: number, kept: Uint8Array): void {
    const first = source.liftedStart(line);
    const end = source.liftedEnd(line);
    let count = 0;
    for (let at = first; at < end; at++) if (kept[at] !== 0) count++;
    if (!this.#isSaid || this.#isComposing) this.#leaveOther(source, line);
    if (count === 0) this.#isLess = true;
    else if (count < end - first) this.#compose(source, first, end, kept);
    else {
      this.#say();
      this.#encoder.copy(source.bytes, source.start(line), source.end(line), count);
    }
  }

  /** Closes the family where the sample is none of it. */
  #leaveOther(source: SourceLines, line: number): void {
    const name = readableName(source.bytes, source.start(line), source.end(line));
    if (name !== this.#family) this.#closeFamily();
  }

  /** What is said of the family comes before a line that is copied. */
  #say(): void {
    if (!this.#isSaid) {
      this.#encoder.copy(this.#metadata.bytes, 0, this.#metadata.length, 0);
      this.#encoder.saidIs(this.#family, this.#type);
      this.#isSaid = true;
    } else if (this.#isComposing) {
      // Where there are very many, metrics of another type may stand in between.
      const family = { name: this.#family, type: this.#type, help: undefined, unit: undefined };
      this.#encoder.say(family, this.#type);
    }
  }

  #compose({ lifted }: SourceLines, first: number, end: number, kept: Uint8Array): void {
    const composer = this.#composer;
    if (!this.#isComposing) composer.push(this.#metadata.bytes.subarray(0, this.#metadata.length));
    this.#isComposing = true;
    for (let line = first; line < end; line++) {
      if (kept[line] === 0) continue;
      composer.push(lifted.bytes.subarray(lifted.starts[line], lifted.starts[line + 1]));
    }
  }

  #closeFamily(): void {
    if (this.#isComposing) this.#composer.flush();
    // A family that never had a sample stays.
    else if (!this.#isLess) this.#say();
    if (!this.#isSaid) this.#copyComments();
    this.#metadata.reset();
    this.#encoder.saidIs("", "unknown");
    this.#family = "";
    this.#type = "unknown";
    this.#isSaid = true;
    this.#isComposing = this.#isLess = false;
  }

  /** What is no metadata stays where the family goes. */
  #copyComments(): void {
    const { bytes, length } = this.#metadata;
    eachLine(bytes, 0, length, (start, end) => {
      if (readMetadataLine(bytes, start, end) !== undefined) return;
      this.#encoder.copy(bytes, start, Math.min(end + 1, length), 0);
    });
  }
}
