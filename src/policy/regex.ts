import type { ByteRegex } from "../regex/byte_regex.ts";
import { withKnownClasses } from "../regex/go_classes.ts";
import { DfaMemory } from "../regex/lazy_dfa.ts";

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
  /** The same on values as they stand in lines; undefined where there is only this one. */
  readonly bytes?: ByteRegex;
}

/** A node of the library's syntax tree. */
export interface RegexNode {
  readonly op: number;
  readonly flags: number;
  readonly runes: ArrayLike<number>;
  readonly subs: readonly RegexNode[];
}

/**
 * Loads re2js, which costs 10 MB of resident memory: call it only when a pattern is there. The
 * automata of all that is compiled with one library share their memory.
 */
export async function loadRegexLibrary(): Promise<RegexLibrary> {
  const { RE2JS, RE2Set } = await import("re2js");
  const { compileByteRegex } = await import("../regex/byte_regex.ts");
  const memory = new DfaMemory();
  return {
    compile(pattern, caseInsensitive) {
      const regex = RE2JS.compile(
        withKnownClasses(pattern),
        caseInsensitive ? RE2JS.CASE_INSENSITIVE : 0,
      );
      let bytes: ByteRegex | undefined | null = null;
      return {
        test: (text) => regex.test(text),
        // Most regexes never see a label with many values.
        get bytes() {
          if (bytes === null) bytes = compileByteRegex(regex, memory);
          return bytes;
        },
      };
    },
    parse(pattern, caseInsensitive) {
      const set = new RE2Set();
      // No group around it: `\Q` without `\E` would quote the closing parenthesis.
      const known = withKnownClasses(pattern);
      set.add(caseInsensitive ? `(?i)${known}` : known);
      return set.regexps[0];
    },
  };
}
