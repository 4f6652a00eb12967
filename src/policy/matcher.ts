import type { Comparison, Field, FieldReader, FieldValue, MatcherSpec } from "./policy.ts";
import type { ByteRegex } from "../regex/byte_regex.ts";
import type { Regex, RegexLibrary } from "./regex.ts";

/** A matcher that is ready to run. */
export interface Matcher {
  readonly spec: MatcherSpec;
  readonly field: Field;
  /** Whether the field's value (undefined when absent) matches, `negate` applied. */
  test(value: FieldValue | undefined): boolean;
  /** The regex, `negate` not applied, on values as they stand in lines; undefined for other matches. */
  readonly bytes: ByteRegex | undefined;
}

/**
 * Compiles one matcher. `regex` may be undefined when no matcher of the document has a pattern.
 * Throws when the pattern is not RE2; documents are checked for that before.
 */
export function compileMatcher(spec: MatcherSpec, regex: RegexLibrary | undefined): Matcher {
  const { negate, match } = spec;
  const compiled = match.kind === "regex"
    ? regex?.compile(match.text, spec.caseInsensitive)
    : undefined;
  const matches = compileMatch(spec, compiled);
  return {
    spec,
    field: spec.field,
    test: (value) => matches(value) !== negate,
    get bytes() {
      return compiled?.bytes;
    },
  };
}

export function matchesSample(matchers: readonly Matcher[], reader: FieldReader): boolean {
  return matchers.every((matcher) => matcher.test(reader.read(matcher.field)));
}

type Test = (value: FieldValue | undefined) => boolean;

/** An absent field makes every match but `exists: false` false. */
function compileMatch(spec: MatcherSpec, regex: Regex | undefined): Test {
  const { match } = spec;
  switch (match.kind) {
    case "exists":
      return (value) => (value !== undefined) === match.exists;
    case "equals":
      return typeof match.value === "string"
        ? stringTest(spec, match.value, (text, wanted) => text === wanted)
        : (value) => value !== undefined && equalValues(value, match.value);
    case "starts_with":
      return stringTest(spec, match.text, (text, wanted) => text.startsWith(wanted));
    case "ends_with":
      return stringTest(spec, match.text, (text, wanted) => text.endsWith(wanted));
    case "contains":
      return stringTest(spec, match.text, (text, wanted) => text.includes(wanted));
    case "regex": {
      if (regex === undefined) throw new Error("a pattern without a regex library");
      return (value) => typeof value === "string" && regex.test(value);
    }
    default:
      return comparisonTest(match.kind, match.value);
  }
}

function stringTest(
  spec: MatcherSpec,
  wanted: string,
  compare: (text: string, wanted: string) => boolean,
): Test {
  if (!spec.caseInsensitive) return (value) => typeof value === "string" && compare(value, wanted);
  const folded = wanted.toLowerCase();
  return (value) => typeof value === "string" && compare(value.toLowerCase(), folded);
}

/** Same type and value; integers and doubles are one numeric domain. */
function equalValues(value: FieldValue, wanted: FieldValue): boolean {
  if (isNumeric(value) && isNumeric(wanted)) return value >= wanted && value <= wanted;
  if (typeof value === "object" && typeof wanted === "object") return value.hex === wanted.hex;
  return value === wanted;
}

function comparisonTest(kind: Comparison, wanted: number | bigint): Test {
  return (value) => {
    if (value === undefined || !isNumeric(value)) return false;
    switch (kind) {
      case "gt":
        return value > wanted;
      case "gte":
        return value >= wanted;
      case "lt":
        return value < wanted;
      case "lte":
        return value <= wanted;
    }
  };
}

function isNumeric(value: FieldValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
