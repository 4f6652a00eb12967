import type { PolicyText } from "./filtered.ts";

type Next = (largest: number) => number;

const FAMILIES = ["a", "ab", "abc", "a_b", "a_count", "go:x", "a_sum", "q.r"];
const TYPES = ["counter", "gauge", "summary", "untyped", "weird"];
const HISTOGRAMS = ["histogram", "weird"];
const SUFFIXES = ["", "_total", "_created", "_bucket", "_sum", "_count", "_max", "b"];
const LABELS = ["x", "y", "job", "xx"];
const VALUES = [
  "",
  "1",
  "12",
  "abc",
  String.raw`q\"u`,
  String.raw`back\\`,
  String.raw`n\nl`,
  "}ö,",
];
const NUMBERS = ["0", "1", "5.5", "10", "-3", "+7", "NaN", "+Inf", "-Inf"];
const MALFORMED = ["a", "ab{", `a{x="1" 2`, "a_count one", "a 1 2 3", `{x="1"} 1`, "1a 1", "= 1"];
const COMMENTS = ["", " ", "#", "# note", "# EOF", "# HELP", "#a 1"];

const pick = <Item>(next: Next, items: readonly Item[]): Item => items[next(items.length - 1)];

/** Up to 60 lines: samples, metadata in and out of order, comments, malformed lines. */
export function randomExposition(next: Next): string {
  const lines = Array.from({ length: next(60) }, () => {
    const kind = next(19);
    if (kind < 12) return sample(next);
    if (kind < 17) return metadata(next);
    return pick(next, kind === 17 ? MALFORMED : COMMENTS);
  });
  return lines.join("\n") + (next(3) > 0 && lines.length > 0 ? "\n" : "");
}

function metadata(next: Next): string {
  const family = pick(next, FAMILIES.slice(0, -1));
  switch (next(3)) {
    case 0:
      return `# HELP ${family} ${pick(next, ["", "Text.", "Longer text, with # and \\n."])}`;
    case 1:
      return `# UNIT ${family} seconds`;
    default:
      // A histogram beside another type of the name is a family of its own.
      return `# TYPE ${family} ${pick(next, family.length % 2 === 0 ? HISTOGRAMS : TYPES)}`;
  }
}

function sample(next: Next): string {
  const name = pick(next, FAMILIES) + pick(next, SUFFIXES);
  const used = LABELS.filter(() => next(2) === 0);
  const labels = used.map((label) => `${label}="${pick(next, VALUES)}"`).join(",");
  const series = name.includes(".")
    ? `{"${name}"${labels && ","}${labels}}`
    : labels === "" && next(1) === 0
    ? name
    : `${name}{${labels}${labels && pick(next, ["", ","])}}`;
  return `${series} ${pick(next, NUMBERS)}${pick(next, ["", "", " 1700000000000"])}`;
}

/** One to four policies of one or two matchers each; most of them drop. */
export function randomPolicies(next: Next): PolicyText[] {
  return Array.from({ length: 1 + next(3) }, () => ({
    match: Array.from({ length: 1 + next(1) }, () => matcher(next)),
    keep: next(4) === 0,
  }));
}

function matcher(next: Next): Record<string, unknown> {
  switch (next(6)) {
    case 0:
      return { metric_type: pick(next, ["sum", "gauge", "histogram", "summary"]) };
    case 1:
      return { datapoint_attribute: "value", gt: pick(next, [0, 5, 100]) };
    case 2:
      return { datapoint_attribute: pick(next, LABELS), exists: next(1) === 0 };
    case 3:
    case 4: {
      const attribute = { datapoint_attribute: pick(next, LABELS), negate: next(3) === 0 };
      return { ...attribute, ...textMatch(next, ["1", "abc", 'q"u', "back\\", "n\nl"]) };
    }
    default:
      return {
        metric_field: "name",
        negate: next(3) === 0,
        ...textMatch(next, ["a", "ab", "_sum"]),
      };
  }
}

function textMatch(next: Next, texts: readonly string[]): Record<string, unknown> {
  const kind = pick(next, ["equals", "starts_with", "contains", "regex"]);
  if (kind !== "regex") return { [kind]: pick(next, texts) };
  return { regex: pick(next, ["^a", "b$", "_(count|total)", "^[a-c]+$", "1|2", "^.$", '\\\\|"']) };
}
