import { CATEGORY_ALIASES, CLASSES } from "./class_names.ts";

/**
 * Returns a pattern in which classes such as `\p{letter}` have the names by which re2js knows them.
 * Throws an Error, as re2js does, for a class that Go's regexes do not know: re2js knows more. What
 * is in a class is re2js's own table, which is of the same version of Unicode as `UNICODE_VERSION`.
 */
export function withKnownClasses(pattern: string): string {
  return /\\[pP]/.test(pattern) ? renamed(pattern, false) : pattern;
}

function renamed(pattern: string, inBrackets: boolean): string {
  return pattern.replace(inBrackets ? ESCAPE : TOKEN, (token, sign, negated, braced, letter) => {
    if (token.startsWith("[")) return `[${renamed(token.slice(1), true)}`;
    if (sign === undefined) return token;
    const name = knownName(braced ?? letter);
    if (name === undefined) throw new UnknownClass(token);
    const known = `\\${sign}{${negated ?? ""}${name}}`;
    // Go has no other letters that equal these under (?i), re2js has one.
    return name === "LC" && !inBrackets ? `(?-i:${known})` : known;
  });
}

const ESCAPE = /\\([pP])(?:\{(\^?)([^}]*)\}|([\s\S]))|\\[\s\S]/gu;
/** Quoted text and escapes too, so that what looks like a class in them is none; and `[…]`. */
const TOKEN = new RegExp(
  `\\\\Q[\\s\\S]*?(?:\\\\E|$)|${ESCAPE.source}|` +
    String.raw`\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]?`,
  "gu",
);

/** What re2js's errors have, as far as errors of rules tell of it. */
class UnknownClass extends Error {
  readonly error = "invalid character class range";

  constructor(token: string) {
    super(`error parsing regexp: invalid character class range: \`${token}\``);
    this.name = "UnknownClass";
  }
}

function knownName(written: string): string | undefined {
  names ??= new Map([
    ...CATEGORY_ALIASES.split(" ").map((alias) => alias.split(":") as [string, string]),
    ...CLASSES.split(" ").map((name): [string, string] => [name, name]),
  ].map(([name, known]) => [canonical(name), known]));
  return names.get(canonical(written));
}

let names: ReadonlyMap<string, string> | undefined;

/** Go looks at neither the case of letters nor what is between words. */
function canonical(name: string): string {
  return name.replace(/[-_ ]/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}
