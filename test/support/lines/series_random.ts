import type { RelabelRules } from "./series_case.ts";

type Next = (largest: number) => number;

const pick = <Item>(next: Next, items: readonly Item[]): Item => items[next(items.length - 1)];

const TYPES = ["counter", "gauge", "histogram", "summary", "info", "untyped", "stateset", ""];
const LABELS = ["a", "b", "code", "path", "x_a", "x_b"];
const VALUES = ["", "1", "2", "/a", "GET", "get", String.raw`q\"\\\n`, String.raw`\q`, "ö", "10"];
const BOUNDS = ["1", "1.0", "1e0", "2.5", "+Inf"];
const NUMBERS = ["1", "2", "0.1", "0.2", "1e3", "+5", "-0", "9007199254740993", "+Inf", "007.5"];

/** Families, each in one piece, with samples that often differ in one label only. */
export function randomFamilies(next: Next): string {
  return Array.from({ length: 1 + next(6) }, (_, i) => family(next, `f${i}`)).join("");
}

function family(next: Next, name: string): string {
  const type = pick(next, TYPES);
  const lines = type === "" ? [] : [`# HELP ${name} Text.`, `# TYPE ${name} ${type}`];
  const labels = LABELS.filter(() => next(1) === 0);
  const isHistogram = type === "histogram" || type === "";
  for (let i = next(12); i >= 0; i--) {
    if (isHistogram) lines.push(...histogram(next, name, labels, i, type));
    else lines.push(...plainSamples(next, name, labels, type));
  }
  return lines.join("\n") + "\n";
}

function plainSamples(
  next: Next,
  name: string,
  labels: readonly string[],
  type: string,
): string[] {
  return samples(next, type).map(([suffix, part]) => {
    const written = labels.map((label) => `${label}="${pick(next, VALUES)}"`);
    if (part !== "") written.splice(next(written.length), 0, part);
    return `${name}${suffix}${braced(next, written)} ${pick(next, NUMBERS)}`;
  });
}

/** The lines of one histogram: another one has another `path`. */
function histogram(
  next: Next,
  name: string,
  labels: readonly string[],
  number: number,
  type: string,
): string[] {
  const written = [
    ...labels.filter((label) => label !== "path").map((label) =>
      `${label}="${pick(next, VALUES)}"`
    ),
    `path="/${number}"`,
  ];
  const lines: string[] = [];
  const place = next(written.length);
  // A histogram's lines are spelt alike.
  const end = pick(next, ["", ","]);
  let count = next(3);
  for (const bound of [pick(next, ["1", "1.0", "1e0"]), "2.5", "+Inf"]) {
    if (next(3) === 0) continue;
    count += next(9);
    lines.push(`${name}_bucket{${written.toSpliced(place, 0, `le="${bound}"`)}${end}} ${count}`);
  }
  lines.push(`${name}_sum{${written}${end}} ${pick(next, NUMBERS)}`);
  if (type === "") return lines;
  const isWhole = lines.length === 1 || lines.at(-2)!.includes("+Inf");
  lines.push(`${name}_count{${written}${end}} ${isWhole ? count : count + next(2)}`);
  lines.push(`${name}_created{${written}${end}} ${pick(next, NUMBERS)}`);
  return lines;
}

function braced(next: Next, written: readonly string[]): string {
  return written.length === 0 ? "" : `{${written}${pick(next, ["", ","])}}`;
}

/** Suffixes of samples, each with its `le` or `quantile`. */
function samples(next: Next, type: string): [suffix: string, part: string][] {
  const bound = pick(next, BOUNDS);
  switch (type) {
    case "counter":
      return [["_total", ""], ["_created", ""]];
    case "summary":
      return [["", `quantile="${bound}"`], ["_sum", ""], ["_count", ""]];
    case "info":
      return [["_info", ""]];
    default:
      return [["", ""]];
  }
}

const FILTERS: RelabelRules = [
  { action: "drop", source_labels: ["a"], regex: "1|GET" },
  { action: "keep", source_labels: ["__name__"], regex: "f[0-3].*" },
  { action: "drop", source_labels: ["a", "b"], regex: ".*;/a" },
  { action: "keepequal", source_labels: ["a"], target_label: "b" },
  { action: "dropequal", source_labels: ["code"], target_label: "x_a" },
  { action: "drop", source_labels: ["le"], regex: "1[.]0" },
  { action: "drop", source_labels: ["path"], regex: '.*["\\n].*' },
];

const CHANGES: RelabelRules = [
  { action: "labeldrop", regex: "path" },
  { action: "labeldrop", regex: "a|x_.*" },
  { action: "labelkeep", regex: "__name__|code|le|quantile" },
  { action: "labelmap", regex: "x_(.*)" },
  { action: "labelmap", regex: "(a|b)", replacement: "copy_$1" },
  { action: "lowercase", source_labels: ["a"], target_label: "a" },
  { action: "uppercase", source_labels: ["copy_a"], target_label: "up" },
  { action: "hashmod", source_labels: ["path", "b"], modulus: 3, target_label: "path" },
  { source_labels: ["code"], target_label: "code", regex: "(.).*", replacement: "${1}xx" },
  { source_labels: ["a"], target_label: "b" },
  { source_labels: ["b"], target_label: "le" },
  { source_labels: ["copy_b"], target_label: "$1", regex: "(.*)" },
  { target_label: "fixed", replacement: "value" },
  { source_labels: ["path"], target_label: "a", regex: "/.*", replacement: "" },
  { action: "labeldrop", regex: "le|quantile" },
];

const RENAMES: RelabelRules = [
  { source_labels: ["__name__"], target_label: "__name__", regex: "(.*)", replacement: "p_$1" },
  { source_labels: ["__name__"], target_label: "__name__", regex: "f1", replacement: "renamed" },
  {
    source_labels: ["__name__", "a"],
    target_label: "__name__",
    regex: "(f2.*);1",
    replacement: "",
  },
];

/** One to five rules; `kind` says what they may do. */
export function randomRules(next: Next, kind: "filters" | "changes"): RelabelRules {
  const pool = kind === "filters" ? FILTERS : [...CHANGES, ...CHANGES, ...FILTERS, ...RENAMES];
  return Array.from({ length: 1 + next(4) }, () => pick(next, pool));
}
