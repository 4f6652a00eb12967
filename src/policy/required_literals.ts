import type { MatcherSpec } from "./policy.ts";
import type { RegexLibrary, RegexNode } from "./regex.ts";

/**
 * One way to satisfy a factor: any of these literals has to occur in the text. All are folded with
 * `foldCase`, so that one automaton serves matchers that mind case and those that do not.
 */
export type Factor = readonly string[];

/** More alternatives than this make a factor too weak to be worth its entries. */
const MAX_ALTERNATIVES = 32;
/** Factors of one matcher beyond this add little. */
const MAX_FACTORS = 3;
/** A single character occurs nearly everywhere. */
const MIN_LITERAL = 2;

/**
 * Literals that must occur in every text which the matcher matches: a few factors, each a list of
 * alternatives. Empty when there are none to be relied on, so that the matcher must always be run.
 */
export function requiredLiterals(spec: MatcherSpec, regex: RegexLibrary | undefined): Factor[] {
  if (spec.negate) return [];
  const { match } = spec;
  switch (match.kind) {
    case "equals":
      return typeof match.value === "string" ? literalFactor(spec, match.value) : [];
    case "starts_with":
    case "ends_with":
    case "contains":
      return literalFactor(spec, match.text);
    case "regex":
      return regex === undefined
        ? []
        : usable(factorsOf(regex.parse(match.text, spec.caseInsensitive)));
    default:
      return [];
  }
}

/**
 * Lower case for ASCII, and for the characters outside it that a case-insensitive match takes for
 * ASCII letters: U+017F (RE2), U+212A and U+0130. Other letters with case are not folded; they stay
 * out of literals that ignore case.
 */
export function foldCase(text: string): string {
  return text.replace(/[A-Z\u0130\u017f\u212a]/g, (letter) => {
    return letter === "\u017f" ? "s" : letter.toLowerCase();
  });
}

function literalFactor(spec: MatcherSpec, literal: string): Factor[] {
  return spec.caseInsensitive && !isAscii(literal) ? [] : usable([[foldCase(literal)]]);
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 127) return false;
  }
  return true;
}

function usable(factors: readonly Factor[]): Factor[] {
  return factors
    .filter((factor) => factor.every((literal) => literal.length >= MIN_LITERAL))
    .sort((a, b) => shortest(b) - shortest(a))
    .slice(0, MAX_FACTORS);
}

function shortest(factor: Factor): number {
  return Math.min(...factor.map((literal) => literal.length));
}

/** Node kinds of re2js's syntax tree (pinned version; `required_literals_test.ts` checks them). */
export const OP = {
  EMPTY: 1,
  LITERAL: 2,
  CLASS: 3,
  CAPTURE: 12,
  PLUS: 14,
  QUESTION: 15,
  CONCAT: 17,
  ALTERNATE: 18,
} as const;

const FOLD_CASE = 1;

/** Every factor that can be read off the tree. */
function factorsOf(node: RegexNode): Factor[] {
  const whole = expand(node);
  if (whole !== null) return [whole];
  switch (node.op) {
    case OP.CAPTURE:
    case OP.PLUS:
      return factorsOf(node.subs[0]);
    case OP.CONCAT:
      return concatFactors(node.subs);
    default:
      return [];
  }
}

/** Neighbours that expand are joined as far as the number of alternatives allows. */
function concatFactors(subs: readonly RegexNode[]): Factor[] {
  const factors: Factor[] = [];
  let run: Factor | null = null;
  for (const sub of subs) {
    const expanded = expand(sub);
    const joined: Factor | null = run && expanded && product(run, expanded);
    if (joined !== null) {
      run = joined;
      continue;
    }
    if (run !== null) factors.push(run);
    run = expanded;
    if (expanded === null) factors.push(...factorsOf(sub));
  }
  if (run !== null) factors.push(run);
  return factors;
}

/** All texts that the node can match, folded; null when they are too many or not finite. */
function expand(node: RegexNode): Factor | null {
  switch (node.op) {
    case OP.EMPTY:
      return [""];
    case OP.LITERAL:
      return expandLiteral(node);
    case OP.CLASS:
      return expandClass(node);
    case OP.CAPTURE:
      return expand(node.subs[0]);
    case OP.QUESTION: {
      const inner = expand(node.subs[0]);
      return inner && limited([...inner, ""]);
    }
    case OP.CONCAT:
      return node.subs.reduce<Factor | null>((all, sub) => {
        const next = all && expand(sub);
        return all && next && product(all, next);
      }, [""]);
    case OP.ALTERNATE: {
      const parts = node.subs.map(expand);
      return parts.every((part) => part !== null) ? limited(parts.flat()) : null;
    }
    default:
      return null;
  }
}

function expandLiteral(node: RegexNode): Factor | null {
  const text = String.fromCodePoint(...Array.from(node.runes));
  const ignoresCase = (node.flags & FOLD_CASE) !== 0;
  return ignoresCase && !isAscii(text) ? null : [foldCase(text)];
}

function expandClass(node: RegexNode): Factor | null {
  const texts = new Set<string>();
  for (let i = 0; i < node.runes.length; i += 2) {
    if (node.runes[i + 1] - node.runes[i] >= MAX_ALTERNATIVES) return null;
    for (let rune = node.runes[i]; rune <= node.runes[i + 1]; rune++) {
      texts.add(foldCase(String.fromCodePoint(rune)));
    }
  }
  return texts.size === 0 ? null : limited([...texts]);
}

function product(left: Factor, right: Factor): Factor | null {
  if (left.length * right.length > MAX_ALTERNATIVES) return null;
  return left.flatMap((head) => right.map((tail) => head + tail));
}

function limited(texts: readonly string[]): Factor | null {
  const distinct = [...new Set(texts)];
  return distinct.length <= MAX_ALTERNATIVES ? distinct : null;
}
