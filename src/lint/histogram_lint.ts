import type { Rule } from "../relabel/compile_rule.ts";
import { wordsOf } from "./regex_words.ts";

/** A metric's name and its `le`, as far as a rule reads them. */
interface Point {
  readonly name: string;
  readonly le: string;
}

/**
 * Returns a sentence when a rule takes `_sum`, `_count` or the `+Inf` bucket out of a histogram and
 * leaves buckets in it, as its regex tells: known are only the names that it spells out, `.*` taken as
 * a name's part. Undefined when there is nothing to say.
 */
export function histogramLint({ config, traits, regex }: Rule): string | undefined {
  if (traits.effect !== "filter" || traits.test !== "values") return undefined;
  const { sourceLabels, separator } = config;
  const keeps = traits.onMatch === "keep";
  const nameAt = sourceLabels.indexOf("__name__");
  const leAt = sourceLabels.indexOf("le");
  const kept = (parts: readonly string[]) => regex.test(parts.join(separator)) === keeps;
  const lost = new Set<string>();
  for (const parts of sampleWords(config.regex, separator, sourceLabels.length)) {
    const point = { name: parts[nameAt] ?? "", le: parts[leAt] ?? "" };
    const at = (change: Partial<Point>) => {
      const moved = parts.slice();
      if (nameAt >= 0) moved[nameAt] = change.name ?? point.name;
      if (leAt >= 0) moved[leAt] = change.le ?? point.le;
      return kept(moved);
    };
    if (nameAt >= 0 && leAt < 0) addLostNames(keeps, point.name, at, lost);
    if (leAt >= 0 && point.le !== "" && (nameAt < 0 || point.name.endsWith("_bucket"))) {
      if (!at({ le: "+Inf" }) && at({ le: OTHER_BOUND })) lost.add('the bucket le="+Inf"');
      else if (keeps && point.le !== "+Inf" && !at({ le: "+Inf" })) {
        lost.add('the bucket le="+Inf"');
      }
    }
  }
  if (lost.size === 0) return undefined;
  const shown = [...lost].slice(0, 3).join(", ") +
    (lost.size > 3 ? `, and ${lost.size - 3} more` : "");
  return `it drops ${shown} and keeps other parts: what is left of a histogram cannot be read as one`;
}

/** A bound that no rule spells out. */
const OTHER_BOUND = "0.123456";

function addLostNames(
  keeps: boolean,
  name: string,
  isKept: (change: Partial<Point>) => boolean,
  lost: Set<string>,
): void {
  const [, base, suffix] = /^(.+)(_bucket|_sum|_count)$/.exec(name) ?? [];
  if (base === undefined || !isKept({ name: `${base}_bucket` })) return;
  // A summary goes as a whole.
  if (!keeps && !isKept({ name: base })) return;
  const parts = keeps ? ["_sum", "_count"] : [suffix];
  for (const part of parts) {
    if (isKept({ name: base + part }) || !isTelling(base, part, isKept)) continue;
    lost.add(JSON.stringify((base + part).replaceAll(ANYTHING, "*")));
  }
}

/**
 * Many a gauge's name ends in `_count`; a histogram's has a unit before it, or its sum goes too, or
 * the rule is about everything that ends so.
 */
function isTelling(
  base: string,
  part: string,
  isKept: (change: Partial<Point>) => boolean,
): boolean {
  return part === "_sum" || UNITS.test(base) || !isKept({ name: `${base}_sum` }) ||
    !isKept({ name: `${base}_seconds${part}` });
}

const UNITS = /_(?:seconds|milliseconds|ms|bytes|size|duration|latency)$/;

/** Stands for what `.*` and `.+` match: no name holds it. */
const ANYTHING = "\u0001";

/** The values of the source labels that the regex spells out. */
function sampleWords(regex: string, separator: string, sources: number): string[][] {
  const words = wordsOf(regex.replace(/(?<!\\)\.[*+]\??/g, ANYTHING)) ?? [];
  return [...words].flatMap((word) => {
    const parts = sources === 1 || separator === "" ? [word] : word.split(separator);
    return parts.length === sources ? [parts] : [];
  });
}
