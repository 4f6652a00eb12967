import { decodePlain } from "../exposition/text.ts";
import { formatValue } from "../exposition/format_value.ts";
import { parseNumber } from "../exposition/number_text.ts";
import { KERNEL_BASE64 } from "./kernel_bytes.ts";

/** Offsets in the kernel's memory, as `assembly/layout.ts` has them. */
export const INPUT = 524_288;
export const INPUT_BYTES = 131_072;
export const OUTPUT = 655_424;
const COUNTERS = 4096;
const RANGES = 4124;
const TOUCHED = 4128;
/** So many ranges of kept lines fit. */
const MAX_RANGES = 5_000;
const RANGE_BYTES = 12;

/** Lines are longer than this seldom: those, the kernel leaves alone. */
export const MAX_KERNEL_LINE_BYTES = 4_096;

/** What `assembly/kernel.ts` exports. */
interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly firstSeries: WebAssembly.Global;
  readonly nextSeries: WebAssembly.Global;
  readonly renderedLines: WebAssembly.Global;
  readonly seriesCount: WebAssembly.Global;
  take(from: number, length: number, maxLine: number): number;
  allocateTemplate(length: number): number;
  addShape(at: number): void;
  addSignature(at: number): void;
  clearTemplates(): void;
  clearSeries(mostSeries: number, mostKeyBytes: number): void;
  keyPlace(length: number): number;
  findKey(length: number): number;
  hasRoom(length: number): number;
  addKey(keyLength: number, text: number, textLength: number, fn: number): number;
  merge(series: number, value: number): number;
  render(from: number): number;
  renderOne(series: number, to: number): number;
}

/** What the kernel has counted, since it was asked last. */
export interface KernelCounts {
  readonly lines: number;
  readonly droppedByRules: number;
  readonly droppedAsInvalid: number;
  readonly merged: number;
  readonly mergedGauges: number;
  readonly unmergeable: number;
  readonly droppedByPolicy: number;
}

/** One instance of the byte kernel, with memory of its own. */
export class Kernel {
  readonly exports: KernelExports;
  #bytes = new Uint8Array(0);
  #view = new DataView(new ArrayBuffer(0));

  /** Throws where the runtime has no WebAssembly with SIMD, or no memory. */
  constructor(module: WebAssembly.Module) {
    const number = (at: number, length: number) =>
      parseNumber(decodePlain(this.bytes, at, at + length));
    const format = (value: number, at: number) =>
      encoder.encodeInto(formatValue(value), this.bytes.subarray(at)).written;
    const instance = new WebAssembly.Instance(module, { weir: { number, format } });
    this.exports = instance.exports as unknown as KernelExports;
  }

  /** The whole memory. Valid until the kernel runs again. */
  get bytes(): Uint8Array<ArrayBuffer> {
    // Memory that has grown leaves an empty view behind.
    if (this.#bytes.length === 0) this.#bytes = new Uint8Array(this.#buffer);
    return this.#bytes;
  }

  /** The same, for numbers. */
  get view(): DataView {
    if (this.bytes.buffer !== this.#view.buffer) this.#view = new DataView(this.#buffer);
    return this.#view;
  }

  /** What was counted since the last call; undefined when there is nothing. */
  takeCounts(): KernelCounts | undefined {
    const { view } = this;
    if (view.getUint32(COUNTERS, true) === 0) return undefined;
    const at = (counter: number) => view.getUint32(COUNTERS + counter * 4, true);
    const counts = {
      lines: at(0),
      droppedByRules: at(1),
      droppedAsInvalid: at(2),
      merged: at(3),
      mergedGauges: at(4),
      unmergeable: at(5),
      droppedByPolicy: at(6),
    };
    this.bytes.fill(0, COUNTERS, RANGES);
    return counts;
  }

  /** Tells of the ranges of lines that the last `take` kept: offsets in the block, and how many. */
  eachRange(tell: (start: number, end: number, lines: number) => void): void {
    const { view } = this;
    const end = OUTPUT + view.getUint32(RANGES, true) * RANGE_BYTES;
    for (let at = OUTPUT; at < end; at += RANGE_BYTES) {
      tell(view.getUint32(at, true), view.getUint32(at + 4, true), view.getUint32(at + 8, true));
    }
  }

  /** True when the last `take` ended because no more ranges fit. */
  get hasMostRanges(): boolean {
    return this.view.getUint32(RANGES, true) === MAX_RANGES;
  }

  /** Tells of the plans by which lines were taken since the last call, and of how many. */
  eachTouchedPlan(tell: (plan: number, lines: number) => void): void {
    const { view } = this;
    for (let plan = view.getUint32(TOUCHED, true); plan !== 0;) {
      tell(plan, view.getUint32(plan + PLAN_TAKEN, true));
      view.setUint32(plan + PLAN_TAKEN, 0, true);
      plan = view.getUint32(plan + PLAN_TAKEN + 4, true);
    }
    view.setUint32(TOUCHED, 0, true);
  }

  get #buffer(): ArrayBuffer {
    return this.exports.memory.buffer as ArrayBuffer;
  }
}

/** Compiles the module. Throws where the runtime has no WebAssembly with SIMD. */
export function compileKernel(): WebAssembly.Module {
  return new WebAssembly.Module(Uint8Array.fromBase64(KERNEL_BASE64));
}

const encoder = new TextEncoder();
/** Where a plan counts its lines; behind it stands the next touched plan. */
const PLAN_TAKEN = 20;
