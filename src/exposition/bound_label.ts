import type { FamilyType } from "./family_type.ts";
import { formatCanonicalFloat } from "./format_value.ts";
import { isNumber, parseNumber } from "./number_text.ts";

/**
 * True for the labels whose values Prometheus reads as numbers, by the family's type. The bounds of
 * a gaugehistogram are text to it.
 */
export function isBoundLabel(name: string, type: FamilyType | undefined): boolean {
  if (name === "quantile") return type === "summary";
  return name === "le" && type === "histogram";
}

/**
 * The value of such a label as Prometheus has it before relabelling: `1`, `1e0` are `1.0`, `-0` is
 * `0.0`. What is no number, or one beyond the range of a double, stays as it is.
 */
export function canonicalBound(value: string): string {
  const bytes = encoder.encode(value);
  if (!isNumber(bytes, 0, bytes.length)) return value;
  const number = parseNumber(value);
  const isOutOfRange = Math.abs(number) === Infinity && !/inf/i.test(value);
  return isOutOfRange ? value : formatCanonicalFloat(number === 0 ? 0 : number);
}

const encoder = new TextEncoder();
