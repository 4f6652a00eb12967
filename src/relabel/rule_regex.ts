import type { RE2JS } from "re2js";
import type { ByteRegex } from "../regex/byte_regex.ts";
import { withKnownClasses } from "../regex/go_classes.ts";
import { withUniqueNames } from "../regex/group_names.ts";
import { DfaMemory } from "../regex/lazy_dfa.ts";
import { anyBytes, literalBytes } from "../regex/plain_regexes.ts";
import type { MatchGroups, Template } from "./template.ts";

/** A rule's regex with its anchors: Go's `regexp.Regexp` of ``^(?s:` + regex + `)$`. */
export interface RuleRegex {
  test(text: string): boolean;
  /** Returns the groups of the match, or undefined when there is none. */
  match(text: string): MatchGroups | undefined;
  /** Returns `text` with every match replaced by the template: Go's `ReplaceAllString`. */
  replaceAll(text: string, template: Template): string;
  /** The same regex on values as they stand in lines; undefined where there is only this one. */
  readonly bytes: ByteRegex | undefined;
  /** The number of a named group, undefined for a name that there is not. */
  groupOf(name: string): number | undefined;
}

/** The regexes that are decided without a library: none of RE2's special characters but `|`. */
const LITERALS = /^[^\\.+*?()[\]{}^$]*$/;

/**
 * Returns the compiled regex of a rule. re2js takes 10 MB of memory, so it is loaded only for a
 * pattern that is neither the default one nor a list of literals such as `path|method`. `memory` is
 * what the automata of all rules may take. Throws what re2js throws when the pattern is not RE2
 * syntax.
 */
export async function compileRuleRegex(
  pattern: string,
  memory: DfaMemory = new DfaMemory(),
): Promise<RuleRegex> {
  if (pattern === "(.*)") return anyText;
  if (LITERALS.test(pattern) && pattern.isWellFormed()) return literals(pattern.split("|"));
  const { RE2JS } = await import("re2js");
  const { compileByteRegex } = await import("../regex/byte_regex.ts");
  const anchored = `^(?s:${withKnownClasses(pattern)})$`;
  try {
    const regex = RE2JS.compile(anchored);
    const names = Object.entries(regex.namedGroups()).map(([name, at]) => [name, [at]] as const);
    return re2Regex(regex, new Map(names), compileByteRegex(regex, memory));
  } catch (error) {
    if ((error as { error?: unknown }).error !== "duplicate capture group name") throw error;
  }
  const { pattern: renamed, written } = withUniqueNames(anchored);
  const regex = RE2JS.compile(renamed);
  const names = Map.groupBy(
    Object.entries(regex.namedGroups()).sort(([, left], [, right]) => left - right),
    ([name]) => written.get(name) ?? name,
  );
  const numbers = [...names].map(([name, groups]) => [name, groups.map(([, at]) => at)] as const);
  // Which group a name stands for depends on the match, which automata on bytes do not know of.
  return re2Regex(regex, new Map(numbers), undefined);
}

const anyText: RuleRegex = {
  test: () => true,
  match: (text) => ({ at: (index) => index <= 1 ? text : "", named: () => "" }),
  replaceAll: (text, template) => template.expand(anyText.match(text)!),
  bytes: anyBytes,
  groupOf: () => undefined,
};

function literals(texts: readonly string[]): RuleRegex {
  const set = new Set(texts);
  return {
    test: (text) => set.has(text),
    match: (text) => set.has(text) ? wholeMatch(text) : undefined,
    replaceAll: (text, template) => set.has(text) ? template.expand(wholeMatch(text)) : text,
    bytes: literalBytes(texts),
    groupOf: () => undefined,
  };
}

function wholeMatch(text: string): MatchGroups {
  return { at: (index) => index === 0 ? text : "", named: () => "" };
}

type Matcher = ReturnType<RE2JS["matcher"]>;

/** Searches, rather than takes a full match: `a)|(?:b` leaves the anchors' group, as in Go. */
function re2Regex(
  regex: RE2JS,
  names: ReadonlyMap<string, readonly number[]>,
  bytes: ByteRegex | undefined,
): RuleRegex {
  const count = regex.groupCount();
  const groupsOf = (matcher: Matcher): MatchGroups => ({
    at: (index) => index <= count ? matcher.group(index) ?? "" : "",
    // Of several groups with the name, the first that took part.
    named: (name) => {
      for (const index of names.get(name) ?? []) {
        const text = matcher.group(index);
        if (text !== null) return text;
      }
      return "";
    },
  });
  return {
    bytes,
    groupOf: (name) => names.get(name)?.[0],
    test: (text) => regex.test(text),
    match(text) {
      const matcher = regex.matcher(text);
      return matcher.find() ? groupsOf(matcher) : undefined;
    },
    replaceAll(text, template) {
      const matcher = regex.matcher(text);
      const groups = groupsOf(matcher);
      let replaced = "";
      let end = 0;
      while (matcher.find()) {
        replaced += text.slice(end, matcher.start());
        // Go leaves out an empty match right after another match.
        if (matcher.end() > end || matcher.start() === 0) replaced += template.expand(groups);
        end = matcher.end();
      }
      return replaced + text.slice(end);
    },
  };
}
