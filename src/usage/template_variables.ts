import { escapedRegex } from "../regex/escaped.ts";

/**
 * The values that a dashboard's variables can have, by name. One that is not there can have any, as
 * those that a query fills.
 */
export type VariableValues = ReadonlyMap<string, readonly string[]>;

/** An expression in which each variable is a word that PromQL can read. */
export interface ExpandedExpression {
  readonly text: string;
  /** The values of the variable that a word stands for; undefined: any. */
  readonly words: ReadonlyMap<string, readonly string[] | undefined>;
}

/**
 * Puts words in the place of Grafana's variables: `$name`, `${name}`, `${name:format}`, `[[name]]`. A
 * duration (in brackets, after `offset`, `$__interval` and its like) becomes `1m`.
 */
export function expandVariables(expression: string, values: VariableValues): ExpandedExpression {
  const words = new Map<string, readonly string[] | undefined>();
  let isDuration = false;
  let quote = "";
  let last = 0;
  let text = "";
  const wordOf = (name: string) => {
    const word = `${WORD}${words.size}_`;
    words.set(word, values.get(name));
    return word;
  };
  for (const match of expression.matchAll(TOKEN)) {
    const [token] = match;
    text += expression.slice(last, match.index);
    last = match.index + token.length;
    const name = match[1] ?? match[2] ?? match[3];
    if (name === undefined) {
      text += token;
      if (quote !== "") {
        // Nothing is an escape between backquotes.
        if (token === quote || (quote === "`" && token === "\\`")) quote = "";
      } else if (/^["'`]$/.test(token)) quote = token;
      else if (token === "[") isDuration = true;
      else if (token === "]") isDuration = false;
      continue;
    }
    if (quote !== "") text += wordOf(name);
    else if (isDuration || DURATIONS.test(name) || /\boffset\s+-?$/.test(text)) text += "1m";
    else if (NUMBERS.test(name)) text += "60";
    else text += wordOf(name);
  }
  return { text: text + expression.slice(last), words };
}

const WORD = "__any_value_";

/** A variable, an escape in quotes, a quote, or a bracket. `[[` is a variable's only with its `]]`. */
const TOKEN = /\$(\w+)|\$\{(\w+)[^}]*\}|\[\[(\w+)[^\]]*\]\]|\\.|["'`[\]]/g;

/** What Grafana gives itself. */
const DURATIONS = /^__(?:interval|rate_interval|range)$/;
const NUMBERS = /^__(?:interval_ms|range_s|range_ms|from|to)$/;

/** Whether the text is one variable and nothing else. */
export function isVariable(text: string, { words }: ExpandedExpression): boolean {
  return words.has(text);
}

/** Whether a variable is in it. */
export function hasVariable(text: string, { words }: ExpandedExpression): boolean {
  return [...words.keys()].some((word) => text.includes(word));
}

/**
 * Returns what the text can be, as an RE2 pattern: `quoted` of what stands there as a text, and of a
 * variable all of its values, or anything.
 */
export function patternOf(
  text: string,
  { words }: ExpandedExpression,
  quoted: (part: string) => string = escapedRegex,
): string {
  return text.split(WORDS).map((part) => {
    if (!words.has(part)) return quoted(part);
    const values = words.get(part);
    return values === undefined ? ".*" : `(?:${values.map(escapedRegex).join("|")})`;
  }).join("");
}

const WORDS = new RegExp(`(${WORD}\\d+_)`);
