import { MAX_COMPOSED_FAMILY_BYTES, MAX_COMPOSED_FAMILY_LINES } from "../../bounds.ts";
import { BACKSLASH, equalBytes, NEWLINE } from "../bytes.ts";
import type { FamilyType } from "../family_type.ts";
import { LineSpans, scanLine } from "../lifted_line.ts";
import { decodeQuoted } from "../text.ts";
import type { ComposedMetric } from "./composed_metric.ts";
import type { ComposedFamily, FamilyEncoder } from "./family_encoder.ts";
import { isComposed, type Member, membersOf, OTHER } from "./family_part.ts";
import { HeldLines } from "./held_lines.ts";
import { LinePart } from "./line_part.ts";
import { MetricBuilder } from "./metric_builder.ts";

/** Composes the metrics of one family after the other. */
export class FamilyComposer {
  readonly #encoder: FamilyEncoder;
  readonly #held = new HeldLines();
  readonly #builder: MetricBuilder;
  readonly #part = new LinePart();
  #family: ComposedFamily | undefined;
  #members: readonly Member[] = [];
  #isHeld = false;
  /** The family that was begun last in the output. */
  #written: ComposedFamily | undefined;

  constructor(encoder: FamilyEncoder, hasOneCount: boolean) {
    this.#encoder = encoder;
    this.#builder = new MetricBuilder(this.#held, hasOneCount);
  }

  get leftOutBuckets(): number {
    return this.#builder.leftOutBuckets;
  }

  /** Another family begins; what is held of the last one is written. */
  begin(family: ComposedFamily): void {
    this.#compose(-1);
    this.#family = family;
    this.#members = membersOf(family.name, family.type);
    this.#isHeld = isComposed(family.type);
  }

  /**
   * Takes the sample `[start, end)`. False, and nothing is done, where the family does not have it.
   * `isAgain`: it says what the one before said, up to the value of its last label.
   */
  take(
    bytes: Uint8Array,
    start: number,
    end: number,
    spans: LineSpans,
    isAgain: boolean,
  ): boolean {
    const number = this.#memberOf(bytes, spans.nameStart, spans.nameEnd);
    if (number < 0) return false;
    if (this.#isHeld) this.#hold(bytes, start, end, spans, number, isAgain);
    else {
      // A native histogram that no TYPE speaks of.
      const type = spans.isComposite ? "histogram" : this.#type;
      this.#write(this.#family!, type, this.#builder.buildLine(bytes, spans));
    }
    return true;
  }

  #memberOf(bytes: Uint8Array, start: number, end: number): number {
    const number = this.#members.findIndex((member) => equalBytes(bytes, start, end, member.bytes));
    if (number >= 0 || !mayBeSpeltOtherwise(bytes, start, end)) return number;
    const name = decodeQuoted(bytes, start, end);
    return this.#members.findIndex((member) => name === member.name);
  }

  /** Writes what is held, and has no family any more. */
  flush(): void {
    this.#compose(-1);
    this.#family = undefined;
    this.#members = [];
    if (this.#written !== undefined) this.#encoder.finish();
    this.#written = undefined;
  }

  #hold(
    bytes: Uint8Array,
    start: number,
    end: number,
    spans: LineSpans,
    member: number,
    isAgain: boolean,
  ): void {
    // Which holds other lines again.
    if (!this.#held.hasRoom(end - start)) this.#makeRoom();
    this.#part.read(bytes, spans, this.#members[member].part, this.#type === "gaugehistogram");
    this.#held.add(bytes, start, end, spans, member, this.#part, isAgain);
  }

  get #type(): FamilyType | undefined {
    return this.#family?.type;
  }

