import { stringCollision, tableCollisions } from "../../test/support/exposition/colliding_texts.ts";
import type { Crowd } from "./crowd.ts";
import { type Next, pick, seldom, times } from "./fuzz_target.ts";

/*
 * Expositions whose families lie in one piece or apart, with samples that are there twice and samples
 * that collide once rules take a label away.
 */

const LABELS = ["a", "b", "code", "path", "x_a", "x_b", '"k.v"'];
const PLAIN_VALUES = ["", "1", "2", "/a", "GET", "get", String.raw`q\"\\\n`, "ö", "10"];
/** Those that a hash without a key takes for each other. */
const COLLIDING = [...tableCollisions(12), ...times(8, stringCollision)];
const VALUES = [...PLAIN_VALUES, ...PLAIN_VALUES, ...COLLIDING];
/** Added up in any order they give the same. */
const EXACT = ["1", "2", "0.5", "1e3", "+5", "0", "7.25", "007.5"];
const NUMBERS = [...EXACT, "0.1", "0.2", "-0", "-3", "9007199254740993", "+Inf", "-Inf", "NaN"];
const BOUNDS = [["0.5", "5e-1"], ["1", "1.0", "1e0"], ["2.5"], ["10", "1e1"], ["+Inf"]];

const TEXT_TYPES = ["counter", "gauge", "histogram", "summary", "untyped", "created", ""];
const OPEN_TYPES = ["counter", "gauge", "histogram", "summary", "unknown", "info", "stateset", ""];

interface Family {
  /** As TYPE has it. */
  readonly name: string;
  readonly type: string;
  readonly metadata: readonly string[];
  readonly labels: readonly string[];
  /** Families of names of their own that are written row by row with it. */
  readonly beside: readonly Family[];
}

interface Style {
  readonly openMetrics: boolean;
  readonly numbers: readonly string[];
  /** Timestamps: of no sample, of some, of all. */
  readonly times: "none" | "some" | "all";
  readonly values: readonly string[];
  /** Each family in one piece behind its metadata. */
  readonly isTidy: boolean;
}

export interface BodyOptions {
  readonly openMetrics: boolean;
  /** Numbers that give one sum in any order. */
  readonly exact: boolean;
  readonly isTidy: boolean;
  /** More names, and other labels and values. */
  readonly crowd: Crowd | undefined;
}

interface Line {
  readonly family: Family;
  readonly row: number;
  readonly text: string;
}

/** `count` expositions of the same families, of which each has other samples. */
export function randomBodies(
  next: Next,
  count: number,
  { openMetrics, exact, isTidy, crowd }: BodyOptions,
): string[] {
  const plain = times(1 + next(4), (index) => `f${index}`);
  const labels = crowd?.labels ?? LABELS;
  const families = [...plain, ...crowd?.names ?? []].map((name) =>
    randomFamily(next, name, labels, openMetrics)
  );
  const times_ = pick(next, ["none", "none", "some", "all"] as const);
  const values = crowd?.values ?? VALUES;
  const numbers = exact ? EXACT : NUMBERS;
  const style = { openMetrics, numbers, times: times_, values, isTidy };
  return times(count, () => body(next, families, style));
}

function randomFamily(
  next: Next,
  base: string,
  known: readonly string[],
  openMetrics: boolean,
): Family {
  const type = pick(next, openMetrics ? OPEN_TYPES : TEXT_TYPES);
  const unit = openMetrics && seldom(next, 4) ? "seconds" : "";
  const stem = unit === "" ? base : `${base}_${unit}`;
  const isTotal = (type === "counter" && seldom(next, 2)) || type === "created";
  const name = isTotal && !openMetrics ? `${stem}_total` : stem;
  const labels = known.filter(() => seldom(next, 2));
  const written = type === "created" ? pick(next, ["counter", ""]) : type;
  const created = written === "" ? "" : "gauge";
  const beside: Family[] = [];
  if (type === "created") beside.push(family(next, `${stem}_created`, created, labels, ""));
  // Micrometer writes it so.
  if (/^(histogram|summary)$/.test(type) && seldom(next, 3)) {
    beside.push(family(next, `${stem}_max`, "gauge", labels, ""));
  }
  return { ...family(next, name, written, labels, unit), beside };
}

function family(
  next: Next,
  name: string,
  type: string,
  labels: readonly string[],
  unit: string,
): Family {
  const metadata: string[] = [];
  if (type !== "") metadata.push(`# TYPE ${name} ${type}`);
  if (!seldom(next, 3)) metadata.push(`# HELP ${name} Text of ${name}.`);
  if (unit !== "") metadata.push(`# UNIT ${name} ${unit}`);
  return { name, type, metadata, labels, beside: [] };
}

function body(next: Next, families: readonly Family[], style: Style): string {
  const lines = families.flatMap((family) => familyLines(next, family, style));
  const layouts = ["families", "rows", "halves", "lines"] as const;
  const layout = style.isTidy ? "families" : pick(next, layouts);
  const ordered = doubled(next, arranged(next, lines, layout), layout === "families", style);
  const heads = style.isTidy
    ? "first"
    : pick(next, layout === "families" ? ["top", "first"] : ["top", "first", "again"]);
  const written = new Set<Family>();
  let text = "";
  const head = (family: Family) => {
    written.add(family);
    text += family.metadata.map((line) => `${line}\n`).join("");
  };
  if (heads === "top") families.flatMap((family) => [family, ...family.beside]).forEach(head);
  for (const [index, line] of ordered.entries()) {
    const comesBack = heads === "again" && ordered[index - 1]?.family !== line.family;
    if (!written.has(line.family) || comesBack) head(line.family);
    text += `${line.text}\n`;
  }
  return style.openMetrics ? `${text}# EOF\n` : text;
}

