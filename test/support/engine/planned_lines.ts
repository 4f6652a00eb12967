import assert from "node:assert/strict";
import { placeOf } from "../../../src/problems/problem.ts";
import {
  type EditPlan,
  type PlannedLabel,
  putSeriesKey,
} from "../../../src/aggregate/edit_plan.ts";
import { NO_TARGET_LABELS, type TargetLabels } from "../../../src/aggregate/target_labels.ts";
import { type Outcome, Planner } from "../../../src/engine/planner.ts";
import type { SampleFamily, SampleLine } from "../../../src/engine/sample_line.ts";
import type { SignatureBounds } from "../../../src/memory_bounds.ts";
import { Families } from "../../../src/exposition/families.ts";
import { LineBuffer } from "../../../src/exposition/line_buffer.ts";
import { SampleSpans } from "../../../src/exposition/sample_spans.ts";
import { scanSample } from "../../../src/exposition/scan_sample.ts";
import { decodeQuoted } from "../../../src/exposition/text.ts";
import { readRelabelConfigs } from "../../../src/relabel/read_relabel_configs.ts";
import { compileRules, type RuleSet } from "../../../src/relabel/rule_set.ts";
import type { RelabelRules } from "../lines/series_case.ts";

type Scheme = "utf8" | "legacy";

export async function ruleSetOf(rules: RelabelRules, scheme: Scheme = "utf8"): Promise<RuleSet> {
  const { configs, problems } = readRelabelConfigs(rules, placeOf("rules"), scheme);
  assert.deepEqual(problems, []);
  return await compileRules(configs);
}

/** A planner of rules alone, by which samples become series. */
export function seriesPlannerOf(
  rules: RuleSet,
  bounds?: SignatureBounds,
  scheme: Scheme = "utf8",
): Planner {
  const aggregation = { rules: [], isLegacy: scheme === "legacy", mayCollide: true };
  return new Planner({ policies: undefined, rules, aggregation, bounds });
}

/** A line that has been scanned. */
export function sampleLine(
  line: string,
  family?: SampleFamily,
  ofTarget: TargetLabels = NO_TARGET_LABELS,
): SampleLine {
  const bytes = new TextEncoder().encode(line);
  const spans = new SampleSpans();
  assert.ok(scanSample(bytes, 0, bytes.length, spans, "text"), line);
  const name = decodeQuoted(bytes, spans.nameStart, spans.nameEnd);
  return { bytes, spans, name, family, format: "text", start: 0, ofTarget };
}

/** The family of which a TYPE line has spoken. */
export function familyOf(name: string, type: string): SampleFamily {
  const line = new TextEncoder().encode(`# TYPE ${name} ${type}`);
  const families = new Families(false);
  families.take(line, 0, line.length);
  return families.ofSample(name)!;
}

export function outcomeOf(
  planner: Planner,
  line: string,
  family?: SampleFamily,
  ofTarget?: TargetLabels,
): Outcome {
  return planner.plan(sampleLine(line, family, ofTarget)).outcome;
}

/** The key of the line's series, which its plan, held fast, gives too; or what else becomes of it. */
export function keyOf(
  planner: Planner,
  text: string,
  family?: SampleFamily,
  ofTarget?: TargetLabels,
): string {
  const line = sampleLine(text, family, ofTarget);
  const { outcome } = planner.plan(line);
  if (typeof outcome === "string") return outcome;
  const fixed = writtenKey(fixedPlan(outcome), line);
  assert.equal(writtenKey(outcome, line), fixed);
  return fixed;
}

function writtenKey(plan: EditPlan, line: SampleLine): string {
  const key = new LineBuffer();
  putSeriesKey(key, plan, line);
  return new TextDecoder().decode(key.bytes.subarray(0, key.length));
}

/** Returns the plan of the line that was planned last, to hold for lines with the same values. */
function fixedPlan(plan: EditPlan): EditPlan {
  if (plan.labels.every(({ made }) => made === undefined)) return plan;
  const labels = plan.labels.map((label): PlannedLabel => {
    const { made, madeNumber } = label;
    if (made === undefined) return label;
    const literal = made.bytes.slice(made.start(madeNumber), made.stop(madeNumber));
    return { ...label, literal, from: -1, made: undefined, madeNumber: -1 };
  });
  return { ...plan, labels };
}
