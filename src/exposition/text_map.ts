import { ByteHash } from "./byte_hash.ts";

const NONE: ReadonlyMap<number, Entry<unknown>> = new Map();
const NO_ENTRIES: ReadonlySet<unknown> = new Set();
const NOTHING: readonly never[] = [];

interface Entry<V> {
  readonly text: string;
  value: V;
}

/**
 * A `Map` for texts that upstreams write. JavaScriptCore hashes strings with a function that is the
 * same everywhere, and whose collisions can be written down without a search: 20,000 of them take a
 * `Map` of Bun's 500 times as long as others do. Here the key of the hash is this process's own.
 */
export class TextMap<V> {
  /** By hash; of texts of one hash, by the next number that is free. */
  #byHash: Map<number, Entry<V>> = NONE as never;
  /** In the order in which they came. No `#`: so maps are equal, compared deeply, if these are. */
  private entries: Set<Entry<V>> = NO_ENTRIES as never;

  constructor(entries?: Iterable<readonly [string, V]>) {
    if (entries !== undefined) { for (const [text, value] of entries) this.set(text, value); }
  }

  get size(): number {
    return this.entries.size;
  }

  get(text: string): V | undefined {
    return this.#byHash.get(this.#placeOf(text))?.value;
  }

  has(text: string): boolean {
    return this.#byHash.has(this.#placeOf(text));
  }

  set(text: string, value: V): this {
    const place = this.#placeOf(text);
    const known = this.#byHash.get(place);
    if (known !== undefined) known.value = value;
    else {
      // Each scrape makes some, of which most stay empty.
      if (this.entries === NO_ENTRIES) {
        this.#byHash = new Map();
        this.entries = new Set();
      }
      const entry = { text, value };
      this.#byHash.set(place, entry);
      this.entries.add(entry);
    }
    return this;
  }

  delete(text: string): boolean {
    const place = this.#placeOf(text);
    const entry = this.#byHash.get(place);
    if (entry === undefined) return false;
    this.entries.delete(entry);
    this.#byHash.delete(place);
    // Those behind it may have their place there only because its was taken.
    for (let at = place + 1 | 0;; at = at + 1 | 0) {
      const moved = this.#byHash.get(at);
      if (moved === undefined) return true;
      this.#byHash.delete(at);
      this.#byHash.set(this.#placeOf(moved.text), moved);
    }
  }

  clear(): void {
    this.#byHash = NONE as never;
    this.entries = NO_ENTRIES as never;
  }

  keys(): IterableIterator<string> {
    return this.#each(({ text }) => text);
  }

  values(): IterableIterator<V> {
    return this.#each(({ value }) => value);
  }

  [Symbol.iterator](): IterableIterator<[string, V]> {
    return this.#each(({ text, value }): [string, V] => [text, value]);
  }

  /** Most of those that are gone through have nothing. */
  #each<T>(made: (entry: Entry<V>) => T): IterableIterator<T> {
    return this.entries.size === 0 ? NOTHING.values() : eachOf(this.entries, made);
  }

  /** Where the text is, or would be. */
  #placeOf(text: string): number {
    let place = hashOf(text);
    for (;;) {
      const entry = this.#byHash.get(place);
      if (entry === undefined || entry.text === text) return place;
      place = place + 1 | 0;
    }
  }
}

function* eachOf<E, T>(entries: Iterable<E>, made: (entry: E) => T): Generator<T> {
  for (const entry of entries) yield made(entry);
}

/** The same for a `Set`. */
export class TextSet {
  private readonly texts: TextMap<true>;

  constructor(texts?: Iterable<string>) {
    this.texts = new TextMap();
    if (texts !== undefined) { for (const text of texts) this.add(text); }
  }

  get size(): number {
    return this.texts.size;
  }

  has(text: string): boolean {
    return this.texts.has(text);
  }

  add(text: string): this {
    this.texts.set(text, true);
    return this;
  }

  clear(): void {
    this.texts.clear();
  }

  [Symbol.iterator](): IterableIterator<string> {
    return this.texts.keys();
  }
}

/** `Map.groupBy` for texts that upstreams write. */
export function groupByText<T>(items: Iterable<T>, textOf: (item: T) => string): TextMap<T[]> {
  const groups = new TextMap<T[]>();
  for (const item of items) {
    const text = textOf(item);
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [item]);
    else group.push(item);
  }
  return groups;
}

const hash = new ByteHash();
const encoder = new TextEncoder();
let bytes = new Uint8Array(1024);

/** What cannot be told apart as UTF-8, lone surrogates, is told apart as text. */
function hashOf(text: string): number {
  if (text.length * 3 > bytes.length) bytes = new Uint8Array(text.length * 6);
  const { written } = encoder.encodeInto(text, bytes);
  hash.take(bytes, 0, written);
  return hash.low;
}
