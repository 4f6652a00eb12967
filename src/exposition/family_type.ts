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

export function isFamilyType(text: string): text is FamilyType {
  return Object.hasOwn(SUFFIXES, text);
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
