import { MAX_SIGNATURE_BYTES, MAX_SIGNATURES } from "../bounds.ts";
import { ByteTable } from "../exposition/byte_table.ts";
import type { LabelName } from "../exposition/wanted_label.ts";
import type { Decision, PolicySet, Progress } from "./policy_set.ts";

/** What is known of all samples with one name (and one family's metadata, where that is read). */
export interface NameEntry {
  readonly name: string;
  /** Set when the name alone decides. */
  readonly decision: Decision | undefined;
  /** Undefined when a policy could not be evaluated: then the name's samples pass, uncounted. */
  readonly progress: Progress | undefined;
  /** The labels whose values decide the rest. */
  readonly labels: readonly LabelName[];
}

/** What is known of all samples with one signature: the decision, or the policies left to run. */
export type SignatureEntry = Decision | Progress;

/** Bounds of each of the two tables; a key must not be longer than `bytes`. */
export interface CacheBounds {
  readonly entries: number;
  readonly bytes: number;
}

const DEFAULT_BOUNDS: CacheBounds = { entries: MAX_SIGNATURES, bytes: MAX_SIGNATURE_BYTES };

/**
 * Decisions of one policy set, by name and by signature. It lives as long as the set and is shared
 * by all scrapes; when one of its bounds is reached, everything is forgotten at once and `epoch`
 * rises, which makes the entries that a scrape still holds stale.
 */
export class SignatureCache {
  epoch = 0;
  readonly #set: PolicySet;
  readonly #maxEntries: number;
  readonly #names: ByteTable;
  #nameEntries: NameEntry[] = [];
  readonly #signatures: ByteTable;
  #signatureEntries: SignatureEntry[] = [];
  readonly #metadataIds = new Map<string, number>();

  constructor(set: PolicySet, bounds: CacheBounds = DEFAULT_BOUNDS) {
    this.#set = set;
    this.#maxEntries = bounds.entries;
    this.#names = new ByteTable(bounds.entries, bounds.bytes);
    this.#signatures = new ByteTable(bounds.entries, bounds.bytes);
  }

  /** The number of a name's entry, or -1. */
  findName(key: Uint8Array, start: number, end: number): number {
    return this.#names.find(key, start, end);
  }

  nameEntry(number: number): NameEntry {
    return this.#nameEntries[number];
  }

  /** Adds an entry and returns its number. `makeRoom` has to be called before. */
  addName(key: Uint8Array, start: number, end: number, entry: NameEntry): number {
    const number = this.#names.add(key, start, end);
    this.#nameEntries[number] = entry;
    return number;
  }

  /** A number that stands for a family's metadata in the keys of names. */
  metadataId(text: string): number {
    let id = this.#metadataIds.get(text);
    if (id === undefined) this.#metadataIds.set(text, id = this.#metadataIds.size);
    return id;
  }

  findSignature(key: Uint8Array, end: number): SignatureEntry | undefined {
    const number = this.#signatures.find(key, 0, end);
    return number < 0 ? undefined : this.#signatureEntries[number];
  }

  /** Adds an entry. `makeRoom` has to be called before. */
  addSignature(key: Uint8Array, end: number, entry: SignatureEntry): void {
    this.#signatureEntries[this.#signatures.add(key, 0, end)] = entry;
  }

  /**
   * Makes sure that a key of `length` bytes can be added, if need be by forgetting everything.
   * Returns true when that happened. To be called before an entry is worked out, so that no
   * decision is handed out that has been forgotten.
   */
  makeRoom(length: number): boolean {
    const fits = this.#names.hasRoom(length) && this.#signatures.hasRoom(length);
    const few = this.#set.outcomes < this.#maxEntries &&
      this.#metadataIds.size < this.#maxEntries;
    if (fits && few) return false;
    this.clear();
    return true;
  }

  /** Forgets everything; also called when what the decisions rest on has changed. */
  clear(): void {
    this.#set.forget();
    this.#names.clear();
    this.#nameEntries = [];
    this.#signatures.clear();
    this.#signatureEntries = [];
    this.#metadataIds.clear();
    this.epoch++;
  }
}
