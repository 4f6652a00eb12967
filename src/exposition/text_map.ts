import { ByteHash } from "./byte_hash.ts";

interface Entry<V> {
  readonly text: string;
  value: V;
  /** Another text of the same hash. */
  next: Entry<V> | undefined;
}

/**
 * A `Map` for texts that upstreams write. JavaScriptCore hashes strings with a function that is the
 * same everywhere, and whose collisions can be written down without a search: 20,000 of them take a
 * `Map` of Bun's 500 times as long as others do. Here the key of the hash is this process's own.
 */
export class TextMap<V> {
  // No `#` fields: two maps that are compared deeply are the same if their entries are.
  private readonly byHash = new Map<number, Entry<V>>();
  /** In the order in which they came. */
  private readonly entries = new Set<Entry<V>>();

  constructor(entries: Iterable<readonly [string, V]> = []) {
    for (const [text, value] of entries) this.set(text, value);
  }

  get size(): number {
    return this.entries.size;
  }

  get(text: string): V | undefined {
    return this.#find(text, hashOf(text))?.value;
  }

  has(text: string): boolean {
    return this.#find(text, hashOf(text)) !== undefined;
  }

  set(text: string, value: V): this {
    const hash = hashOf(text);
    const known = this.#find(text, hash);
    if (known !== undefined) known.value = value;
    else {
      const entry: Entry<V> = { text, value, next: this.byHash.get(hash) };
      this.byHash.set(hash, entry);
      this.entries.add(entry);
    }
    return this;
  }

  delete(text: string): boolean {
    const hash = hashOf(text);
    const entry = this.#find(text, hash);
    if (entry === undefined) return false;
    this.entries.delete(entry);
    let first = this.byHash.get(hash)!;
    if (first === entry) {
      if (entry.next === undefined) this.byHash.delete(hash);
      else this.byHash.set(hash, entry.next);
      return true;
    }
    while (first.next !== entry) first = first.next!;
    first.next = entry.next;
    return true;
  }

  clear(): void {
    this.byHash.clear();
    this.entries.clear();
  }

  *keys(): Generator<string> {
    for (const { text } of this.entries) yield text;
  }

  *values(): Generator<V> {
    for (const { value } of this.entries) yield value;
  }

  *[Symbol.iterator](): Generator<[string, V]> {
    for (const { text, value } of this.entries) yield [text, value];
  }

  #find(text: string, hash: number): Entry<V> | undefined {
    let entry = this.byHash.get(hash);
    while (entry !== undefined && entry.text !== text) entry = entry.next;
    return entry;
  }
}

/** The same for a `Set`. */
export class TextSet {
  private readonly texts: TextMap<true>;

  constructor(texts: Iterable<string> = []) {
    this.texts = new TextMap();
    for (const text of texts) this.add(text);
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

  [Symbol.iterator](): Generator<string> {
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
