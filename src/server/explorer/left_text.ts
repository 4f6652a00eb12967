import { countText } from "../../analyze/figure_text.ts";
import type { PreviewReport } from "../../analyze/preview_report.ts";

/**
 * What became of the samples of a preview, in sentences: what rules and policies do first, and apart
 * from it what limits cut off or fold, which no rule saves.
 */
export function leftTexts(preview: Pick<PreviewReport, typeof READ[number]>): string[] {
  const { before, dropped, merged, limited, truncated, processed } = preview;
  const cut = truncated === undefined ? 0 : Math.max(0, before.samples - processed);
  const parts = [
    [dropped.policies, "dropped by policies"],
    [dropped.rules, "dropped by rules"],
    [dropped.invalid, "dropped as invalid"],
    [dropped.duplicates, "dropped as duplicates"],
    [dropped.unmergeable, "dropped as unmergeable"],
    [merged, "merged into others"],
  ] as const;
  const lost = parts.filter(([samples]) => samples > 0)
    .map(([samples, what]) => `${countText(samples)} ${what}`);
  const from = truncated === undefined
    ? `${countText(before.samples)} samples`
    : `the ${countText(before.samples - cut)} samples before the cut`;
  const said = [lost.length === 0 ? `All ${from} stay` : `Of ${from} ${lost.join(", ")}`];
  if (limited > 0) said.push(`${countText(limited)} are beyond a cardinality limit`);
  if (truncated !== undefined) {
    said.push(
      `The ${truncated} limit cuts the other ${
        countText(cut)
      } off: what the rules save is not known`,
    );
  }
  return said;
}

const READ = ["before", "dropped", "merged", "limited", "truncated", "processed"] as const;
