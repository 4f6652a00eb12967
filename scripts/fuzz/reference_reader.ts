import { readReferenceSample, type ReferenceSample, unquoted } from "./reference_sample.ts";

/*
 * A strict reader of both formats, written from their texts and from nothing in src/: what it takes
 * is right beyond doubt, so that what Weir makes of it has to be taken too.
 */

/** What is wrong: with a line, with the order of lines, or with a sample that is there twice. */
export interface Problem {
  readonly kind: "syntax" | "metadata" | "order" | "twice";
  readonly text: string;
}

export interface Reading {
  readonly samples: readonly ReferenceSample[];
  /** By series: name and sorted labels, bounds as numbers. */
  readonly series: ReadonlyMap<string, ReferenceSample>;
  /** The family's type by sample name. */
  readonly types: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** What a sample's name may have more than its family's. */
const TEXT_SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
  untyped: [""],
};

const OPEN_SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  gaugehistogram: ["_bucket", "_gsum", "_gcount"],
  summary: ["", "_sum", "_count", "_created"],
  info: ["_info"],
  stateset: [""],
  unknown: [""],
};

/** The empty one first: a family of the very name wins. */
const SUFFIXES = [...new Set(["", ...Object.values(OPEN_SUFFIXES).flat()])];

const METADATA = /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\.)*"|\S+)(?: (.*))?$/s;

const TEXT_HELP = /^(?:[^\\]|\\[\\n])*$/;
const OPEN_HELP = /^(?:[^\\"]|\\[\\n"])*$/;

/** Reads a whole exposition; never throws. */
export function readReference(bytes: Uint8Array, openMetrics: boolean): Reading {
  const reader = new Reader(openMetrics);
  reader.read(bytes);
  return reader;
}

class Reader implements Reading {
  readonly samples: ReferenceSample[] = [];
  readonly series = new Map<string, ReferenceSample>();
  readonly types = new Map<string, string>();
  readonly problems: Problem[] = [];
  readonly #openMetrics: boolean;
  readonly #suffixes: Readonly<Record<string, readonly string[]>>;
  /** Families that have a line, by name, with what was said of them. */
  readonly #families = new Map<string, { readonly kinds: Set<string>; type: string }>();
  #current = "";

  constructor(openMetrics: boolean) {
    this.#openMetrics = openMetrics;
    this.#suffixes = openMetrics ? OPEN_SUFFIXES : TEXT_SUFFIXES;
  }

  read(bytes: Uint8Array): void {
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      return this.#report("syntax", "is not UTF-8");
    }
    if (text.includes("\0") || text.includes("\r")) this.#report("syntax", "has NUL or CR");
    const lines = text.split("\n");
    if (lines.pop() !== "") this.#report("syntax", "does not end in a newline");
    if (this.#openMetrics && lines.pop() !== "# EOF") this.#report("syntax", "has no # EOF");
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    const metadata = METADATA.exec(line);
    if (metadata !== null) return this.#metadata(line, metadata[1], metadata[2], metadata[3]);
    const isIgnored = line.trim() === "" || line.startsWith("#");
    if (isIgnored && this.#openMetrics) return this.#report("syntax", "is ignored", line);
    if (isIgnored) {
      if (/^#[ \t]*(HELP|TYPE)\b/.test(line)) this.#report("syntax", "is odd metadata", line);
      return;
    }
    const sample = readReferenceSample(line, this.#openMetrics);
    if (typeof sample === "string") return this.#report("syntax", sample, line);
    this.#sample(sample, line);
  }

  #metadata(line: string, kind: string, written: string, rest: string | undefined): void {
    const name = written.startsWith('"') ? unquoted(written) : written;
    if (name === "" || (!written.startsWith('"') && !/^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name))) {
      return this.#report("syntax", "names no family", line);
    }
    if (kind === "UNIT" && !this.#openMetrics) return;
    const family = this.#enter(name, line);
    if (family.kinds.has(kind)) this.#report("metadata", "is repeated", line);
    if (family.kinds.has("sample")) this.#report("metadata", "comes after samples", line);
    family.kinds.add(kind);
    const help = this.#openMetrics ? OPEN_HELP : TEXT_HELP;
    if (kind === "HELP" && !help.test(rest ?? "")) this.#report("syntax", "escapes", line);
    if (kind === "UNIT" && rest !== undefined && rest !== "" && !name.endsWith(`_${rest}`)) {
      this.#report("metadata", "does not end in its unit", line);
    }
    if (kind !== "TYPE") return;
    if (rest === undefined || !Object.hasOwn(this.#suffixes, rest)) {
      this.#report("syntax", "has no known type", line);
    } else family.type = rest;
  }

  #sample(sample: ReferenceSample, line: string): void {
    const owner = this.#familyOf(sample.name);
    const family = this.#enter(owner, line);
    family.kinds.add("sample");
    const suffix = sample.name.slice(owner.length);
    if (!(this.#suffixes[family.type] ?? [""]).includes(suffix)) {
      this.#report("metadata", `is no sample of a ${family.type}`, line);
    }
    const { type } = family;
    this.types.set(sample.name, type);
    if (sample.exemplar !== undefined && !/_(total|bucket)$/.test(sample.name)) {
      this.#report("syntax", "may have no exemplar", line);
    }
    const key = seriesKey(sample, type);
    if (this.series.has(key)) this.#report("twice", "is there twice", line);
    this.series.set(key, sample);
    this.samples.push(sample);
  }

  /** The family whose type allows the name; a family of its own for what none does. */
  #familyOf(name: string): string {
    for (const suffix of SUFFIXES) {
      if (!name.endsWith(suffix)) continue;
      const base = name.slice(0, name.length - suffix.length);
      const type = this.#families.get(base)?.type;
      if (type !== undefined && this.#suffixes[type]?.includes(suffix)) return base;
    }
    return name;
  }

  #enter(name: string, line: string) {
    const known = this.#families.get(name);
    if (known !== undefined && this.#current !== name) this.#report("order", "comes back", line);
    this.#current = name;
    const family = known ??
      { kinds: new Set<string>(), type: this.#openMetrics ? "unknown" : "untyped" };
    this.#families.set(name, family);
    return family;
  }

  #report(kind: Problem["kind"], what: string, line = ""): void {
    this.problems.push({ kind, text: `${JSON.stringify(line.slice(0, 300))} ${what}` });
  }
}

/** Bounds are told apart as numbers where the type makes them bounds. */
function seriesKey({ name, labels }: ReferenceSample, type: string): string {
  const isBound = (label: string) =>
    (label === "le" && type === "histogram") || (label === "quantile" && type === "summary");
  const sorted = [...labels].sort(([a], [b]) => a < b ? -1 : 1).map(([label, value]) => {
    const number = Number(value.replace(/^\+?Inf$/, "Infinity").replace(/^-Inf$/, "-Infinity"));
    const isNumber = isBound(label) && value.trim() === value && !Number.isNaN(number);
    return [label, isNumber ? number + 0 : value];
  });
  return JSON.stringify([
    name,
    sorted.map(([label, v]) => [label, typeof v === "number" ? `=${v}` : v]),
  ]);
}
