/** Returns a number from 0 to `largest`. */
export type Next = (largest: number) => number;

const ATOMS = [
  ...["a", "b", "ab", "aa", ".", "/", "[ab]", "[^a]", "[^/]", "[a-c]", "\\d", "\\w", "\\W", "\\s"],
  ...["", "^", "$", "\\A", "\\z", "\\b", "\\B", "[[:alpha:]]", "\\pL", "\\x{e9}", "é", "[^é]", "k"],
  ...[
    "S",
    "\\n",
    "\\.",
    "\\\\",
    "(?i:A)",
    "(?i:k)",
    "(?m:^)",
    "(?m:$)",
    "(?-s:.)",
    "\\C",
    "0",
    "1",
  ],
];
/** Those that match often: what comes behind them is tried too. */
const COMMON_ATOMS = [
  ...["a", "b", ".", "[ab]", "[^/]", "/", "^", "$", "(^a|b|)", "(a*)", "(b|ab)", "(.*)", "(a|$)"],
];
const REPEATS = ["*", "*", "+", "?", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{2,}"];
const FLAGS = ["(?i)", "(?s)", "(?U)", "(?m)"];
const LETTERS = [
  ...["a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "/", "/", "/"],
  ...["c", "A", "K", "s", "0", "1", "/", "/", ".", "_", " ", "\n", "-"],
];
const ODD_LETTERS = ["é", "\u212a", "\u017f", "\ufffd", "😀", "\\", "\\n", '\\"', "\\\\", "\0"];

/** A pattern of RE2 syntax, or one that only looks so. */
export function randomPattern(next: Next): string {
  const flags = next(9) === 0 ? FLAGS[next(FLAGS.length - 1)] : "";
  const pattern = flags + alternation(next, 3);
  // As they stand in rules by mistake: the anchors' group ends early.
  return next(49) === 0 ? `${pattern})|(?:a` : pattern;
}

function alternation(next: Next, depth: number): string {
  return Array.from({ length: 1 + (next(3) === 0 ? 1 + next(1) : 0) }, () => {
    return Array.from({ length: 1 + next(2) }, () => piece(next, depth)).join("");
  }).join("|");
}

function piece(next: Next, depth: number): string {
  const atom = depth > 0 && next(2) === 0
    ? `${["(", "(", "(?:", `(?P<n${next(1e6)}>`][next(3)]}${alternation(next, depth - 1)})`
    : next(3) === 0
    ? ATOMS[next(ATOMS.length - 1)]
    : COMMON_ATOMS[next(COMMON_ATOMS.length - 1)];
  return next(2) === 0 && atom !== "" ? atom + REPEATS[next(REPEATS.length - 1)] : atom;
}

/** The bytes of a label's value as they may stand between quotes; not always valid UTF-8. */
export function randomValue(next: Next): Uint8Array {
  const odd = next(7) === 0;
  const letters = Array.from({ length: next(1) === 0 ? next(3) : next(10) }, () => {
    return odd && next(4) === 0 ? ODD_LETTERS[next(ODD_LETTERS.length - 1)] : LETTERS[
      next(LETTERS.length - 1)
    ];
  });
  const bytes = new TextEncoder().encode(letters.join(""));
  if (odd && bytes.length > 0 && next(2) === 0) bytes[next(bytes.length - 1)] = 0x80 + next(127);
  return bytes;
}
