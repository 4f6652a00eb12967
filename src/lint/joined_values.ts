import type { Rule } from "../relabel/compile_rule.ts";
import { wideMatch, wordsOf } from "./regex_words.ts";
import { ValueSet } from "./value_set.ts";

/** Whether a rule's regex matches the joined sources: in no sample, in all of them, or unknown. */
export type Firing = "never" | "maybe" | "always";

/** More combinations than this are not tried one by one. */
const MAX_JOINED = 256;

/** Returns the joined sources' values one by one; undefined when they are many. */
export function joinedValues(
  sources: readonly ValueSet[],
  separator: string,
): readonly string[] | undefined {
  let joined: string[] = [""];
  for (const [index, source] of sources.entries()) {
    const { list } = source;
    if (list === undefined || joined.length * list.length > MAX_JOINED) return undefined;
    const glue = index === 0 ? "" : separator;
    joined = joined.flatMap((text) => list.map((value) => text + glue + value));
  }
  return joined;
}

/** Returns how the regex does on sources with these values. Sure of "never" and "always". */
export function firingOf({ config, regex }: Rule, sources: readonly ValueSet[]): Firing {
  const { separator } = config;
  const joined = joinedValues(sources, separator);
  if (joined !== undefined) {
    const matches = joined.filter((text) => regex.test(text)).length;
    return matches === 0 ? "never" : matches === joined.length ? "always" : "maybe";
  }
  const words = wordsOf(config.regex);
  if (words !== undefined) {
    return [...words].some((word) => canJoin(word, sources, separator)) ? "maybe" : "never";
  }
  const wide = wideMatch(config.regex);
  const neverEmpty = sources.some((source) => !source.has("")) ||
    (sources.length > 1 && separator !== "");
  return wide === "any" || (wide === "non-empty" && neverEmpty) ? "always" : "maybe";
}

/** Returns those of a label's values that the regex matches; undefined when that is not known. */
export function matchedBy({ config, regex }: Rule, source: ValueSet): ValueSet | undefined {
  if (source.list !== undefined) return ValueSet.of(source.list.filter((text) => regex.test(text)));
  const words = wordsOf(config.regex);
  if (words !== undefined) return source.intersect(ValueSet.of(words));
  const wide = wideMatch(config.regex);
  if (wide === undefined) return undefined;
  return wide === "any" ? source : source.intersect(ValueSet.nonEmpty);
}

/** Whether some values of the sources, joined, are `word`. */
function canJoin(word: string, sources: readonly ValueSet[], separator: string): boolean {
  const failed = new Set<string>();
  const from = (source: number, at: number): boolean => {
    if (source === sources.length - 1) return sources[source].has(word.slice(at));
    const key = `${source} ${at}`;
    if (failed.has(key)) return false;
    for (let end = word.indexOf(separator, at); end >= 0; end = word.indexOf(separator, end + 1)) {
      if (sources[source].has(word.slice(at, end)) && from(source + 1, end + separator.length)) {
        return true;
      }
      if (end >= word.length) break;
    }
    failed.add(key);
    return false;
  };
  return from(0, 0);
}
