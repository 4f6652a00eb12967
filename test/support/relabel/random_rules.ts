type Next = (largest: number) => number;

const LABELS = ["a", "b", "c", "le"];
const REGEXES = [
  ...["(x+)/(y*)", "x.*", ".*y", "x|/", "", "(.*)", "(?i)X(.)?.*", "(.)(.)(.*)", "[^x]*", "m;(.*)"],
  ...[
    "(?P<first>x|y)(?P<rest>.*)",
    "(.+);(.*)",
    "a)|(?:x",
    "\\bx\\b.*",
    ".*é.*",
    ".*\\\\.*",
    "\\d+",
  ],
];
const REPLACEMENTS = ["$1", "$2", "p-$1", "${first}$rest", "fixed", '"$1\\', "$1$9", "$0", ""];
const TARGETS = ["a", "b", "c", "d", "d", "e", "le", "__name__", "t$1"];
const VALUES = [
  "x",
  "xx",
  "y",
  "x/y",
  "xx/",
  "/",
  "é",
  "x\\\\y",
  'q\\"',
  "x\\ny",
  "1",
  "1.0",
  "5e0",
  "",
];

/** A rule as it stands in a config, over the labels of `randomLine`. */
export function randomRule(next: Next): Record<string, unknown> {
  const pick = <T>(list: readonly T[]): T => list[next(list.length - 1)];
  const sources = next(2) > 0
    ? [pick(LABELS)]
    : [pick(["__name__", ...LABELS]), pick([...LABELS, "d"])];
  const regex = pick(REGEXES);
  switch (next(11)) {
    case 0:
      return { action: pick(["keep", "drop"]), source_labels: sources, regex };
    case 1:
      return {
        action: pick(["labeldrop", "labelkeep"]),
        regex: pick(["a", "[bc]", "__name__|[^b]+"]),
      };
    case 2:
      return { action: "labelmap", regex: pick(["(a)", "b"]), replacement: pick(["m$1", "d"]) };
    case 3:
      return { action: "hashmod", source_labels: sources, modulus: 3, target_label: pick(LABELS) };
    case 4:
      return {
        action: pick(["lowercase", "uppercase"]),
        source_labels: sources,
        target_label: "d",
      };
    case 5:
      return {
        action: pick(["keepequal", "dropequal"]),
        source_labels: [pick(LABELS)],
        target_label: pick(["a", "d"]),
      };
    case 6:
      return { source_labels: [pick([...LABELS, "d"])], target_label: pick(["a", "c", "d", "le"]) };
    default:
      return {
        source_labels: sources,
        regex,
        target_label: pick(TARGETS),
        replacement: pick(REPLACEMENTS),
      };
  }
}

/** A sample of `m` with some of the labels, of which many have values of their own. */
export function randomLine(next: Next): string {
  const names = LABELS.filter(() => next(3) > 0);
  const value = () => VALUES[next(VALUES.length - 1)] + (next(2) === 0 ? `x${next(999)}` : "");
  return `m{${names.map((name) => `${name}="${value()}"`).join()}} 1`;
}
