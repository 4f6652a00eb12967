import { LetterRuns } from "./letter_runs.ts";
import { LOWER, UPPER } from "./unicode_tables.ts";

// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Returns `text` in upper case as Go's `strings.ToUpper`: letter by letter, one for one. So "ß" and
 * "ŉ", whose upper case is two letters, stay.
 */
export function goToUpper(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : mapped(text, upper ??= new LetterRuns(UPPER));
}

/**
 * Returns `text` in lower case as Go's `strings.ToLower`: letter by letter, one for one. So "Σ" at
 * the end of a word is "σ", and "İ" is "i" without a dot of its own.
 */
export function goToLower(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : mapped(text, lower ??= new LetterRuns(LOWER));
}

// Not the runtime's own mapping: its Unicode is its own, and changes with its version.
let upper: LetterRuns | undefined;
let lower: LetterRuns | undefined;

function mapped(text: string, runs: LetterRuns): string {
  let result = "";
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    const by = runs.distanceOf(code);
    result += by === 0 ? letter : String.fromCodePoint(code + by);
  }
  return result;
}
