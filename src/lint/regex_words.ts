/** A text that a pattern's beginning matches; `ended`: a `$` came, so that nothing may follow. */
interface Prefix {
  readonly text: string;
  readonly ended: boolean;
}

/** More words than this are not worth knowing one by one. */
const MAX_WORDS = 256;

/**
 * Returns every text that a rule's regex matches, where these are few and the pattern holds nothing
 * but literals, groups, `|`, `?` and anchors; an empty list when it matches none (`a$b`). Undefined:
 * not known.
 */
export function wordsOf(pattern: string): ReadonlySet<string> | undefined {
  if (!pattern.isWellFormed()) return undefined;
  const reader = new WordReader(pattern);
  const words = reader.alternatives([{ text: "", ended: false }]);
  if (words === undefined || !reader.atEnd) return undefined;
  return new Set(words.map(({ text }) => text));
}

/** Whether the regex matches every text, or every text but the empty one; undefined: neither is sure. */
export function wideMatch(pattern: string): "any" | "non-empty" | undefined {
  const bare = pattern.replace(/^\^/, "").replace(/(?<!\\)\$$/, "").replace(
    /^\((?:\?:)?(.*)\)$/,
    "$1",
  );
  if (bare === ".*" || bare === ".*?") return "any";
  return bare === ".+" || bare === ".+?" ? "non-empty" : undefined;
}

/** Reads a pattern from left to right and carries along all texts that match what was read. */
class WordReader {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  get atEnd(): boolean {
    return this.#at === this.#pattern.length;
  }

  /** Reads up to the end or a closing parenthesis. */
  alternatives(before: readonly Prefix[]): Prefix[] | undefined {
    const all: Prefix[] = [];
    for (;;) {
      const branch = this.#sequence(before);
      if (branch === undefined || all.length + branch.length > MAX_WORDS) return undefined;
      all.push(...branch);
      if (this.#pattern[this.#at] !== "|") return all;
      this.#at++;
    }
  }

  #sequence(before: readonly Prefix[]): Prefix[] | undefined {
    let words = [...before];
    while (!this.atEnd && this.#pattern[this.#at] !== "|" && this.#pattern[this.#at] !== ")") {
      const after = this.#atom(words);
      if (after === undefined) return undefined;
      const next = this.#pattern[this.#at];
      if (next === "*" || next === "+" || next === "{") return undefined;
      if (next === "?") {
        this.#at++;
        if (this.#pattern[this.#at] === "?") this.#at++;
        words = [...words, ...after];
      } else {
        words = after;
      }
      if (words.length > MAX_WORDS) return undefined;
    }
    return words;
  }

  #atom(words: readonly Prefix[]): Prefix[] | undefined {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at)!);
    switch (character) {
      case "(":
        return this.#group(words);
      case "^":
        this.#at++;
        return words.filter(({ text }) => text === "");
      case "$":
        this.#at++;
        return words.map(({ text }) => ({ text, ended: true }));
      case "\\": {
        const escaped = this.#pattern[this.#at + 1] ?? "";
        if (!/^[!-/:-@[-`{-~]$/.test(escaped)) return undefined;
        this.#at += 2;
        return append(words, escaped);
      }
      default:
        if (/[.[*+?{]/.test(character)) return undefined;
        this.#at += character.length;
        return append(words, character);
    }
  }

  #group(words: readonly Prefix[]): Prefix[] | undefined {
    const opening = /^\((?:\?:|\?P?<\w+>|(?!\?))/.exec(this.#pattern.slice(this.#at));
    if (opening === null) return undefined;
    this.#at += opening[0].length;
    const inner = this.alternatives(words);
    if (inner === undefined || this.#pattern[this.#at] !== ")") return undefined;
    this.#at++;
    return inner;
  }
}

function append(words: readonly Prefix[], text: string): Prefix[] {
  return words
    .filter(({ ended }) => !ended)
    .map((word) => ({ text: word.text + text, ended: false }));
}
