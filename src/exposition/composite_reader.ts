import { MAX_NATIVE_BUCKETS } from "../bounds.ts";
import { BRACE_CLOSE, COMMA, isDigit } from "./bytes.ts";
import { floatOf } from "./float_bytes.ts";
import { isNumber } from "./number_text.ts";

const MINUS = 0x2d;
const COLON = 0x3a;
const BRACKET_CLOSE = 0x5d;

/** Up to so many digits are an exact double. */
const EXACT_DIGITS = 15;

/** Takes field after field of a composite value. Once one is not what it should be, `ends` is false. */
export class CompositeReader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  #numberStart = 0;
  #ok = true;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#end = end;
    this.#at = start;
  }

  /** Whether the number taken last is made of digits alone. */
  get isInteger(): boolean {
    return isInteger(this.#bytes, this.#numberStart, this.#at);
  }

  number(name: string): number {
    return this.#skip(name) ? this.#number() : 0;
  }

  integer(name: string): number {
    return this.#skip(name) ? this.#integer() : 0;
  }

  numbers(name: string): number[] {
    const numbers: number[] = [];
    this.#list(name, () => numbers.push(this.#number()));
    return numbers;
  }

  /** Pairs of integers: the second ones are not negative. */
  spans(name: string): { readonly offset: number; readonly length: number }[] {
    const spans: { readonly offset: number; readonly length: number }[] = [];
    this.#list(name, () => {
      const offset = this.#integer();
      const length = this.integer(":");
      if (length < 0) this.#ok = false;
      spans.push({ offset, length });
    });
    return spans;
  }

  /** Whether all fields were what they should be, and this is all that is left. */
  ends(text: string): boolean {
    return this.#skip(text) && this.#at === this.#end;
  }

  #list(name: string, take: () => void): void {
    if (!this.#skip(name)) return;
    if (this.#peek() === BRACKET_CLOSE) {
      this.#at++;
      return;
    }
    for (let items = 0; this.#ok; items++) {
      if (items === MAX_NATIVE_BUCKETS) this.#ok = false;
      take();
      const byte = this.#peek();
      this.#at++;
      if (byte === BRACKET_CLOSE) return;
      if (byte !== COMMA) this.#ok = false;
    }
  }

  #integer(): number {
    const factor = this.#peek() === MINUS ? -1 : 1;
    if (factor < 0) this.#at++;
    const integer = this.#number();
    if (!this.isInteger) this.#ok = false;
    return factor * integer;
  }

  #number(): number {
    const start = this.#at;
    this.#numberStart = start;
    let digits = 0;
    let byte = this.#peek();
    for (; isDigit(byte); byte = this.#peek()) {
      digits = digits * 10 + (byte - 0x30);
      this.#at++;
    }
    if (isDelimiter(byte) && this.#at > start && this.#at - start <= EXACT_DIGITS) return digits;
    while (!isDelimiter(byte)) {
      this.#at++;
      byte = this.#peek();
    }
    if (this.#ok && isNumber(this.#bytes, start, this.#at)) {
      return floatOf(this.#bytes, start, this.#at);
    }
    this.#ok = false;
    return 0;
  }

  /** The byte at hand; at the end, what ends a histogram. */
  #peek(): number {
    return this.#at < this.#end ? this.#bytes[this.#at] : BRACE_CLOSE;
  }

  #skip(text: string): boolean {
    for (let i = 0; i < text.length && this.#ok; i++) {
      if (this.#at >= this.#end || this.#bytes[this.#at] !== text.charCodeAt(i)) this.#ok = false;
      else this.#at++;
    }
    return this.#ok;
  }
}

/** What stands behind a number. */
function isDelimiter(byte: number): boolean {
  return byte === COMMA || byte === COLON || byte === BRACKET_CLOSE || byte === BRACE_CLOSE;
}

function isInteger(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isDigit(bytes[at])) return false;
  return end > start;
}
