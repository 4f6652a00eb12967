import type { RE2JS } from "re2js";
import type { MatchGroups, Template } from "./template.ts";

/** A rule's regex with its anchors: Go's `regexp.Regexp` of ``^(?s:` + regex + `)$`. */
export interface RuleRegex {
  test(text: string): boolean;
  /** Returns the groups of the match, or undefined when there is none. */
  match(text: string): MatchGroups | undefined;
  /** Returns `text` with every match replaced by the template: Go's `ReplaceAllString`. */
  replaceAll(text: string, template: Template): string;
}

/** The regexes that are decided without a library: none of RE2's special characters but `|`. */
const LITERALS = /^[^\\.+*?()[\]{}^$]*$/;

/**
 * Returns the compiled regex of a rule. re2js takes 10 MB of memory, so it is loaded only for a
 * pattern that is neither the default one nor a list of literals such as `path|method`. Throws what
 * re2js throws when the pattern is not RE2 syntax.
 */
export async function compileRuleRegex(pattern: string): Promise<RuleRegex> {
  if (pattern === "(.*)") return anyText;
  if (LITERALS.test(pattern) && pattern.isWellFormed()) return literals(pattern.split("|"));
  const { RE2JS } = await import("re2js");
  return re2Regex(RE2JS.compile(`^(?s:${pattern})$`));
}

const anyText: RuleRegex = {
  test: () => true,
  match: (text) => ({ at: (index) => index <= 1 ? text : "", named: () => "" }),
  replaceAll: (text, template) => template.expand(anyText.match(text)!),
};

function literals(texts: readonly string[]): RuleRegex {
  const set = new Set(texts);
  return {
    test: (text) => set.has(text),
    match: (text) => set.has(text) ? wholeMatch(text) : undefined,
    replaceAll: (text, template) => set.has(text) ? template.expand(wholeMatch(text)) : text,
  };
}

function wholeMatch(text: string): MatchGroups {
  return { at: (index) => index === 0 ? text : "", named: () => "" };
}

type Matcher = ReturnType<RE2JS["matcher"]>;

/** Searches, rather than asks for a full match: `a)|(?:b` leaves the anchors' group, as in Go. */
function re2Regex(regex: RE2JS): RuleRegex {
  const names = new Map(Object.entries(regex.namedGroups()));
  const count = regex.groupCount();
  const groupsOf = (matcher: Matcher): MatchGroups => ({
    at: (index) => index <= count ? matcher.group(index) ?? "" : "",
    named(name) {
      const index = names.get(name);
      return index === undefined ? "" : matcher.group(index) ?? "";
    },
  });
  return {
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
