import { MAX_RECOMMENDATIONS } from "../bounds.ts";
import { countText, nameText } from "./figure_text.ts";
import type { FamilyReport, Hint, MetricReport, Size } from "./report.ts";
import { TextMap } from "../exposition/text_map.ts";

/** Histograms with fewer buckets cost little; client libraries' default are 11 and `+Inf`. */
const MANY_BUCKETS = 10;

/** A change of an application that saves less of the scrape than this is not worth it. */
const LEAST_SHARE = 0.01;

/**
 * Returns what no rule can do: classic histograms of many buckets that the application could expose as
 * native ones, of which each is one series; those first of which it saves the most.
 */
export function nativeHints(
  whole: Size,
  metrics: readonly MetricReport[],
  families: readonly FamilyReport[],
): Hint[] {
  const series = new TextMap(metrics.map((metric) => [metric.name, metric.series]));
  return families.flatMap((family): Hint[] => {
    if (family.type !== "histogram" || family.native !== undefined) return [];
    const { name } = family;
    const buckets = series.get(`${name}_bucket`) ?? 0;
    const histograms = series.get(`${name}_count`) ?? 0;
    if (histograms === 0 || buckets < MANY_BUCKETS * histograms) return [];
    const saves = family.series - histograms;
    if (saves < whole.series * LEAST_SHARE) return [];
    const about = family.estimated ? "about " : "";
    const summary = `${nameText(name)} as native histograms: ${countText(family.series)} → ` +
      `${about}${countText(histograms)} series`;
    return [{ family: name, saves, summary }];
  }).sort((a, b) => b.saves - a.saves).slice(0, MAX_RECOMMENDATIONS);
}
