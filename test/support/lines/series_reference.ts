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
  /** Of a histogram: what it has in common with its other series, and its bound. */
  readonly group: string | undefined;
  readonly bound: number;
  /** By the input's histogram: what it counts here. */
  readonly members: Map<string, number>;
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
    const name = builder.get("__name__") || oldName;
    const suffix = oldName.slice(family.length);
    const keepsType = name.endsWith(suffix) && name.length > suffix.length;
    const outputType = keepsType ? type : undefined;
    const series = seriesText(name, builder, outputType);
    const of = groups.get(series) ?? newSeries(name, suffix, outputType, builder, labels);
    groups.set(series, of);
    of.texts.push(value);
    const member = labels.filter(([label]) => label !== "le").join();
    of.members.set(member, Math.max(of.members.get(member) ?? 0, numberOf(value)));
  }
  return merged(groups);
}

function newSeries(
  name: string,
  suffix: string,
  type: FamilyType | undefined,
  builder: LabelBuilder,
  input: readonly (readonly [string, string])[],
): Series {
  const fn = functionOf(name, suffix, type);
  const series = { fn, texts: [], members: new Map(), group: undefined, bound: NaN };
  const part = /_(bucket|count)$/.exec(name)?.[1];
  const isPart = fn === "sum" && part !== undefined && (type === undefined || type === "histogram");
  const le = builder.get("le");
  const bound = part === "bucket" ? numberOf(le || "none") : NaN;
  if (!isPart || (part === "bucket" && Number.isNaN(bound))) return series;
  if (part === "bucket" && !input.some(([label, value]) => label === "le" && value !== "")) {
    return series;
  }
  const labels = builder.result().map(([label]) => `${label}=${builder.get(label)}`)
    .filter((label) =>
      !label.startsWith("__name__=") && (part === "count" || !label.startsWith("le="))
    );
  return { ...series, bound, group: `${name.replace(/_[a-z]+$/, "")} ${labels.sort()}` };
}

/** Sets the buckets and the counts of histograms of unlike bounds to their union. */
function unite(all: Map<string, Series>, values: SeriesValues): void {
  const groups = Map.groupBy([...all], ([, { group }]) => group);
  groups.delete(undefined);
  for (const parts of groups.values()) {
    const buckets = parts.filter(([, { bound }]) => !Number.isNaN(bound))
      .sort(([, a], [, b]) => a.bound - b.bound);
    const counts = parts.filter(([, { bound }]) => Number.isNaN(bound));
    const members = new Set(buckets.flatMap(([, { members }]) => [...members.keys()]));
    const isPlain = parts.every(([, { texts }]) => texts.length === members.size);
    if (isPlain || members.size === 0) continue;
    const collides = members.size > 1 || parts.some(([, { texts }]) => texts.length > 1);
    if (!collides) continue;
    const at = (member: string, most: number) =>
      Math.max(
        0,
        ...buckets.filter(([, { bound }]) => bound <= most)
          .map(([, { members }]) => members.get(member) ?? 0),
      );
    const counted = counts.flatMap(([, { members }]) => [...members.keys()]);
    const inAll = [...new Set([...members, ...counted])].map((member) => {
      const has = buckets.some(([, { bound, members }]) =>
        bound === Infinity && members.has(member)
      );
      const count = counts.map(([, { members }]) => members.get(member) ?? 0)[0] ?? 0;
      return has ? at(member, Infinity) : Math.max(count, at(member, Infinity));
    });
    for (const [series, { bound, texts }] of parts) {
      const isAll = Number.isNaN(bound) || bound === Infinity;
      const each = isAll ? inAll : [...members].map((member) => at(member, bound));
      const value = each.reduce((a, b) => a + b, 0);
      if (texts.length > 1 || numberOf(texts[0]) !== value) values.set(series, formatValue(value));
    }
  }
}

function numberOf(text: string): number {
  return Number(text.replace(/^\+?Inf$/, "Infinity"));
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
  return type && SUFFIXES[type] && suffix === "_created" ? "drop" : "sum";
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
  unite(groups, values);
  return values;
}
