import { countText } from "../../analyze/figure_text.ts";
import type { PreviewReport } from "../../analyze/preview_report.ts";

/** What of a preview tells where its samples went. */
type Went = Pick<
  PreviewReport,
  "before" | "after" | "dropped" | "merged" | "limited" | "truncated" | "processed"
>;

/**
 * What became of the samples of a preview, in sentences: what rules and policies do first, and apart
 * from it what limits cut off or fold, which no rule saves.
 */
export function leftTexts(preview: Went): string[] {
  const { before, dropped, merged, limited, truncated, processed } = preview;
  const parts = [
    [dropped.policies, "dropped by policies"],
    [dropped.rules, "dropped by rules"],
    [dropped.invalid, "dropped as invalid"],
    [dropped.duplicates, "dropped as duplicates"],
    [dropped.unmergeable, "dropped as unmergeable"],
    [merged, "merged into others"],
  ] as const;
  const lost = parts.filter(([samples]) => samples > 0);
  const unseen = truncated === undefined ? 0 : Math.max(0, before.samples - processed);
  const from = unseen === 0
    ? `${countText(before.samples)} samples`
    : `the ${countText(processed)} samples before the cut`;
  const went = lost.map(([samples, what]) => `${countText(samples)} ${what}`).join(", ");
  const left = processed - lost.reduce((sum, [samples]) => sum + samples, 0);
  return [
    lost.length === 0 ? `All ${from} stay` : `Of ${from} ${went}`,
    ...limited > 0 ? [`${countText(limited)} are beyond a cardinality limit`] : [],
    ...truncated === undefined ? [] : [cutText(preview, truncated, unseen, left)],
  ];
}

/** What a byte limit cuts off: `unseen` samples that came to no rule, and some of those `left`. */
function cutText({ after }: Went, limit: "input" | "output", unseen: number, left: number): string {
  if (unseen > 0) {
    const others = countText(unseen);
    return `The ${limit} limit cuts the other ${others} off: what the rules save is not known`;
  }
  // The lines of a family are written when all of them are known.
  const cut = countText(Math.max(0, left - after.samples));
  return `The ${limit} limit cuts off ${cut} of the ${countText(left)} that are left`;
}
