import { equalBytes } from "../exposition/bytes.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { escapeQuoted } from "../exposition/quoted_text.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { NO, UNSURE, YES } from "../regex/answer.ts";
import type { ByteRegex } from "../regex/byte_regex.ts";
import type { MadeTexts } from "./made_texts.ts";
import type { ObservedRule } from "./observed_rules.ts";
import type { MatchGroups, Template } from "./template.ts";

const encoder = new TextEncoder();

/** Where a rule's source stands: an offset in `spans.labels`, or one of these. */
export const ABSENT = -1;
export const METRIC_NAME = -2;

/** Observes what one rule's regex says of a line. */
export class Observer {
  readonly #rule: ObservedRule["rule"];
  readonly #made: number;
  readonly #regex: ByteRegex;
  readonly #sources: readonly Uint8Array[];
  readonly #separator: Uint8Array;
  readonly #target: Expansion;
  readonly #replacement: Expansion;
  /** The joined sources, where they are several. */
  readonly #joined = new LineBuffer();
  readonly #text = new LineBuffer();

  constructor({ rule, made }: ObservedRule) {
    const { config, regex, target, replacement } = rule;
    this.#rule = rule;
    this.#made = made;
    this.#regex = regex.bytes!;
    this.#sources = config.sourceLabels.map((name) => encoder.encode(name));
    this.#separator = encoder.encode(config.separator);
    this.#target = new Expansion(target, regex.groupOf);
    this.#replacement = new Expansion(replacement, regex.groupOf);
  }

  /** Where the sources stand in lines of one shape. */
  placesIn(bytes: Uint8Array, { labels, labelCount }: SampleSpans): number[] {
    return this.#sources.map((name, index) => {
      if (this.#rule.config.sourceLabels[index] === "__name__") return METRIC_NAME;
      for (let at = 0; at < labelCount * 4; at += 4) {
        if (equalBytes(bytes, labels[at], labels[at + 1], name)) return at;
      }
      return ABSENT;
    });
  }

  /** Puts what the regex says of the sources into `key`, and the value that the rule makes, if any. */
  put(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    spans: SampleSpans,
    places: readonly number[],
  ): void {
    if (places.length > 1) {
      this.#join(bytes, spans, places);
      return this.#put(key, made, this.#joined.bytes, 0, this.#joined.length, () => {
        return places.map((place) => textAt(bytes, spans, place));
      });
    }
    const start = startOf(spans, places[0]);
    const end = endOf(spans, places[0]);
    this.#put(key, made, bytes, start, end, () => [textAt(bytes, spans, places[0])]);
  }

  #put(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    start: number,
    end: number,
    texts: () => readonly string[],
  ): void {
    const { regex, config } = this.#rule;
    const copies = config.action === "replace" &&
      !(this.#target.isConstant && this.#replacement.isConstant);
    let answer = copies
      ? this.#regex.match(bytes, start, end)
      : this.#regex.test(bytes, start, end);
    let groups: MatchGroups | undefined;
    if (answer === UNSURE) {
      const text = texts().join(config.separator);
      if (copies) groups = regex.match(text);
      answer = (copies ? groups !== undefined : regex.test(text)) ? YES : NO;
    }
    if (answer === NO || !copies) return key.putByte(answer);
    const expand = (expansion: Expansion, to: LineBuffer) =>
      groups === undefined
        ? expansion.put(to, bytes, this.#regex.groups)
        : expansion.putText(to, groups);
    if (this.#made >= 0) {
      expand(this.#replacement, made.begin(this.#made));
      return key.putByte(made.end(this.#made) ? 2 : 3);
    }
    key.putByte(YES);
    for (const expansion of [this.#target, this.#replacement]) {
      if (expansion.isConstant) continue;
      this.#text.reset();
      expand(expansion, this.#text);
      key.putField(this.#text.bytes, 0, this.#text.length);
    }
  }

  #join(bytes: Uint8Array, spans: SampleSpans, places: readonly number[]): void {
    const joined = this.#joined;
    joined.reset();
    for (let index = 0; index < places.length; index++) {
      if (index > 0) joined.put(this.#separator, 0, this.#separator.length);
      joined.put(bytes, startOf(spans, places[index]), endOf(spans, places[index]));
    }
  }
}

/** A template, written as it stands between quotes. */
class Expansion {
  readonly isConstant: boolean;
  readonly #template: Template;
  readonly #parts: readonly (Uint8Array | number)[];

  constructor(template: Template, groupOf: (name: string) => number | undefined) {
    this.#template = template;
    this.isConstant = template.isConstant;
    this.#parts = template.partsOf(groupOf)
      .map((part) => typeof part === "string" ? encoder.encode(escapeQuoted(part)) : part);
  }

  put(to: LineBuffer, bytes: Uint8Array, groups: Int32Array): void {
    for (const part of this.#parts) {
      if (typeof part !== "number") to.put(part, 0, part.length);
      else if (part >= 0 && part * 2 < groups.length && groups[part * 2] >= 0) {
        to.put(bytes, groups[part * 2], groups[part * 2 + 1]);
      }
    }
  }

  putText(to: LineBuffer, groups: MatchGroups): void {
    to.putText(escapeQuoted(this.#template.expand(groups)));
  }
}

function startOf(spans: SampleSpans, place: number): number {
  return place >= 0 ? spans.labels[place + 2] : place === METRIC_NAME ? spans.nameStart : 0;
}

function endOf(spans: SampleSpans, place: number): number {
  return place >= 0 ? spans.labels[place + 3] : place === METRIC_NAME ? spans.nameEnd : 0;
}

function textAt(bytes: Uint8Array, spans: SampleSpans, place: number): string {
  return decodeQuoted(bytes, startOf(spans, place), endOf(spans, place));
}
