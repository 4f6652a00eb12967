import { MAX_SIGNATURE_BYTES, MAX_SIGNATURES } from "../bounds.ts";
import { canonicalBound, isBoundLabel } from "../exposition/bound_label.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { LineBuffer } from "../exposition/line_buffer.ts";
import type { SampleSpans } from "../exposition/sample_spans.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { isLabel, type LabelName, labelName } from "../exposition/wanted_label.ts";
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
  /** The labels whose values rules read. */
  readonly labelsRead: readonly LabelName[];
  readonly #cache = new ByteTable(MAX_SIGNATURES, MAX_SIGNATURE_BYTES);
  /** By signature: 1 for kept. */
  #verdicts: number[] = [];
  readonly #key = new LineBuffer();

  /** `rules.changesLabels` has to be false. */
  constructor(rules: RuleSet) {
    this.#rules = rules;
    this.labelsRead = [...rules.reads].filter((name) => name !== NAME).map(labelName);
    this.readsBounds = rules.reads.has("le") || rules.reads.has("quantile");
  }

  /**
   * True when the rules keep the sample that `spans` lie in. `type` is that of its family, and
   * matters only if `readsBounds`.
   */
  keeps(bytes: Uint8Array, spans: SampleSpans, type?: FamilyType): boolean {
    const key = this.#key;
    key.reset();
    key.putByte(Number(isBoundLabel("le", type)) * 2 + Number(isBoundLabel("quantile", type)));
    key.putField(bytes, spans.nameStart, spans.nameEnd);
    for (const wanted of this.labelsRead) {
      const at = labelAt(bytes, spans, wanted);
      if (at < 0) key.putField(bytes, 0, 0);
      else key.putField(bytes, spans.labels[at + 2], spans.labels[at + 3]);
    }
    const known = this.#cache.find(key.bytes, 0, key.length);
    if (known >= 0) return this.#verdicts[known] === 1;
    const kept = this.#rules.apply(this.#builder(bytes, spans, type)) < 0;
    if (!this.#cache.hasRoom(key.length)) {
      this.#cache.clear();
      this.#verdicts = [];
    }
    this.#verdicts[this.#cache.add(key.bytes, 0, key.length)] = kept ? 1 : 0;
    return kept;
  }

  /** The name and the labels that are read; the others cannot matter. */
  #builder(bytes: Uint8Array, spans: SampleSpans, type: FamilyType | undefined): LabelBuilder {
    const base: LabelEntry[] = [[NAME, decodeQuoted(bytes, spans.nameStart, spans.nameEnd)]];
    for (const wanted of this.labelsRead) {
      const at = labelAt(bytes, spans, wanted);
      if (at < 0) continue;
      const value = decodeQuoted(bytes, spans.labels[at + 2], spans.labels[at + 3]);
      const name = wanted.text;
      base.push([name, isBoundLabel(name, type) ? canonicalBound(value) : value]);
    }
    return new LabelBuilder(base);
  }
}

/** Where the offsets of a label begin in `spans.labels`, or -1. */
function labelAt(bytes: Uint8Array, spans: SampleSpans, wanted: LabelName): number {
  const { labels, labelCount } = spans;
  for (let at = 0; at < labelCount * 4; at += 4) {
    if (isLabel(wanted, bytes, labels[at], labels[at + 1])) return at;
  }
  return -1;
}
