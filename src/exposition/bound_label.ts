import type { FamilyType } from "./family_type.ts";
import { formatCanonicalFloat } from "./format_value.ts";
import { isNumber, parseNumber } from "./number_text.ts";

/** True for the labels whose values Prometheus reads as numbers, by the family's type. */
export function isBoundLabel(name: string, type: FamilyType | undefined): boolean {
  if (name === "quantile") return type === "summary";
  return name === "le" && (type === "histogram" || type === "gaugehistogram");
}

/** The value of such a label as Prometheus has it before relabelling: `1`, `1e0` are `1.0`. */
export function canonicalBound(value: string): string {
  const bytes = encoder.encode(value);
  return isNumber(bytes, 0, bytes.length) ? formatCanonicalFloat(parseNumber(value)) : value;
}

const encoder = new TextEncoder();
