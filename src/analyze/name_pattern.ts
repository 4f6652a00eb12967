import { escapedRegex } from "../regex/escaped.ts";
import { MAX_PATTERN_TEXTS } from "../bounds.ts";
import { groupByText, TextSet } from "../exposition/text_map.ts";

/** Names below one prefix that are worth a pattern: fewer stay a list, which says what it drops. */
const LEAST_FOR_PATTERN = 4;

/** Characters of a list that is read at a glance; such lists are matched without a regex library. */
const PLAIN_LIST = 120;

/** Groups in groups that are looked into. */
const MOST_DEPTH = 8;

/**
 * Returns a regex, to be anchored, that matches the texts `chosen` and no other text of `all`: a
 * prefix and `.*` where all that begins with it was chosen, else alternatives; of a long list those of
 * one prefix together. `all` undefined: nobody knows what else there is, and no `.*` is written.
 */
export function namePattern(chosen: Iterable<string>, all?: Iterable<string>): string {
  const names = [...new TextSet(chosen)].sort();
  const wanted = new TextSet(names);
  const others = all === undefined
    ? undefined
    : [...all].filter((name) => !wanted.has(name)).sort();
  const grouped = alternatives(names, 0, others);
  const list = names.map(escapedRegex).join("|");
  const isPlain = list.length <= PLAIN_LIST && !grouped.some((one) => one.endsWith(".*"));
  return isPlain ? list : grouped.join("|");
}

/** The alternatives of sorted names, which begin with the same `from` characters. */
function alternatives(
  names: readonly string[],
  from: number,
  others: readonly string[] | undefined,
): string[] {
  if (names.length === 1) return [escapedRegex(names[0])];
  const prefix = commonPrefix(names, from);
  if (
    prefix.length > 0 && names.length >= LEAST_FOR_PATTERN && others !== undefined &&
    !startsAny(others, prefix)
  ) return [`${escapedRegex(prefix)}.*`];
  const groups = [...groupByText(names, (name) => name.slice(0, tokenEnd(name, prefix.length)))];
  if (prefix.length > 0 && groups.every(([, members]) => members.length === 1)) {
    const ends = names.map((name) => escapedRegex(name.slice(prefix.length)));
    return [`${escapedRegex(prefix)}(?:${ends.join("|")})`];
  }
  return groups.flatMap(([, members]) => alternatives(members, prefix.length, others));
}

/** What ends a part of a name, or of names and values that are joined. */
const SEPARATOR = /[_:.;/-]/;

/** Where the part of a text that begins at `from` ends, its separator included. */
function tokenEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (SEPARATOR.test(text[at])) return at + 1;
  }
  return text.length;
}

/** What sorted texts begin with, cut after a separator. */
function commonPrefix(names: readonly string[], from: number): string {
  const first = names[0];
  const last = names[names.length - 1];
  let length = from;
  while (length < first.length && first[length] === last[length]) length++;
  while (length > from && !SEPARATOR.test(first[length - 1])) length--;
  return first.slice(0, length);
}

/** Whether one of the sorted texts begins with `prefix`. */
function startsAny(sorted: readonly string[], prefix: string): boolean {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < prefix) low = middle + 1;
    else high = middle;
  }
  return sorted[low]?.startsWith(prefix) ?? false;
}

/** A regex taken apart at its outermost `|`. */
export interface Alternatives {
  /** What alternatives match that match a few texts and nothing else. */
  readonly literals: readonly string[];
  /** The others, as they were written. */
  readonly others: readonly string[];
}

/** Takes a regex apart. Nothing is run: what is more than literals and groups of them is handed back. */
export function alternativesOf(regex: string): Alternatives {
  const literals = new Set<string>();
  const others: string[] = [];
  const work = { left: MAX_PATTERN_TEXTS };
  for (const part of split(regex)) {
    const texts = expanded(part, work);
    if (texts === undefined) others.push(part);
    else for (const text of texts) literals.add(text);
  }
  return { literals: [...literals], others };
}

/** Whether one of the alternatives is a prefix and `.*` that takes the text. */
export function isTaken(text: string, others: readonly string[]): boolean {
  return others.some((other) => {
    const prefix = other.endsWith(".*")
      ? expanded(other.slice(0, -2), { left: MAX_PATTERN_TEXTS })
      : undefined;
    return prefix?.some((prefix) => text.startsWith(prefix)) ?? false;
  });
}

/** The parts between `|` that stand in no group, class or escape. */
function split(regex: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let isClass = false;
  let start = 0;
  for (let at = 0; at < regex.length; at++) {
    const c = regex[at];
    if (c === "\\") at++;
    else if (isClass) isClass = c !== "]";
    else if (c === "[") isClass = true;
    else if (c === "(") depth++;
    else if (c === ")") depth--;
    else if (c === "|" && depth === 0) {
      parts.push(regex.slice(start, at));
      start = at + 1;
    }
  }
  return [...parts, regex.slice(start)];
}

/** Texts that may still be put together. */
interface Work {
  left: number;
}

/** The texts that a regex without a `|` outside of groups matches; undefined for more than a list. */
function expanded(regex: string, work: Work, depth: number = 0): string[] | undefined {
  let texts = [""];
  for (let at = 0; at < regex.length;) {
    const group = regex[at] === "(" ? groupAt(regex, at, work, depth) : undefined;
    const { next, end } = group ?? literalAt(regex, at);
    // A repetition is of what stands before it: a group, or the last character.
    if (end === at || /[+*?{]/.test(regex[end] ?? "")) return undefined;
    work.left -= texts.length * next.length;
    if (work.left < 0) return undefined;
    texts = texts.flatMap((text) => next.map((end) => text + end));
    at = end;
  }
  return texts;
}

interface Piece {
  readonly next: readonly string[];
  /** Where what was read ends; where it began for what is no list of texts. */
  readonly end: number;
}

function groupAt(regex: string, at: number, work: Work, depth: number): Piece {
  const end = depth < MOST_DEPTH ? groupEnd(regex, at) : -1;
  const inner = regex.slice(at + 1, end).replace(/^\?:/, "");
  if (end < 0 || inner.startsWith("?")) return { next: [], end: at };
  const next: string[] = [];
  for (const part of split(inner)) {
    const texts = expanded(part, work, depth + 1);
    if (texts === undefined) return { next: [], end: at };
    next.push(...texts);
  }
  return { next, end: end + 1 };
}

/** Characters that stand for themselves, from `at` on. */
function literalAt(regex: string, at: number): Piece {
  const [read] = /^(?:\\[\p{P}\p{S}]|[^\\.+*?()|[\]{}^$])*/u.exec(regex.slice(at))!;
  return { next: [read.replace(/\\(.)/gsu, "$1")], end: at + read.length };
}

function groupEnd(regex: string, start: number): number {
  let depth = 0;
  for (let at = start; at < regex.length; at++) {
    if (regex[at] === "\\") at++;
    else if (regex[at] === "[") return -1;
    else if (regex[at] === "(") depth++;
    else if (regex[at] === ")" && --depth === 0) return at;
  }
  return -1;
}
