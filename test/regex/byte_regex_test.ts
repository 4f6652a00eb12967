import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { RE2JS } from "re2js";
import { decodeQuoted } from "../../src/exposition/text.ts";
import { DfaMemory, NO, UNSURE, YES } from "../../src/regex/lazy_dfa.ts";
import { type ByteRegex, compileByteRegex } from "../../src/regex/byte_regex.ts";
import { random } from "../support/random.ts";
import { randomPattern, randomValue } from "../support/regex/random_pattern.ts";

const encoder = new TextEncoder();

function compiled(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern);
  } catch {
    return undefined;
  }
}

/** Groups as text; undefined for one that took no part. */
function groupsIn(regex: ByteRegex, bytes: Uint8Array): (string | undefined)[] {
  const { groups } = regex;
  return Array.from({ length: groups.length / 2 }, (_, group) => {
    const start = groups[group * 2];
    const end = groups[group * 2 + 1];
    return start < 0 || end < 0 ? undefined : decodeQuoted(bytes, start, end);
  });
}

function groupsOf(regex: RE2JS, text: string): (string | undefined)[] | undefined {
  const matcher = regex.matcher(text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: regex.groupCount() + 1 }, (_, at) => matcher.group(at) ?? undefined);
}

/** Compares both questions, on a part of a larger array; returns how many were answered. */
function compare(pattern: string, re2: RE2JS, regex: ByteRegex, value: Uint8Array): number {
  const bytes = new Uint8Array([...encoder.encode('a="'), ...value, ...encoder.encode('",b/')]);
  const end = 3 + value.length;
  const text = decodeQuoted(bytes, 3, end);
  const what = `${JSON.stringify(pattern)} on ${JSON.stringify(text)}`;
  const wanted = groupsOf(re2, text);
  const tested = regex.test(bytes, 3, end);
  if (tested !== UNSURE) equal(tested, wanted === undefined ? NO : YES, what);
  const matched = regex.match(bytes, 3, end);
  if (matched !== UNSURE) equal(matched, wanted === undefined ? NO : YES, what);
  if (matched === YES) deepEqual(groupsIn(regex, bytes), wanted, what);
  return Number(tested !== UNSURE) + Number(matched !== UNSURE);
}

/**
 * Patterns as rules have them, anchored, and as policies have them; with much memory and with
 * little.
 */
const SETTINGS: readonly (readonly [string, (pattern: string) => string, number])[] = [
  ["rules", (pattern) => `^(?s:${pattern})$`, 4_000_000],
  ["rules, with little memory", (pattern) => `^(?s:${pattern})$`, 700],
  ["policies", (pattern) => pattern, 4_000_000],
  ["policies without case", (pattern) => `(?i)${pattern}`, 4_000_000],
  ["policies, with little memory", (pattern) => pattern, 700],
];

for (const [index, [what, wrapped, memory]] of SETTINGS.entries()) {
  test(`${what}: bytes match as re2js says, on 25,000 random pairs`, () => {
    const next = random(701 + index);
    let pairs = 0;
    let answers = 0;
    while (pairs < 25_000) {
      const pattern = wrapped(randomPattern(next));
      const re2 = compiled(pattern);
      const regex = re2 && compileByteRegex(re2, new DfaMemory(memory));
      for (let value = 0; regex !== undefined && value < 20; value++, pairs++) {
        answers += compare(pattern, re2!, regex, randomValue(next));
      }
    }
    // What is compared is worth something only where automata have an answer.
    ok(answers > pairs / 4, `${answers} answers to ${pairs} pairs`);
  });
}

test("escapes and letters beyond ASCII are left to re2js, behind what decides before them", () => {
  const regex = compileByteRegex(RE2JS.compile("^(?s:/api/(.*))$"), new DfaMemory())!;
  const answers = ["/api/x", "/api/é", "/api/\\n", "/app/é", "\\n/api", ""].map((value) => {
    const bytes = encoder.encode(value);
    return [regex.test(bytes, 0, bytes.length), regex.match(bytes, 0, bytes.length)];
  });
  deepEqual(answers, [[YES, YES], [UNSURE, UNSURE], [UNSURE, UNSURE], [NO, NO], [UNSURE, UNSURE], [
    NO,
    NO,
  ]]);
});

test("word boundaries, lines and large programs are left to re2js altogether", () => {
  for (const pattern of ["a\\b", "(?m)^a", "(?:[a-z]{20}[0-9]{20}){40}"]) {
    equal(compileByteRegex(RE2JS.compile(pattern), new DfaMemory()), undefined, pattern);
  }
});

test("a pattern with very many states is given up within its memory", () => {
  const memory = new DfaMemory(50_000);
  const re2 = RE2JS.compile("^(?s:(?:a|b)*a(?:a|b){14}(c?))$");
  const regex = compileByteRegex(re2, memory)!;
  const next = random(5);
  let last = 0;
  for (let turn = 0; turn < 3_000; turn++) {
    const value = encoder.encode(Array.from({ length: 60 }, () => "ab"[next(1)]).join(""));
    last = compare("many states", re2, regex, value);
  }
  equal(last, 0);
});
