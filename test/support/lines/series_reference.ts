import type { FamilyType } from "../../../src/exposition/family_type.ts";
import { formatValue } from "../../../src/exposition/format_value.ts";
import { LabelBuilder } from "../../../src/relabel/label_builder.ts";
import type { RuleSet } from "../../../src/relabel/rule_set.ts";

/** Series as they are written, without value. */
export type SeriesValues = Map<string, string>;

const LABEL = String.raw`\w+="(?:[^"\\]|\\.)*"`;
const SAMPLE = new RegExp(String.raw`^(\w+)(?:\{((?:${LABEL},?)*)\})? (\S+)$`);

const SUFFIXES: Partial<Record<FamilyType, string[]>> = {
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  summary: ["_sum", "_count", "_created"],
  info: ["_info"],
};

const BOUNDS: Partial<Record<FamilyType, string>> = { histogram: "le", summary: "quantile" };

interface Series {
  readonly fn: string;
  readonly texts: string[];
}

/**
 * What rules and functions by type make of an exposition, in the plainest way: one regular
 * expression a line, rules over a fresh set of labels each time, groups by sorted labels. Of a series
 * that is there twice the first sample counts.
 */
export function referenceSeries(text: string, rules: RuleSet): SeriesValues {
  const types = new Map<string, FamilyType>();
  const groups = new Map<string, Series>();
  const origins = new Set<string>();
  for (const line of text.split("\n")) {
    const typeLine = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (typeLine !== null) types.set(typeLine[1], typeLine[2] as FamilyType);
    const found = SAMPLE.exec(line);
    if (found === null) continue;
    const [, oldName, labelText = "", value] = found;
    const [family, type] = familyOf(oldName, types);
    const labels = readLabels(labelText, type);
    const origin = JSON.stringify([oldName, labels.filter(([, text]) => text !== "").sort()]);
    if (origins.has(origin)) continue;
    origins.add(origin);
    const builder = new LabelBuilder([["__name__", oldName], ...labels]);
    if (rules.apply(builder) >= 0) continue;
    const name = builder.get("__name__");
    if (name === "") continue;
    const suffix = oldName.slice(family.length);
    const keepsType = name.endsWith(suffix) && name.length > suffix.length;
    const outputType = keepsType ? type : undefined;
    const series = seriesText(name, builder, outputType);
    const group = groups.get(series) ?? { fn: functionOf(name, suffix, outputType), texts: [] };
    groups.set(series, group);
    group.texts.push(value);
  }
  return merged(groups);
}

/** The samples of an exposition. Throws when a series is there twice. */
export function seriesIn(text: string): SeriesValues {
  const values: SeriesValues = new Map();
  for (const line of text.split("\n")) {
    const found = /^([^#].*) (\S+)$/.exec(line);
    if (found === null) continue;
    if (values.has(found[1])) throw new Error(`${found[1]} is there twice`);
    values.set(found[1], found[2]);
  }
  return values;
}

function familyOf(name: string, types: Map<string, FamilyType>): [string, FamilyType | undefined] {
  if (types.has(name)) return [name, types.get(name)];
  for (const [family, type] of types) {
    if (SUFFIXES[type]?.some((suffix) => family + suffix === name)) return [family, type];
  }
  return [name, undefined];
}

function readLabels(text: string, type: FamilyType | undefined): [string, string][] {
  return [...text.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, name, raw]) => {
    const value = raw.replace(/\\([\\"n])/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
    return [name, type && BOUNDS[type] === name ? canonical(value) : value];
  });
}

function canonical(text: string): string {
  if (text === "" || text === "+Inf") return text;
  return Number.isInteger(Number(text)) ? `${Number(text)}.0` : String(Number(text));
}

function seriesText(name: string, builder: LabelBuilder, type: FamilyType | undefined): string {
  const labels = builder.result().map(([label]) => label).filter((label) => label !== "__name__");
  const isPart = (label: string) => label === "le" || label === "quantile";
  const ordered = [...labels.filter((l) => !isPart(l)), ...labels.filter(isPart)];
  const written = ordered.map((label) => {
    const value = builder.get(label);
    const final = type && BOUNDS[type] === label && /^[-+\d.e]+$/.test(value)
      ? canonical(value)
      : value;
    return `${/^[a-zA-Z_]\w*$/.test(label) ? label : quoted(label)}=${quoted(final)}`;
  });
  return written.length === 0 ? name : `${name}{${written}}`;
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function functionOf(name: string, suffix: string, type: FamilyType | undefined): string {
  if (type === "summary" && suffix === "") return "drop";
  if (type === "info" || type === "stateset") return "max";
  if (type === "gauge" && name.endsWith("_created")) return "min";
  return type && SUFFIXES[type] && suffix === "_created" ? "min" : "sum";
}

function merged(groups: Map<string, Series>): SeriesValues {
  const values: SeriesValues = new Map();
  for (const [series, { fn, texts }] of groups) {
    const numbers = texts.map((text) => Number(text.replace("Inf", "Infinity")));
    if (texts.length === 1) values.set(series, texts[0]);
    else if (fn === "max") values.set(series, formatValue(Math.max(...numbers)));
    else if (fn === "min") values.set(series, formatValue(Math.min(...numbers)));
    else if (fn === "sum") values.set(series, formatValue(numbers.reduce((a, b) => a + b)));
  }
  return values;
}
