import { MAX_SIGNATURE_BYTES, MAX_SIGNATURES } from "../bounds.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { LabelBuilder, type LabelEntry } from "./label_builder.ts";
import type { RuleSet } from "./rule_set.ts";

const NAME = "__name__";

/**
 * Decides samples by a rule set that only keeps and drops, so that their lines pass as they are. The
 * rules run once for each combination of name and values that they read. Lives as long as the rule
 * set; its memory is emptied whole when it is full.
 */
export class RuleFilter {
  /** Whether rules read `le` or `quantile`, whose values depend on the family's type. */
  readonly readsBounds: boolean;
  readonly #rules: RuleSet;
  readonly #reads: readonly string[];
  readonly #cache = new ByteTable(MAX_SIGNATURES, MAX_SIGNATURE_BYTES);
  /** By signature: 1 for kept. */
  #verdicts: number[] = [];
  #key = new Uint8Array(512);
  #length = 0;

  /** `rules.changesLabels` has to be false. */
  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.#reads = [...rules.reads].filter((name) => name !== NAME);
    this.readsBounds = rules.reads.has("le") || rules.reads.has("quantile");
  }

  /**
   * True when the rules keep the sample that `spans` lie in. `type` is that of its family, and
   * matters only if `readsBounds`.
   */
  keeps(bytes: Uint8Array, spans: SampleSpans, type?: FamilyType): boolean {
    this.#length = 0;
    this.#key[this.#length++] = Number(isBoundLabel("le", type)) * 2 +
      Number(isBoundLabel("quantile", type));
    this.#put(bytes, spans.nameStart, spans.nameEnd);
    for (const name of this.#reads) {
      const at = labelAt(bytes, spans, name);
      if (at < 0) this.#put(bytes, 0, 0);
      else this.#put(bytes, spans.labels[at + 2], spans.labels[at + 3]);
    }
    const known = this.#cache.find(this.#key, 0, this.#length);
    if (known >= 0) return this.#verdicts[known] === 1;
    const kept = this.#rules.apply(this.#builder(bytes, spans, type)) < 0;
    if (!this.#cache.hasRoom(this.#length)) {
      this.#cache.clear();
      this.#verdicts = [];
    }
    this.#verdicts[this.#cache.add(this.#key, 0, this.#length)] = kept ? 1 : 0;
    return kept;
  }

  /** The name and the labels that are read; the others cannot matter. */
  #builder(bytes: Uint8Array, spans: SampleSpans, type: FamilyType | undefined): LabelBuilder {
    const base: LabelEntry[] = [[NAME, decodeQuoted(bytes, spans.nameStart, spans.nameEnd)]];
    for (const name of this.#reads) {
      const at = labelAt(bytes, spans, name);
      if (at < 0) continue;
      const value = decodeQuoted(bytes, spans.labels[at + 2], spans.labels[at + 3]);
      base.push([name, isBoundLabel(name, type) ? canonicalBound(value) : value]);
    }
    return new LabelBuilder(base);
  }

  /** Length and bytes, so that no two sequences of values are alike. */
  #put(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#length + length + 4 > this.#key.length) {
      const grown = new Uint8Array((this.#length + length + 4) * 2);
      grown.set(this.#key);
      this.#key = grown;
    }
    const key = this.#key;
    let at = this.#length;
    key[at++] = length;
    key[at++] = length >>> 8;
    key[at++] = length >>> 16;
    key[at++] = length >>> 24;
    for (let i = start; i < end; i++) key[at++] = bytes[i];
    this.#length = at;
  }
}

/** Where the offsets of a label begin in `spans.labels`, or -1. */
function labelAt(bytes: Uint8Array, spans: SampleSpans, name: string): number {
  const { labels, labelCount } = spans;
  for (let at = 0; at < labelCount * 4; at += 4) {
    if (isText(bytes, labels[at], labels[at + 1], name)) return at;
  }
  return -1;
}

/** Compares without decoding as far as both are ASCII. */
function isText(bytes: Uint8Array, start: number, end: number, text: string): boolean {
  for (let i = start, k = 0; i < end; i++, k++) {
    if (bytes[i] > 127 || bytes[i] === 0x5c) return decodeQuoted(bytes, start, end) === text;
    if (bytes[i] !== text.charCodeAt(k)) return false;
  }
  return end - start === text.length;
}