  /** Writes all metrics but the one whose lines may be coming, if that is not nearly all. */
  #makeRoom(): void {
    const held = this.#held;
    const metric = held.lastMetric;
    const lines: { readonly text: Uint8Array; readonly member: number }[] = [];
    let length = 0;
    for (let line = held.first(metric); line >= 0; line = held.next(line)) {
      const text = held.bytes.slice(held.start(line), held.end(line));
      lines.push({ text, member: held.member(line) });
      length += text.length;
    }
    const isMost = length > MAX_COMPOSED_FAMILY_BYTES / 2 ||
      lines.length > MAX_COMPOSED_FAMILY_LINES / 2;
    this.#compose(isMost ? -1 : metric);
    if (isMost) return;
    const spans = new LineSpans();
    for (const { text, member } of lines) {
      scanLine(text, 0, text.length, spans, false);
      this.#hold(text, 0, text.length, spans, member, false);
    }
  }

  /** Writes the metrics that are held, but not the one of that number. */
  #compose(coming: number): void {
    const held = this.#held;
    if (held.count === 0) return;
    const builder = this.#builder;
    const summaries: number[] = [];
    const alone = this.#members.map((): AloneLines => ({ lines: [], created: [] }));
    for (let metric = 0; metric < held.metricCount; metric++) {
      if (metric === coming) continue;
      builder.sort(metric);
      const remnant = builder.remnant(this.#type);
      if (remnant === "composite") this.#write(this.#family!, this.#type, builder.build());
      else if (remnant === "summary") summaries.push(metric);
      this.#leave(metric, remnant === "samples", alone);
    }
    for (const metric of summaries) {
      builder.sort(metric);
      this.#write(this.#family!, "summary", builder.build());
    }
    this.#members.forEach((member, number) => this.#writeAlone(member, alone[number]));
    held.clear();
  }

  /** Notes the lines of a metric that are samples for themselves: all of them, or those of no part. */
  #leave(metric: number, all: boolean, alone: readonly AloneLines[]): void {
    const held = this.#held;
    const created = all ? this.#builder.created : -1;
    let isSaid = false;
    for (let line = held.first(metric); line >= 0; line = held.next(line)) {
      if (line === created || (!all && held.part(line) !== OTHER)) continue;
      const number = held.member(line);
      const rises = this.#members[number].aloneType === "counter";
      alone[number].lines.push(line);
      alone[number].created.push(rises ? created : -1);
      isSaid ||= rises;
    }
    // Nothing else says it.
    if (created >= 0 && !isSaid) {
      const { lines, created: none } = alone[held.member(created)];
      lines.push(created);
      none.push(-1);
    }
  }

  #writeAlone({ name, aloneType }: Member, { lines, created }: AloneLines): void {
    const family = this.#family!;
    const ofName = name === family.name ? family : undefined;
    const { help, unit } = ofName ?? NOTHING_SAID;
    lines.forEach((line, index) => {
      const metric = this.#builder.buildHeld(line, created[index]);
      const type = metric.native.start < 0
        ? aloneType
        : this.#type === "gaugehistogram"
        ? this.#type
        : "histogram";
      this.#write({ name, help, unit, type }, type, metric);
    });
  }

  /** Writes a metric of a family that may be of another type than it was. */
  #write(family: ComposedFamily, type: FamilyType | undefined, metric: ComposedMetric): void {
    if (this.#encoder.isFull) return;
    if (this.#written?.name !== family.name || this.#written.type !== type) {
      if (this.#written !== undefined) this.#encoder.finish();
      this.#written = { name: family.name, type, help: family.help, unit: family.unit };
      this.#encoder.begin(this.#written);
    }
    this.#encoder.metric(metric);
  }
}

/** Whether a name that stands in quotes may have escapes other than those that it needs. */
function mayBeSpeltOtherwise(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH || bytes[at] === NEWLINE) return true;
  }
  return false;
}

/** Lines of one name that are samples for themselves, and for each the line that says when it began. */
interface AloneLines {
  readonly lines: number[];
  readonly created: number[];
}

const NOTHING_SAID = { help: undefined, unit: undefined };
