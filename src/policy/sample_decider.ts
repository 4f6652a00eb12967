import { skipName } from "../exposition/bytes.ts";
import type { Families, Family } from "../exposition/families.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { endsInValue } from "../exposition/sample_tail.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { isLabel, type LabelName, labelName } from "../exposition/wanted_label.ts";
import type { Decision, PolicySet, Progress } from "./policy_set.ts";
import type { ResourceAttributes } from "./resource_attributes.ts";
import { SampleReader } from "./sample_reader.ts";
import type { NameEntry, SignatureCache, SignatureEntry } from "./signature_cache.ts";

export type Verdict = "keep" | "drop" | "unparseable" | "failed";

const TARGET_INFO = "target_info";

/**
 * Decides the samples of one scrape, line by line. A line whose name, and whose labels as far as
 * policies read them, were met before costs two look-ups and no allocation.
 */
export class SampleDecider {
  readonly #set: PolicySet;
  readonly #cache: SignatureCache;
  readonly #families: Families;
  readonly #resource: ResourceAttributes;
  readonly #counts: boolean;
  /** Where the parts of the last line lie; only if `scanned`. */
  readonly spans = new SampleSpans();
  scanned = false;
  /**
   * The last decision if every line with this name, and these values of `labelsRead`, gets it as long
   * as `epoch` stays; undefined where it does not rest on those alone, or there is none.
   */
  settled: Decision | undefined;
  readonly #reader: SampleReader;
  readonly #familyOf = new Map<NameEntry, { generation: number; family: Family | undefined }>();
  /** The last line's name as it stood there, and what is known of it. */
  #name = new Uint8Array(256);
  #nameLength = -1;
  #entry: NameEntry | undefined;
  #entryNumber = -1;
  #generation = -1;
  #epoch = -1;
  #resourceVersion = -1;
  #key = new Uint8Array(512);

  constructor(
    set: PolicySet,
    cache: SignatureCache,
    families: Families,
    resource: ResourceAttributes,
    openMetrics: boolean,
    counts = true,
  ) {
    this.#set = set;
    this.#counts = counts;
    this.#cache = cache;
    this.#families = families;
    this.#resource = resource;
    this.#reader = new SampleReader(this.spans, resource, openMetrics);
  }

