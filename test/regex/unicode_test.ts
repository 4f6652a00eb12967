import { deepEqual, equal } from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadRegexLibrary } from "../../src/policy/regex.ts";
import { goToLower, goToUpper } from "../../src/relabel/case_mapping.ts";
import { GO_VERSION, UNICODE_VERSION } from "../../src/relabel/unicode_tables.ts";
import { compileRuleRegex } from "../../src/relabel/rule_regex.ts";
import { isNameLetter } from "../../src/relabel/template.ts";

/**
 * What Go answers: its packages strings and unicode, and regexp/syntax for the classes. Hashes are
 * SHA-256 of the lines that the tests below write.
 */
interface Answers {
  readonly go: string;
  readonly unicode: string;
  readonly upper: string;
  readonly lower: string;
  readonly fold: string;
  readonly nameLetters: string;
  readonly classes: Readonly<Record<string, string>>;
  readonly refused: readonly string[];
}

const ANSWERS: Answers = JSON.parse(
  readFileSync(join(import.meta.dirname!, "data", "unicode.json"), "utf8"),
);

const LAST = 0x10ffff;
const isLetter = (code: number) => code < 0xd800 || code > 0xdfff;
const hex = (code: number) => code.toString(16);
const sum = (text: string) => createHash("sha256").update(text).digest("hex");

test("the tables are those of the Go that the answers are of", () => {
  deepEqual([GO_VERSION, UNICODE_VERSION], [ANSWERS.go, ANSWERS.unicode]);
});

for (const [name, mapped] of [["upper", goToUpper], ["lower", goToLower]] as const) {
  test(`every letter has the ${name} case that it has in Go`, () => {
    let lines = "";
    for (let code = 0; code <= LAST; code++) {
      if (!isLetter(code)) continue;
      const letter = String.fromCodePoint(code);
      const to = mapped(letter);
      if (to !== letter) lines += `${hex(code)} ${hex(to.codePointAt(0)!)}\n`;
    }
    equal(sum(lines), ANSWERS[name]);
  });
}

test("every class holds the letters that it holds in Go", async () => {
  const rangesOf = await rangesIn();
  const wrong = Object.entries(ANSWERS.classes).filter(([pattern, hash]) => {
    const text = rangesOf(pattern).map(([from, to]) => `${hex(from)}-${hex(to)}`).join();
    return sum(text).slice(0, 16) !== hash;
  });
  deepEqual(wrong, []);
});

test("names in templates hold the letters and digits that they hold in Go", () => {
  let lines = "";
  for (let code = 0; code <= LAST; code++) {
    const isUnderscore = code === 0x5f;
    if (!isUnderscore && isNameLetter(String.fromCodePoint(code))) lines += `${hex(code)}\n`;
  }
  equal(sum(lines), ANSWERS.nameLetters);
  equal(isNameLetter("_"), true);
});

test("a class that Go does not know is refused, in rules and policies", async () => {
  const rangesOf = await rangesIn();
  const taken: string[] = [];
  for (const pattern of ANSWERS.refused) {
    try {
      rangesOf(pattern);
      taken.push(`policy: ${pattern}`);
    } catch { /* As in Go. */ }
    await compileRuleRegex(pattern).then(() => taken.push(`rule: ${pattern}`), () => {});
  }
  deepEqual(taken, []);
});

test("what only looks like a class is none", async () => {
  for (
    const [pattern, text] of [["\\Q\\p{x}\\E", "\\p{x}"], ["\\\\p{1}", "\\p"], ["[\\\\p{x}]", "x"]]
  ) {
    equal((await compileRuleRegex(pattern)).test(text), true, pattern);
  }
});

test("every letter equals the letters under (?i) that it equals in Go", async () => {
  const rangesOf = await rangesIn();
  let lines = "";
  for (let code = 0; code <= LAST; code++) {
    if (!isLetter(code)) continue;
    const ranges = rangesOf(`(?i)[\\x{${hex(code)}}]`);
    const equals = ranges.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, at) => from + at)
    );
    if (equals.length > 1) lines += `${[code, ...equals].map(hex).join(" ")}\n`;
  }
  equal(sum(lines), ANSWERS.fold);
});

test("a letter and its fellows match under (?i) as literals, too", async () => {
  for (
    const [pattern, text] of [["\u017f", "s"], ["k", "\u212a"], ["\u0345", "\u0399"], ["ß", "ẞ"]]
  ) {
    equal((await compileRuleRegex(`(?i)x${pattern}`)).test(`X${text}`), true, `${pattern} ${text}`);
  }
});

type Ranges = (readonly [from: number, to: number])[];

/** Returns the ranges of the letters that a pattern of one class matches, in order. */
async function rangesIn(): Promise<(pattern: string) => Ranges> {
  const library = await loadRegexLibrary();
  const rangesOf = (pattern: string): Ranges => {
    const { op, flags, runes } = library.parse(pattern, false);
    switch (op) {
      case NO_MATCH:
        return [];
      case LITERAL:
        if ((flags & FOLD_CASE) === 0) return [[runes[0], runes[0]]];
        // A letter and its other case, which a third letter makes a class again.
        return rangesOf(`(?i)[\\x{${hex(runes[0])}}\\x{0}]`).filter(([from]) => from > 0);
      case CHAR_CLASS:
        return Array.from(
          { length: runes.length / 2 },
          (_, at) => [runes[at * 2], runes[at * 2 + 1]],
        );
      case ANY_CHAR:
        return [[0, LAST]];
      default:
        throw new Error(`${pattern} is no class, but ${op}`);
    }
  };
  return rangesOf;
}

/** As re2js numbers what a pattern is parsed into. */
const NO_MATCH = 0;
const LITERAL = 2;
const CHAR_CLASS = 3;
const ANY_CHAR = 5;
const FOLD_CASE = 1;
