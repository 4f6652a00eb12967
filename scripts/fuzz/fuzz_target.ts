/** A generator with a fixed course per seed: `next(n)` is an integer from 0 to n. */
export type Next = (largest: number) => number;

/** What one run is fed, by file name: kept cases are folders with these files. */
export type FuzzInput = Readonly<Record<string, Uint8Array<ArrayBuffer>>>;

/** What may be taken out of a file to make a finding smaller; `items` are those of a JSON list. */
export type Grain = "bytes" | "lines" | "items";

export interface FuzzTarget {
  readonly name: string;
  /** One line for `--list`. */
  readonly what: string;
  /** By file name; a file that is not named stays as it is. */
  readonly reduced: Readonly<Record<string, Grain>>;
  /** Makes an input out of nothing but `next`. */
  generate(next: Next): FuzzInput;
  /** Throws a Broken when a rule does not hold; any other error is a crash of what is tested. */
  check(input: FuzzInput): Promise<void>;
}

/** A rule of a target that did not hold. */
export class Broken extends Error {
  override readonly name = "Broken";
  /** Stays the same while the input is made smaller. */
  readonly rule: string;

  constructor(rule: string, detail: string) {
    super(detail);
    this.rule = rule;
  }
}

/** Throws a Broken unless `holds`; `detail` is only asked for then. */
export function hold(holds: boolean, rule: string, detail: () => string): asserts holds {
  if (!holds) throw new Broken(rule, detail());
}

export const pick = <Item>(next: Next, items: readonly Item[]): Item =>
  items[next(items.length - 1)];

/** True once in `odds` times. */
export const seldom = (next: Next, odds: number): boolean => next(odds - 1) === 0;

export function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const encoder = new TextEncoder();

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export const jsonBytes = (value: unknown): Uint8Array<ArrayBuffer> =>
  bytesOf(`${JSON.stringify(value, null, 1)}\n`);

/** The file's text, "" where there is none; what is no UTF-8 is replaced. */
export const textOf = (input: FuzzInput, file: string): string =>
  new TextDecoder("utf-8", { ignoreBOM: true }).decode(input[file]);

/** The file's JSON, or `absent` where there is none. */
export function jsonOf<Value>(input: FuzzInput, file: string, absent: Value): Value {
  return input[file] === undefined ? absent : JSON.parse(textOf(input, file));
}

/** A number that depends on every byte, for choices that have to come out the same each time. */
export function hashOf(bytes: Uint8Array): number {
  return bytes.reduce((hash, byte) => Math.imul(hash ^ byte, 0x01000193) >>> 0, 0x811c9dc5);
}
