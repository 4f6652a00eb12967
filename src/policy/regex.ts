/** What policies need of a regular-expression library with RE2's syntax and linear time. */
export interface RegexLibrary {
  /** Throws when the pattern is not RE2 syntax. */
  compile(pattern: string, caseInsensitive: boolean): Regex;
  /** The parsed form of a pattern, for `requiredLiterals`. */
  parse(pattern: string, caseInsensitive: boolean): RegexNode;
}

export interface Regex {
  /** Unanchored. */
  test(text: string): boolean;
}

/** A node of the library's syntax tree. */
export interface RegexNode {
  readonly op: number;
  readonly flags: number;
  readonly runes: ArrayLike<number>;
  readonly subs: readonly RegexNode[];
}

/** Loads re2js, which costs 10 MB of resident memory: call it only when a pattern is there. */
export async function loadRegexLibrary(): Promise<RegexLibrary> {
  const { RE2JS, RE2Set } = await import("re2js");
  return {
    compile: (pattern, caseInsensitive) =>
      RE2JS.compile(pattern, caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0),
    parse(pattern, caseInsensitive) {
      const set = new RE2Set();
      // No group around it: `\Q` without `\E` would quote the closing parenthesis.
      set.add(caseInsensitive ? `(?i)${pattern}` : pattern);
      return set.regexps[0];
    },
  };
}
