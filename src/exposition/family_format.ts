import type { FamilyType } from "./family_type.ts";

/** What OpenMetrics keeps out of a family's name and text 0.0.4 has in it; "" for most types. */
export function nameSuffix(type: FamilyType | undefined): string {
  return type === "counter" ? "_total" : type === "info" ? "_info" : "";
}

/** The types that text 0.0.4 lacks, as its parsers expect them. */
const TEXT_TYPES: Partial<Record<FamilyType, FamilyType>> = {
  gaugehistogram: "untyped",
  info: "gauge",
  stateset: "gauge",
  unknown: "untyped",
};

/** The format's word for a type. */
export function typeIn(type: FamilyType, openMetrics: boolean): FamilyType {
  if (openMetrics) return type === "untyped" ? "unknown" : type;
  return TEXT_TYPES[type] ?? type;
}
