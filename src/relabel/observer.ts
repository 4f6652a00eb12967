import { equalBytes } from "../exposition/bytes.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import { escapeQuoted } from "../exposition/quoted_text.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { NO, UNSURE, YES } from "../regex/lazy_dfa.ts";
import type { ByteRegex } from "../regex/byte_regex.ts";
import type { MadeTexts } from "./made_texts.ts";
import type { ObservedRule } from "./observed_rules.ts";
import type { MatchGroups, Template } from "./template.ts";

const encoder = new TextEncoder();

/** Where a rule's source stands: an offset in `spans.labels`, or one of these. */
const ABSENT = -1;
const METRIC_NAME = -2;

/** What stands in signatures for a value that a rule has made, beside NO and YES. */
const EMPTY = 2;
const NOT_EMPTY = 3;

/** Observes what one rule finds in a line: what its regex says, or what it makes of values. */
export class Observer {
  readonly #rule: ObservedRule["rule"];
  readonly #made: number;
  /** Undefined for a rule that maps any text to another. */
  readonly #regex: ByteRegex | undefined;
  readonly #sources: readonly Uint8Array[];
  readonly #separator: Uint8Array;
  readonly #target: Expansion;
  readonly #replacement: Expansion;
  /** Whether parts of the match matter, and not only whether there is one. */
  readonly #copies: boolean;
  /** The joined sources, where they are several. */
  readonly #joined = new LineBuffer();
  readonly #text = new LineBuffer();

  constructor({ rule, made }: ObservedRule) {
    const { config, traits, regex, target, replacement } = rule;
    this.#rule = rule;
    this.#made = made;
    this.#regex = traits.test === "values" ? regex.bytes : undefined;
    this.#sources = config.sourceLabels.map((name) => encoder.encode(name));
    this.#separator = encoder.encode(config.separator);
    this.#target = new Expansion(target, regex.groupOf);
    this.#replacement = new Expansion(replacement, regex.groupOf);
    this.#copies = traits.effect === "set" &&
      !(target.isConstant && replacement.isConstant);
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

  /** Puts what is found in the sources into `key`, and the value that the rule makes, if any. */
  put(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    spans: SampleSpans,
    places: readonly number[],
  ): void {
    if (this.#regex === undefined) return this.#putMapped(key, made, bytes, spans, places);
    let from = bytes;
    let start = startOf(spans, places[0]);
    let end = endOf(spans, places[0]);
    if (places.length > 1) {
      this.#join(bytes, spans, places);
      from = this.#joined.bytes;
      start = 0;
      end = this.#joined.length;
    }
    const answer = this.#copies
      ? this.#regex.match(from, start, end)
      : this.#regex.test(from, start, end);
    if (answer === UNSURE) this.#putDecoded(key, made, bytes, spans, places);
    else if (answer === NO || !this.#copies) key.putByte(answer);
    else this.#putMatch(key, made, from, undefined);
  }

  #putDecoded(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    spans: SampleSpans,
    places: readonly number[],
  ): void {
    const { regex } = this.#rule;
    const text = this.#textOf(bytes, spans, places);
    const groups = this.#copies ? regex.match(text) : undefined;
    if (groups !== undefined) this.#putMatch(key, made, bytes, groups);
    else key.putByte(!this.#copies && regex.test(text) ? YES : NO);
  }

  /** `groups` where the match was found in decoded text; else those of the bytes' match count. */
  #putMatch(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    groups: MatchGroups | undefined,
  ): void {
    if (this.#made >= 0) {
      this.#expand(this.#replacement, made.begin(this.#made), bytes, groups);
      // An empty value is none.
      key.putByte(made.end(this.#made) ? EMPTY : NOT_EMPTY);
      return;
    }
    key.putByte(YES);
    if (!this.#target.isConstant) this.#putExpanded(key, this.#target, bytes, groups);
    if (!this.#replacement.isConstant) this.#putExpanded(key, this.#replacement, bytes, groups);
  }

  #putExpanded(
    key: LineBuffer,
    expansion: Expansion,
    bytes: Uint8Array,
    groups: MatchGroups | undefined,
  ): void {
    this.#text.reset();
    this.#expand(expansion, this.#text, bytes, groups);
    key.putField(this.#text.bytes, 0, this.#text.length);
  }

  #expand(
    expansion: Expansion,
    to: LineBuffer,
    bytes: Uint8Array,
    groups: MatchGroups | undefined,
  ): void {
    if (groups === undefined) expansion.put(to, bytes, this.#regex!.groups);
    else expansion.putText(to, groups);
  }

  #putMapped(
    key: LineBuffer,
    made: MadeTexts,
    bytes: Uint8Array,
    spans: SampleSpans,
    places: readonly number[],
  ): void {
    const text = escapeQuoted(this.#rule.mapText!(this.#textOf(bytes, spans, places)));
    if (this.#made >= 0) {
      made.begin(this.#made).putText(text);
      key.putByte(made.end(this.#made) ? EMPTY : NOT_EMPTY);
      return;
    }
    this.#text.reset();
    this.#text.putText(text);
    key.putField(this.#text.bytes, 0, this.#text.length);
  }

  #textOf(bytes: Uint8Array, spans: SampleSpans, places: readonly number[]): string {
    if (places.length === 1) return textAt(bytes, spans, places[0]);
    return places.map((place) => textAt(bytes, spans, place)).join(this.#rule.config.separator);
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