/**
 * In one piece for each family, row by row over all families, in two pieces, or in any order; but
 * histograms' buckets for all after the others, and their counts at last.
 */
function arranged(next: Next, lines: readonly Line[], layout: string): Line[] {
  const keyed = (key: (line: Line) => number) =>
    lines.map((line) => [key(line), line] as const).sort(([a], [b]) => a - b)
      .map(([, line]) => line);
  switch (layout) {
    case "families": {
      const order = [...new Set(lines.map(({ family }) => family))];
      return keyed(({ family }) => order.indexOf(family));
    }
    case "rows":
      return keyed(({ row }) => row);
    case "halves":
      return keyed(({ row, text }) => row % 2 + 2 * endOf(text));
    default:
      return keyed(({ text }) => next(1_000) + 1_000 * endOf(text));
  }
}

function endOf(line: string): number {
  return /^\w+_count[{ ]/.test(line) ? 2 : line.includes('"+Inf"') ? 1 : 0;
}

/** Some lines once more, later, with another value and their labels in another order. */
function doubled(next: Next, lines: Line[], staysInPlace: boolean, style: Style): Line[] {
  if (!seldom(next, 3)) return lines;
  const result = [...lines];
  for (let count = 1 + next(2); count > 0; count--) {
    const at = next(result.length - 1);
    const { text } = result[at];
    const pairs = text.match(/(?:\w+|"k\.v")="(?:[^"\\]|\\.)*"/g) ?? [];
    const moved = [...pairs.slice(1), ...pairs.slice(0, 1)];
    const name = text.slice(0, text.search(/[{ ]/));
    const copy = `${name}${moved.length === 0 ? "" : `{${moved}}`}${tail(next, style)}`;
    const to = staysInPlace ? at + 1 : at + 1 + next(result.length - 1 - at);
    result.splice(to, 0, { ...result[at], text: copy });
  }
  return result;
}

function familyLines(next: Next, family: Family, style: Style): Line[] {
  const bounds = BOUNDS.filter((_, index) => index === BOUNDS.length - 1 || !seldom(next, 3));
  const seen = new Set<string>();
  return times(1 + next(5), (row) => {
    const pairs = family.labels.map((label) => `${label}="${pick(next, style.values)}"`);
    // Two halves of one histogram need not be cumulative.
    if (family.type === "histogram" && seen.has(String(pairs))) return [];
    seen.add(String(pairs));
    const ofRow = [family, ...family.beside].flatMap((part) =>
      samples(next, part, bounds, style).map(([suffix, bound, value]) => {
        const own = bound === "" ? pairs : pairs.toSpliced(next(pairs.length), 0, bound);
        // Nobody can say which of the two is meant.
        const isOdd = suffix !== "_count" && own.length > 0 && seldom(next, 60);
        const twice = isOdd ? [...own, own[0]] : own;
        const text = part.name + suffix + braced(next, twice, style) +
          tail(next, style, value);
        return { family: part, row, text };
      })
    );
    return ofRow;
  }).flat();
}

type Sample = readonly [suffix: string, bound: string, value: string | undefined];

/** The samples of one row: their suffixes, each with its `le` or `quantile`, and value. */
function samples(
  next: Next,
  { type, name }: Family,
  familyBounds: readonly (readonly string[])[],
  { openMetrics }: Style,
): Sample[] {
  switch (type) {
    case "counter": {
      if (!openMetrics) return [["", "", undefined]];
      return seldom(next, 2)
        ? [["_total", "", undefined]]
        : [["_total", "", undefined], ["_created", "", undefined]];
    }
    case "histogram": {
      // Others than the family's, and seldom none to end with.
      const own = familyBounds.filter(() => !seldom(next, 4));
      const bounds = pick(next, [
        familyBounds,
        familyBounds,
        own.length === 0 ? familyBounds : own,
      ]);
      let below = 0;
      const buckets = bounds.map((spellings): Sample => {
        below += next(5);
        return ["_bucket", `le="${pick(next, spellings)}"`, String(below)];
      });
      const count = bounds.includes(BOUNDS[BOUNDS.length - 1]) ? below : below + next(3);
      const end: Sample[] = [["_sum", "", undefined], ["_count", "", String(count)]];
      return [...buckets, ...end];
    }
    case "summary": {
      const quantiles = ["0.5", "0.9"].filter(() => seldom(next, 2));
      const parts = quantiles.map((text): Sample => ["", `quantile="${text}"`, undefined]);
      return [...parts, ["_sum", "", undefined], ["_count", "", undefined]];
    }
    case "info":
      return [["_info", "", "1"]];
    case "stateset":
      return [["", "", String(next(1))]];
    default:
      return name.endsWith("_created") ? [["", "", String(next(9))]] : [["", "", undefined]];
  }
}

function braced(next: Next, pairs: readonly string[], { openMetrics }: Style): string {
  if (pairs.length === 0) return seldom(next, 4) ? "{}" : "";
  return openMetrics || !seldom(next, 6) ? `{${pairs}}` : `{ ${pairs.join(" , ")}, }`;
}

function tail(next: Next, { openMetrics, numbers, times }: Style, value = pick(next, numbers)) {
  if (times === "none" || (times === "some" && seldom(next, 2))) return ` ${value}`;
  return ` ${value} ${pick(next, openMetrics ? ["1.5", "2", "10.25"] : ["1000", "2000", "1500"])}`;
}
