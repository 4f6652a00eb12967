import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LIFTED, OPEN_METRICS, TEXT } from "../../../src/engine/layout.ts";
import { formatValue } from "../../../src/exposition/format_value.ts";
import type { LineFormat } from "../../../src/exposition/line_format.ts";
import { parseNumber } from "../../../src/exposition/number_text.ts";

const root = resolve(import.meta.dirname!, "../../..");

/** Parts of the kernel whose exports the product's module does not have. */
const PARTS = ["number", "format", "tail"].map((name) => `src/engine/assembly/${name}.ts`);

/** As in scripts/build_kernel.ts. */
const FLAGS = [
  ...["-Os", "--noAssert", "--runtime", "stub", "--enable", "simd,bulk-memory"],
  ...["--initialMemory", "5"],
];

/** Where the parts' own data has ended. */
const INPUT = 0x20000;
const OUTPUT = 0x30000;

interface BareExports {
  readonly memory: WebAssembly.Memory;
  readNumber(at: number): number;
  lastNumber(start: number, end: number): number;
  putNumber(value: number, at: number): number;
  readonly valueEnd: WebAssembly.Global;
  readonly timestampStart: WebAssembly.Global;
  readonly timestampEnd: WebAssembly.Global;
  readonly exemplarStart: WebAssembly.Global;
  readonly startTimeStart: WebAssembly.Global;
  readonly startTimeEnd: WebAssembly.Global;
  readonly isComposite: WebAssembly.Global;
  setFormat(format: number): void;
  readTail(at: number, end: number): number;
  value(): number;
  timestamp(): number;
}

/** Offsets in a tail, undefined for a part that it has not; numbers as `formatValue` writes them. */
export interface Tail {
  readonly valueEnd: number | undefined;
  readonly timestampStart: number | undefined;
  readonly timestampEnd: number | undefined;
  readonly startTimeStart: number | undefined;
  readonly startTimeEnd: number | undefined;
  readonly exemplarStart: number | undefined;
  /** Undefined of a native histogram. */
  readonly value: string | undefined;
  readonly timestamp: string | undefined;
}

/** The kernel's numbers and tails of lines, and how often it left a number to TypeScript. */
export class BareKernel {
  reads = 0;
  writes = 0;
  readonly #exports: BareExports;
  readonly #bytes: Uint8Array;

  constructor() {
    const number = (at: number, length: number) => {
      this.reads++;
      return parseNumber(decoder.decode(this.#bytes.subarray(at, at + length)));
    };
    const format = (value: number, at: number) => {
      this.writes++;
      return encoder.encodeInto(formatValue(value), this.#bytes.subarray(at)).written;
    };
    const instance = new WebAssembly.Instance(module ??= compileParts(), {
      weir: { number, format },
    });
    this.#exports = instance.exports as unknown as BareExports;
    this.#bytes = new Uint8Array(this.#exports.memory.buffer);
  }

  /** The number that the text is, or undefined when it is none. */
  read(text: string): number | undefined {
    const { written } = encoder.encodeInto(`${text}\n`, this.#bytes.subarray(INPUT));
    const end = this.#exports.readNumber(INPUT);
    return end === INPUT + written - 1 ? this.#exports.lastNumber(INPUT, end) : undefined;
  }

  write(value: number): string {
    const end = this.#exports.putNumber(value, OUTPUT);
    return decoder.decode(this.#bytes.subarray(OUTPUT, end));
  }

  /** What follows a sample's labels, or undefined when the line is none. */
  readTail(text: string, format: LineFormat): Tail | undefined {
    const exports = this.#exports;
    exports.setFormat(FORMATS[format]);
    const { written } = encoder.encodeInto(`${text}\n`, this.#bytes.subarray(INPUT));
    if (exports.readTail(INPUT, INPUT + written - 1) === 0) return undefined;
    const offset = ({ value }: WebAssembly.Global) => value === 0 ? undefined : value - INPUT;
    const timestampStart = offset(exports.timestampStart);
    return {
      valueEnd: offset(exports.valueEnd),
      timestampStart,
      timestampEnd: offset(exports.timestampEnd),
      startTimeStart: offset(exports.startTimeStart),
      startTimeEnd: offset(exports.startTimeEnd),
      exemplarStart: offset(exports.exemplarStart),
      value: exports.isComposite.value === 1 ? undefined : formatValue(exports.value()),
      timestamp: timestampStart === undefined ? undefined : formatValue(exports.timestamp()),
    };
  }
}

const FORMATS = { text: TEXT, openmetrics: OPEN_METRICS, lifted: LIFTED };

let module: WebAssembly.Module | undefined;

/** A module of the parts alone. Throws with the compiler's messages when they are wrong. */
function compileParts(): WebAssembly.Module {
  const folder = mkdtempSync(join(tmpdir(), "weir-parts-"));
  try {
    const file = join(folder, "parts.wasm");
    const compiler = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
    const args = [compiler, ...PARTS, "-o", file, ...FLAGS];
    const run = spawnSync("node", args, { cwd: root, encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr || String(run.error));
    return new WebAssembly.Module(readFileSync(file));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
