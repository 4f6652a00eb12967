import type { FamilyType } from "../exposition/family_type.ts";
import { isPlainMetricName } from "../exposition/quoted_text.ts";
import type { LabelBuilder } from "../relabel/label_builder.ts";
import type { MadeTexts } from "../relabel/made_texts.ts";
import { withCanonicalBounds } from "../relabel/sample_labels.ts";
import {
  accumulationOf,
  type AggregationRule,
  functionFor,
  isGaugeSum,
  partOf,
} from "./aggregate_function.ts";
import { type EditPlan, type OutputFamilyName, planSeries } from "./edit_plan.ts";

const NAME = "__name__";

/** How samples become series of a table. */
export interface Aggregation {
  /** The first that matches a sample's name says what becomes of samples that collide. */
  readonly rules: readonly AggregationRule[];
  /** Metric names have to be of the classic alphabet, as with Prometheus's scheme `legacy`. */
  readonly isLegacy: boolean;
  /** Samples of one exposition may come to be one series. */
  readonly mayCollide: boolean;
}

interface FamilyName {
  readonly name: string;
  readonly twin?: string;
  readonly type: FamilyType | undefined;
}

/** A sample as it came: its name, and its family. */
interface PlannedSample {
  readonly name: string;
  readonly family: FamilyName | undefined;
}

/**
 * The series that a sample becomes, whose labels `builder` has after the rules; or why it becomes
 * none. `inputNames` are the names of its line's labels. `made`: references beyond those labels are
 * to these values that rules have made.
 */
export function seriesPlan(
  sample: PlannedSample,
  inputNames: readonly string[],
  builder: LabelBuilder,
  aggregation: Aggregation,
  made: MadeTexts | undefined,
): EditPlan | "no_name" | "bad_name" {
  const sampleName = builder.get(NAME);
  const { family, suffix, type } = outputFamily(sample, sampleName);
  const textOf = (label: string) => builder.get(label);
  const labels = withCanonicalBounds(builder.result(), type, textOf)
    .filter(([label]) => label !== NAME);
  if (sampleName === "" || (aggregation.isLegacy && !isPlainMetricName(sampleName))) {
    return "no_name";
  }
  if (!isReadable(sampleName) || !labels.every(([label]) => isReadable(label))) return "bad_name";
  const fn = functionFor(sampleName, suffix, type, aggregation.rules);
  const accumulation = accumulationOf(sampleName, suffix, type, fn);
  return planSeries({
    sampleName,
    family,
    labels,
    inputNames,
    isKept: (label, value) => builder.original(label) === value,
    made,
    fn,
    accumulation,
    part: partOf(sampleName, suffix, type, fn, accumulation),
    isGaugeSum: isGaugeSum(fn, type, sampleName, aggregation.rules),
  });
}

/** The family that a sample is written in, and what it is there. */
export interface OutputFamily {
  readonly family: OutputFamilyName;
  readonly type: FamilyType | undefined;
  /** What the sample's name has more than the family's. */
  readonly suffix: string;
}

/**
 * The family that a sample is written in. It follows the sample's new name as long as that ends as
 * the old one did (`a_bucket` of `a` becomes `b_bucket` of `b`); otherwise the sample stands for
 * itself, without metadata.
 */
export function outputFamily(
  { name, family }: Pick<PlannedSample, "name" | "family">,
  newName: string,
): OutputFamily {
  const output = familyName(name, newName, family);
  return {
    family: output,
    type: output.hasMetadata ? family?.type : undefined,
    suffix: newName.slice(output.name.length),
  };
}

function familyName(
  oldName: string,
  newName: string,
  family: FamilyName | undefined,
): OutputFamilyName {
  if (family === undefined) return { name: groupName(newName), hasMetadata: false };
  const { name, twin } = family;
  if (newName === oldName) return { name, twin, hasMetadata: true };
  const suffix = oldName.slice(name.length);
  return newName.endsWith(suffix) && newName.length > suffix.length
    ? { name: newName.slice(0, newName.length - suffix.length), twin, hasMetadata: true }
    : { name: groupName(newName), hasMetadata: false };
}

/**
 * Without metadata nothing says that `a_bucket`, `a_sum` and `a_count` belong together, but they are
 * written side by side, series by series; taken as one family they stay there.
 */
export function groupName(sampleName: string): string {
  return sampleName.replace(/_(bucket|sum|count|total|created)$/, "") || sampleName;
}

/**
 * False for a name that rules can make but for which Prometheus refuses the whole scrape: an empty
 * one, and one with a NUL, which it reads in values only.
 */
function isReadable(name: string): boolean {
  return name !== "" && !name.includes("\0");
}