  /** Decides the line `[start, end)` (newline excluded). */
  decide(bytes: Uint8Array, start: number, end: number): Verdict {
    this.settled = undefined;
    if (!this.#findName(bytes, start, end)) return "unparseable";
    let decision = this.settled = this.#entry!.decision;
    // What is dropped or counted must be a sample for certain; for the rest a look at its end does.
    const matters = decision === undefined || decision.hits.length > 0;
    this.scanned = matters || !endsInValue(bytes, start + this.#nameLength, end);
    if (this.scanned && !scanSample(bytes, start, end, this.spans)) {
      this.settled = undefined;
      return "unparseable";
    }
    if (decision === undefined) {
      try {
        decision = this.#decideLine(bytes);
      } catch {
        return "failed";
      }
    }
    if (this.#set.readsResource && this.#entry!.name === TARGET_INFO) {
      this.#learn(bytes, start, end);
      this.settled = undefined;
    }
    if (this.#counts) decision.samples++;
    return decision.keep ? "keep" : "drop";
  }

  /** The labels whose values the last decision rests on. */
  get labelsRead(): readonly LabelName[] {
    return this.#entry?.labels ?? [];
  }

  /** Rises when decisions are forgotten, or what they rest on has changed. */
  get epoch(): number {
    this.#refresh();
    return this.#epoch;
  }

  /**
   * The family of a line's sample, undefined when no metadata spoke of it. For a line that is not
   * a sample: that of the name that it begins with.
   */
  familyOf(bytes: Uint8Array, start: number, end: number): Family | undefined {
    if (!this.#findName(bytes, start, end)) return undefined;
    const entry = this.#entry!;
    let known = this.#familyOf.get(entry);
    if (known === undefined || known.generation !== this.#families.generation) {
      known = {
        generation: this.#families.generation,
        family: this.#families.ofSample(entry.name),
      };
      this.#familyOf.set(entry, known);
    }
    return known.family;
  }

  /** Makes `#entry` that of the line's name. False when the line has no name. */
  #findName(bytes: Uint8Array, start: number, end: number): boolean {
    this.#refresh();
    const nameEnd = skipName(bytes, start, end);
    const length = nameEnd - start;
    if (length > 0 && length === this.#nameLength && this.#isLastName(bytes, start, length)) {
      return true;
    }
    this.#nameLength = -1;
    if (length > 0) return this.#enterName(bytes, start, nameEnd);
    // A name in quotes, or blanks before the name.
    if (!scanSample(bytes, start, end, this.spans)) return false;
    const { nameStart, nameEnd: quotedEnd } = this.spans;
    return this.#enterName(bytes, nameStart, quotedEnd);
  }

  #isLastName(bytes: Uint8Array, start: number, length: number): boolean {
    for (let i = 0; i < length; i++) {
      if (bytes[start + i] !== this.#name[i]) return false;
    }
    return true;
  }

  /** Forgets what is known of the last name when what it rests on has changed. */
  #refresh(): void {
    if (this.#resourceVersion !== this.#resource.version) {
      if (this.#resourceVersion >= 0 && this.#set.readsResource) this.#cache.clear();
      this.#resourceVersion = this.#resource.version;
    }
    if (this.#epoch !== this.#cache.epoch) {
      this.#epoch = this.#cache.epoch;
      this.#nameLength = -1;
      this.#familyOf.clear();
    }
    if (this.#set.readsMetadata && this.#generation !== this.#families.generation) {
      this.#nameLength = -1;
    }
    this.#generation = this.#families.generation;
  }

  #enterName(bytes: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    const keyLength = this.#nameKey(bytes, start, end);
    let number = this.#cache.findName(this.#key, 0, keyLength);
    if (number < 0) {
      if (this.#cache.makeRoom(keyLength)) {
        this.#refresh();
        this.#nameKey(bytes, start, end);
      }
      number = this.#cache.addName(this.#key, 0, keyLength, this.#workOut(bytes, start, end));
    }
    this.#entryNumber = number;
    this.#entry = this.#cache.nameEntry(number);
    if (length > this.#name.length) this.#name = new Uint8Array(length * 2);
    this.#name.set(bytes.subarray(start, end));
    this.#nameLength = length;
    return true;
  }

  /** The name, and behind it which metadata goes with it where policies read that. */
  #nameKey(bytes: Uint8Array, start: number, end: number): number {
    this.#reserve(end - start + 4);
    this.#key.set(bytes.subarray(start, end));
    if (!this.#set.readsMetadata) return end - start;
    const family = this.#families.ofSample(decodeQuoted(bytes, start, end));
    const text = JSON.stringify([family?.type, family?.help, family?.unit]);
    this.#putInt(end - start, this.#cache.metadataId(text));
    return end - start + 4;
  }

  #workOut(bytes: Uint8Array, start: number, end: number): NameEntry {
    const name = decodeQuoted(bytes, start, end);
    this.#reader.name = name;
    this.#reader.family = this.#families.ofSample(name);
    let progress: Progress;
    try {
      progress = this.#set.decideFamily(this.#reader);
    } catch {
      return { name, decision: undefined, progress: undefined, labels: [] };
    }
    const labels = this.#set.labelsRead(progress).map(labelName);
    const settled = progress.open.length === 0 && labels.length === 0;
    const decision = settled ? this.#set.decideNumbers(progress, this.#reader) : undefined;
    return { name, decision, progress, labels };
  }

  /**
   * The decision of a scanned line whose name does not decide alone. Throws when a policy could not
   * be evaluated.
   */
  #decideLine(bytes: Uint8Array): Decision {
    if (this.#entry!.progress === undefined) throw new Error("the name could not be evaluated");
    this.#reader.bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#reader.name = this.#entry!.name;
    let length = this.#signatureKey(bytes);
    let known = this.#cache.findSignature(this.#key, length);
    if (known === undefined) {
      this.#reader.family = this.#families.ofSample(this.#entry!.name);
      if (this.#cache.makeRoom(length)) {
        const { nameStart, nameEnd } = this.spans;
        this.#refresh();
        this.#enterName(bytes, nameStart, nameEnd);
        length = this.#signatureKey(bytes);
      }
      known = this.#workOutSignature(this.#entry!.progress!);
      this.#cache.addSignature(this.#key, length, known);
    }
    if (!("keep" in known)) return this.#set.decideNumbers(known, this.#reader);
    this.settled = known;
    return known;
  }

  #workOutSignature(family: Progress): SignatureEntry {
    const progress = this.#set.decideLabels(family, this.#reader);
    return progress.open.length === 0 ? this.#set.decideNumbers(progress, this.#reader) : progress;
  }

  /**
   * The name's number, then the value of each label that is read, as it stands in the line: number
   * of the label, length, bytes. An empty label is left out, as an absent one.
   */
  #signatureKey(bytes: Uint8Array): number {
    this.#reserve(4);
    this.#putInt(0, this.#entryNumber);
    let length = 4;
    const wanted = this.#entry!.labels;
    const { labels, labelCount } = this.spans;
    for (let index = 0; index < wanted.length; index++) {
      for (let at = 0; at < labelCount * 4; at += 4) {
        if (!isLabel(wanted[index], bytes, labels[at], labels[at + 1])) continue;
        const valueLength = labels[at + 3] - labels[at + 2];
        if (valueLength === 0) break;
        this.#reserve(length + 8 + valueLength);
        this.#putInt(length, index);
        this.#putInt(length + 4, valueLength);
        // Values are short: a loop is faster than a view and its copy.
        for (let i = 0; i < valueLength; i++) this.#key[length + 8 + i] = bytes[labels[at + 2] + i];
        length += 8 + valueLength;
        break;
      }
    }
    return length;
  }

  /** Takes the resource's attributes from a `target_info` line. */
  #learn(bytes: Uint8Array, start: number, end: number): void {
    if (!scanSample(bytes, start, end, this.spans)) return;
    this.#reader.bytes = bytes as Uint8Array<ArrayBuffer>;
    this.#resource.setTargetInfo(this.#reader.labels());
  }

  #reserve(length: number): void {
    if (length <= this.#key.length) return;
    const grown = new Uint8Array(length * 2);
    grown.set(this.#key);
    this.#key = grown;
  }

  #putInt(at: number, value: number): void {
    this.#key[at] = value;
    this.#key[at + 1] = value >>> 8;
    this.#key[at + 2] = value >>> 16;
    this.#key[at + 3] = value >>> 24;
  }
}
