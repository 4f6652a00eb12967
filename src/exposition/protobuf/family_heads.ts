import { MAX_KNOWN_HEADS, MAX_KNOWN_HEADS_BYTES } from "../../bounds.ts";
import { equalBytes } from "../bytes.ts";
import { COUNTER, FamilyHead, HELP, METRIC, NAME, TYPE, UNIT } from "./family_head.ts";
import { BYTES, VARINT, type WireReader } from "./wire_reader.ts";

/** So many heads are passed over to find one again: families that are gone. */
const LOOK_AHEAD = 8;

/**
 * The heads of families that are there as a whole, remembered from body to body: mostly each comes again
 * where it came before.
 */
export class FamilyHeads {
  readonly #heads: FamilyHead[] = [];
  /** Where the next one is looked for. */
  #next = 0;
  #bytes = 0;
  readonly #name = new Span();
  readonly #help = new Span();
  readonly #unit = new Span();

  /** Another body begins. */
  restart(): void {
    this.#next = 0;
  }

  /** What the family says that ends at `end`, from where `wire` is and stays. Throws an UnreadableBody. */
  read(wire: WireReader, end: number): FamilyHead {
    const start = wire.at;
    const type = this.#readFields(wire, end);
    wire.at = start;
    const head = this.#known(wire.bytes, type) ?? this.#add(wire.bytes, type);
    wire.family = head.name;
    return head;
  }

  /** Returns the type. */
  #readFields(wire: WireReader, end: number): number {
    const name = this.#name.clear();
    const help = this.#help.clear();
    const unit = this.#unit.clear();
    let type = COUNTER;
    while (wire.at < end) {
      switch (wire.tag(end)) {
        case METRIC:
          wire.expect(BYTES, "metric");
          wire.at = wire.messageEnd(end);
          break;
        case NAME:
          name.read(wire, end, "name");
          wire.family = this.#nameFor(wire.bytes);
          break;
        case HELP:
          help.read(wire, end, "help");
          break;
        case TYPE:
          wire.expect(VARINT, "type");
          type = wire.varint(end) | 0;
          break;
        case UNIT:
          unit.read(wire, end, "unit");
          break;
        default:
          wire.skip(end);
      }
    }
    return type;
  }

  /** The name that was read, for errors, without a view of it where it is the one that is expected. */
  #nameFor(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const expected = this.#heads[this.#next]?.name;
    const { start, end } = this.#name;
    return expected !== undefined && this.#name.equals(bytes, expected)
      ? expected
      : bytes.subarray(start, end);
  }

  #known(bytes: Uint8Array, type: number): FamilyHead | undefined {
    const heads = this.#heads;
    const last = Math.min(this.#next + LOOK_AHEAD, heads.length);
    for (let at = this.#next; at < last; at++) {
      const head = heads[at];
      const isSame = head.type === type && this.#name.equals(bytes, head.name) &&
        this.#help.equals(bytes, head.help) && this.#unit.equals(bytes, head.unit);
      if (!isSame) continue;
      this.#next = at + 1;
      return head;
    }
    return undefined;
  }

  #add(bytes: Uint8Array<ArrayBuffer>, type: number): FamilyHead {
    const head = new FamilyHead();
    head.name = this.#name.of(bytes);
    head.help = this.#help.of(bytes);
    head.unit = this.#unit.of(bytes);
    head.type = type;
    const length = head.name.length + head.help.length + head.unit.length;
    if (this.#heads.length >= MAX_KNOWN_HEADS || this.#bytes + length > MAX_KNOWN_HEADS_BYTES) {
      this.#heads.length = this.#next = this.#bytes = 0;
    }
    if (length > MAX_KNOWN_HEADS_BYTES) return head;
    this.#heads.splice(this.#next++, 0, head);
    this.#bytes += length;
    return head;
  }
}

/** Where a string lies. */
class Span {
  start = 0;
  end = 0;

  clear(): this {
    this.start = this.end = 0;
    return this;
  }

  read(wire: WireReader, end: number, what: string): void {
    wire.expect(BYTES, what);
    this.end = wire.messageEnd(end);
    this.start = wire.at;
    wire.at = this.end;
  }

  equals(bytes: Uint8Array, text: Uint8Array): boolean {
    return this.end - this.start === text.length && equalBytes(bytes, this.start, this.end, text);
  }

  of(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    return bytes.slice(this.start, this.end);
  }
}
