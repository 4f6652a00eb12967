import { LineBuffer } from "../line_buffer.ts";
import { BRACE_OPEN, COMMA, isUtf8, QUOTE } from "../bytes.ts";
import type { NamedFamily } from "../metric_walker.ts";
import { isPlainName, putEscaped } from "./escaped_text.ts";
import { BYTES, VARINT, type WireReader } from "./wire_reader.ts";

/** Prometheus's MetricType. */
export const COUNTER = 0;
export const GAUGE = 1;
export const SUMMARY = 2;
export const UNTYPED = 3;
export const HISTOGRAM = 4;
export const GAUGE_HISTOGRAM = 5;

/** The types' names in TYPE lines. */
const TYPE_NAMES = ["counter", "gauge", "summary", "unknown", "histogram", "gaugehistogram"];

/** Fields of a MetricFamily. */
export const NAME = 1;
export const HELP = 2;
export const TYPE = 3;
export const METRIC = 4;
export const UNIT = 5;

/** What the names of a family's samples add to its own. */
const SUFFIXES = ["", "_bucket", "_sum", "_count"];
export const OWN_NAME = 0;
export const BUCKET = 1;
export const SUM = 2;
export const COUNT = 3;

const NONE = new Uint8Array(0);
const UNJUDGED: NamedFamily["judged"] = { by: {}, version: 0, fate: undefined };
const scratch = new LineBuffer();

/** What a MetricFamily says beside its metrics. */
export class FamilyHead implements NamedFamily {
  name: Uint8Array<ArrayBuffer> = NONE;
  help: Uint8Array<ArrayBuffer> = NONE;
  unit: Uint8Array<ArrayBuffer> = NONE;
  type = COUNTER;
  /**
   * How its lines begin, by suffix: the name, or the brace and the name in quotes; and what comes
   * between that and labels.
   */
  readonly openings: Uint8Array[] = [];
  joiner = BRACE_OPEN;
  /** Its metadata lines, and where each ends, once they were written. */
  #lines: Uint8Array | undefined;
  readonly #lineEnds: number[] = [];
  #isComplete = false;
  judged: NamedFamily["judged"] = UNJUDGED;

  /** Takes the value of the field whose tag was read. */
  read(wire: WireReader, field: number, end: number): void {
    switch (field) {
      case NAME:
        this.name = wire.family = readString(wire, end, "name");
        break;
      case HELP:
        this.help = readString(wire, end, "help");
        break;
      case TYPE:
        wire.expect(VARINT, "type");
        this.type = wire.varint(end) | 0;
        break;
      case UNIT:
        this.unit = readString(wire, end, "unit");
        break;
      default:
        wire.skip(end);
    }
  }

  /** Whether `complete` refuses nothing. */
  get isValid(): boolean {
    const { name, help } = this;
    return this.#isComplete || name.length > 0 && isUtf8(name, 0, name.length) &&
        isUtf8(help, 0, help.length) && TYPE_NAMES[this.type] !== undefined;
  }

  /** How many metadata lines it has, once it is complete. */
  get lineCount(): number {
    this.#lines ??= this.#newLines();
    return this.#lineEnds.length;
  }

  /** To be called before the first metric's lines. Throws an UnreadableBody as Prometheus refuses it. */
  complete(wire: WireReader): void {
    const { name } = this;
    wire.family = name;
    if (this.#isComplete) return;
    if (name.length === 0) wire.fail("a family with metrics and without a name");
    if (!isUtf8(name, 0, name.length)) wire.fail("a name that is not UTF-8");
    if (!isUtf8(this.help, 0, this.help.length)) wire.fail("a help text that is not UTF-8");
    if (TYPE_NAMES[this.type] === undefined) wire.fail(`the unknown type ${this.type}`);
    const isPlain = isPlainName(name, 0, name.length);
    this.joiner = isPlain ? BRACE_OPEN : COMMA;
    const out = scratch;
    SUFFIXES.forEach((suffix, index) => {
      out.reset();
      if (!isPlain) out.putText('{"');
      putEscaped(out, name, 0, name.length);
      out.putText(suffix);
      if (!isPlain) out.putByte(QUOTE);
      this.openings[index] = out.bytes.slice(0, out.length);
    });
    this.#isComplete = true;
  }

  /** Its metadata lines, one call of `ended` behind each. */
  putLines(out: LineBuffer, ended: () => void): void {
    const lines = this.#lines ??= this.#newLines();
    let start = 0;
    for (const end of this.#lineEnds) {
      out.put(lines, start, end);
      start = end;
      ended();
    }
  }

  #newLines(): Uint8Array {
    const out = scratch;
    const ended = () => this.#lineEnds.push(out.length);
    out.reset();
    if (this.help.length > 0) this.putLine(out, "HELP", ended);
    this.putLine(out, "TYPE", ended);
    if (this.unit.length > 0) this.putLine(out, "UNIT", ended);
    return out.bytes.slice(0, out.length);
  }

  putLine(out: LineBuffer, keyword: "HELP" | "TYPE" | "UNIT", ended: () => void): void {
    const text = keyword === "HELP" ? this.help : this.unit;
    // Prometheus takes any unit; what is not UTF-8 is none in a line.
    if (keyword === "UNIT" && !isUtf8(text, 0, text.length)) return;
    out.putText(`# ${keyword} `);
    const isPlain = this.joiner === BRACE_OPEN;
    if (!isPlain) out.putByte(QUOTE);
    putEscaped(out, this.name, 0, this.name.length);
    out.putText(isPlain ? " " : '" ');
    if (keyword === "TYPE") out.putText(TYPE_NAMES[this.type]);
    else putEscaped(out, text, 0, text.length);
    out.putText("\n");
    ended();
  }
}

function readString(wire: WireReader, end: number, what: string): Uint8Array<ArrayBuffer> {
  wire.expect(BYTES, what);
  const stringEnd = wire.messageEnd(end);
  const string = wire.bytes.slice(wire.at, stringEnd);
  wire.at = stringEnd;
  return string;
}
