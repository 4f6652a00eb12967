import type { FamilyType } from "../exposition/family_type.ts";
import type { Rule } from "../relabel/compile_rule.ts";
import { wordsOf } from "./regex_words.ts";

const NAME = "__name__";

/**
 * The metric names that a rule looks for, word by word, without their `_total`: in OpenMetrics the
 * samples of a counter have one more, whatever its name in the text format is.
 */
export function bareNames({ config, traits }: Rule): ReadonlySet<string> {
  const at = config.sourceLabels.indexOf(NAME);
  const words = traits.test === "values" && at >= 0 ? wordsOf(config.regex) : undefined;
  if (words === undefined) return new Set();
  const count = config.sourceLabels.length;
  const parts = [...words].map((word) => count === 1 ? [word] : word.split(config.separator));
  const names = new Set(parts.flatMap((part) => part.length === count ? part[at] : []));
  return new Set([...names].filter((name) => name !== "" && !names.has(`${name}_total`)));
}

/**
 * The one of `names` that the sample's counter has, where the sample itself has a `_total` more.
 * `ofProtobuf`: or would have it, as who offers protobuf offers OpenMetrics too.
 */
export function bareCounter(
  names: ReadonlySet<string>,
  name: string,
  family: { readonly name: string; readonly type: FamilyType | undefined } | undefined,
  ofProtobuf = false,
): string | undefined {
  if (names.size === 0 || family?.type !== "counter" || !names.has(family.name)) return undefined;
  const isLonger = name === `${family.name}_total` ||
    (ofProtobuf && name === family.name && !name.endsWith("_total"));
  return isLonger ? family.name : undefined;
}
