import { canonicalBound } from "../exposition/bound_label.ts";
import type { Rule } from "../relabel/compile_rule.ts";
import { wordsOf } from "./regex_words.ts";

/**
 * Says of a rule that looks for bounds of a histogram or a summary when it spells one as no rule ever
 * sees it: `1`, where Prometheus 3 and Weir have made `1.0` of it.
 */
export function boundLint({ config, traits }: Rule): string | undefined {
  const { regex, separator, sourceLabels } = config;
  const label = sourceLabels.at(-1);
  const isBound = label === "le" || label === "quantile";
  if (traits.test !== "values" || !isBound) return undefined;
  // Behind other labels the bound is what follows the last separator.
  if (sourceLabels.length > 1 && (separator === "" || !regex.includes(separator))) return undefined;
  const words = wordsOf(
    sourceLabels.length === 1
      ? regex
      : regex.slice(regex.lastIndexOf(separator) + separator.length),
  );
  if (words === undefined) return undefined;
  const [word] = [...words].filter((text) =>
    canonicalBound(text) !== text && !words.has(canonicalBound(text))
  );
  if (word === undefined) return undefined;
  const [kind, canonical] = [label === "le" ? "histogram" : "summary", canonicalBound(word)];
  return `it looks for ${label}="${word}", which in a ${kind} is "${canonical}" to a rule, as in Prometheus 3`;
}
