import type { FamilyType } from "../family_type.ts";
import { escapeQuoted } from "../quoted_text.ts";

// What a sample is to a metric of its family.
export const VALUE = 0;
export const BUCKET = 1;
export const QUANTILE = 2;
export const SUM = 3;
export const COUNT = 4;
export const NATIVE = 5;
/** OpenMetrics 1.0's sample that says when a metric began. */
export const CREATED = 6;
/** Nothing: no metric takes it. */
export const OTHER = 7;

/** One of the names that a family's samples have. */
export interface Member {
  readonly name: string;
  /** As lines have it. */
  readonly bytes: Uint8Array;
  readonly part: number;
  /** The type of the family that such samples are where no metric takes them. */
  readonly aloneType: FamilyType | undefined;
}

/** Whether a family's metrics come from several samples each. */
export function isComposed(type: FamilyType | undefined): boolean {
  return type !== undefined && COMPOSED_TYPES.has(type);
}
const COMPOSED_TYPES: ReadonlySet<FamilyType> = new Set<FamilyType>(
  ["counter", "histogram", "gaugehistogram", "summary"],
);

/** The names of a family's samples. Only a composed type has several. */
export function membersOf(name: string, type: FamilyType | undefined): readonly Member[] {
  switch (type) {
    case "histogram":
      return [member(name, NATIVE), ...rising(name, "_bucket"), created(name)];
    case "summary":
      return [member(name, QUANTILE, "gauge"), ...rising(name), created(name)];
    case "gaugehistogram":
      return [
        member(name, NATIVE),
        member(`${name}_bucket`, BUCKET),
        ...["_sum", "_gsum"].map((suffix) => member(name + suffix, SUM)),
        ...["_count", "_gcount"].map((suffix) => member(name + suffix, COUNT)),
      ];
    case "counter":
      return [
        member(name, VALUE, type),
        created(name.endsWith("_total") ? name.slice(0, -"_total".length) : name),
      ];
    default:
      return [member(name, VALUE, type)];
  }
}

function rising(name: string, bucket?: string): Member[] {
  const members = bucket === undefined ? [] : [member(name + bucket, BUCKET, "counter")];
  return [
    ...members,
    member(`${name}_sum`, SUM, "counter"),
    member(`${name}_count`, COUNT, "counter"),
  ];
}

function created(name: string): Member {
  return member(`${name}_created`, CREATED);
}

function member(name: string, part: number, aloneType?: FamilyType): Member {
  return { name, bytes: encoder.encode(escapeQuoted(name)), part, aloneType };
}

const encoder = new TextEncoder();
