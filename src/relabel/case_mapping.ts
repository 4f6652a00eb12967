/**
 * Letters that got a partner of the other case in Unicode 16 and 17, which one runtime knows and the
 * other does not. Go's tables are those of Unicode 15: these letters stay as they are.
 */
const YOUNGER_THAN_GO =
  /[\u019b\u0264\u1c89\u1c8a\ua7cb-\ua7cf\ua7d2-\ua7d5\ua7da-\ua7dc\u{10d50}-\u{10d85}\u{16ea0}-\u{16ed3}]/u;

/** Letters with iota subscript whose simple upper case is the title-case letter 8 or 9 above. */
const IOTA_ROWS = /[\u1f80-\u1faf]/;
const IOTA_LETTERS = new Map([
  ["\u1fb3", "\u1fbc"],
  ["\u1fc3", "\u1fcc"],
  ["\u1ff3", "\u1ffc"],
]);

// deno-lint-ignore no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/**
 * Returns `text` in upper case as Go's `strings.ToUpper`: letter by letter, one for one. So "ß" and
 * "ŉ", whose upper case is two letters, stay.
 */
export function goToUpper(text: string): string {
  return ASCII.test(text) ? text.toUpperCase() : Array.from(text, upperLetter).join("");
}

/**
 * Returns `text` in lower case as Go's `strings.ToLower`: letter by letter, one for one. So "Σ" at
 * the end of a word is "σ", and "İ" is "i" without a dot of its own.
 */
export function goToLower(text: string): string {
  return ASCII.test(text) ? text.toLowerCase() : Array.from(text, lowerLetter).join("");
}

function upperLetter(letter: string): string {
  if (YOUNGER_THAN_GO.test(letter)) return letter;
  const upper = letter.toUpperCase();
  if (isOneLetter(upper)) return upper;
  if (IOTA_ROWS.test(letter)) return String.fromCharCode(letter.charCodeAt(0) | 8);
  return IOTA_LETTERS.get(letter) ?? letter;
}

function lowerLetter(letter: string): string {
  if (YOUNGER_THAN_GO.test(letter)) return letter;
  const lower = letter.toLowerCase();
  return isOneLetter(lower) ? lower : "i";
}

function isOneLetter(text: string): boolean {
  return text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff);
}
