import type { LineFormat } from "./line_format.ts";

/** The types a TYPE line may name in the text format and in OpenMetrics. */
export type FamilyType =
  | "counter"
  | "gauge"
  | "histogram"
  | "gaugehistogram"
  | "summary"
  | "info"
  | "stateset"
  | "unknown"
  | "untyped";

/**
 * What a sample's name may add to its family's name, by type: section "Suffixes" of OpenMetrics
 * 1.0, with the text format's spelling of gauge histograms.
 */
const SUFFIXES: Readonly<Record<FamilyType, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  gaugehistogram: ["_bucket", "_gsum", "_gcount", "_sum", "_count"],
  summary: ["_sum", "_count", "_created"],
  info: ["_info"],
  stateset: [],
  unknown: [],
  untyped: [],
};

const ALL_SUFFIXES = [...new Set(Object.values(SUFFIXES).flat())];

/** All types; a type's number is its place in it, counted from 1. */
export const FAMILY_TYPES = Object.keys(SUFFIXES) as readonly FamilyType[];

/** A type as a number; 0 for none. */
export function typeNumber(type: FamilyType | undefined): number {
  return type === undefined ? 0 : NUMBERS[type];
}

const NUMBERS = Object.fromEntries(
  FAMILY_TYPES.map((type, index) => [type, index + 1]),
) as Readonly<Record<FamilyType, number>>;

/**
 * The other family that a sample may belong to, beside the one of its very name: the name without a
 * suffix, and the numbers of the types that allow it, one bit each. Of those that are lifted counters
 * have exact names, and start times are no samples. Undefined when there is none.
 */
export function strippedFamily(
  sampleName: string,
): { readonly name: string; readonly types: number; readonly liftedTypes: number } | undefined {
  const suffix = ALL_SUFFIXES.find((suffix) => sampleName.endsWith(suffix));
  if (suffix === undefined) return undefined;
  let types = 0;
  let liftedTypes = 0;
  for (const type of FAMILY_TYPES) {
    if (!SUFFIXES[type].includes(suffix)) continue;
    types |= 1 << typeNumber(type);
    if (suffix !== "_created" && nameSuffix(type) === "") liftedTypes |= 1 << typeNumber(type);
  }
  return { name: sampleName.slice(0, -suffix.length), types, liftedTypes };
}

/**
 * The numbers of the types of which no sample has its family's very name, one bit each: a family of one
 * of them and one of another type can have the same name, a gauge beside OpenMetrics's counter.
 */
export function suffixedTypes(format: LineFormat): number {
  // Lifted families have exact names, and native histograms those.
  if (format === "lifted") return 0;
  const types: FamilyType[] = ["histogram", "gaugehistogram"];
  if (format === "openmetrics") types.push("counter", "info");
  return types.reduce((bits, type) => bits | 1 << typeNumber(type), 0);
}

export function isFamilyType(text: string): text is FamilyType {
  return FAMILY_TYPES.includes(text as FamilyType);
}

/**
 * Finds the family that a sample belongs to: the one of the very name, else the one whose type
 * allows the suffix that the name has more. Never by bare prefix. Returns undefined when there is
 * none. `lookup` gives the family of a name.
 */
export function familyOfSample<Family extends { readonly type: FamilyType | undefined }>(
  sampleName: string,
  lookup: (name: string) => Family | undefined,
): Family | undefined {
  const same = lookup(sampleName);
  if (same !== undefined) return same;
  for (const suffix of ALL_SUFFIXES) {
    if (!sampleName.endsWith(suffix)) continue;
    const family = lookup(sampleName.slice(0, -suffix.length));
    if (family?.type !== undefined && SUFFIXES[family.type].includes(suffix)) return family;
  }
  return undefined;
}

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
