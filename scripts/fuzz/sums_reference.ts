import type { AggregationRule } from "../../src/aggregate/aggregate_function.ts";
import type { FamilyType } from "../../src/exposition/family_type.ts";
import { formatValue } from "../../src/exposition/format_value.ts";
import { LabelBuilder } from "../../src/relabel/label_builder.ts";
import type { RuleSet } from "../../src/relabel/rule_set.ts";
import {
  functionOf,
  type InputFamily,
  type Member,
  memberOf,
  numberOf,
  outputFamily,
  seriesKey,
  valueOf,
} from "./plain_sample.ts";
import { readReferenceSample } from "./reference_sample.ts";

/*
 * What rules and functions make of whole expositions, in the plainest way: everything is read before
 * anything is put together, and groups are found by sorted labels. Only the rules are src/'s, on maps
 * of labels; the relabel target holds them to Prometheus's algorithm.
 */

export interface PlainRules {
  readonly rules: RuleSet | undefined;
  readonly aggregation: readonly AggregationRule[];
}

/** A series of the output. */
export interface PlainSeries {
  readonly name: string;
  readonly labels: readonly (readonly [string, string])[];
  /** Of the output. */
  readonly family: string;
  /** As it is written; a number where that may be written in any way, "any" where it may be any. */
  readonly value: string | number;
  /** Undefined for none; "any" where members of a bucket lie at other bounds. */
  readonly timestamp: number | "any" | undefined;
  readonly fn: string;
  /** It is of several samples. */
  readonly isSum: boolean;
}

export interface PlainSums {
  /** By `seriesKey`, in order of the first samples. */
  readonly series: ReadonlyMap<string, PlainSeries>;
  /** Those that collided and are dropped among them. */
  readonly gathered: ReadonlyMap<string, PlainSeries>;
  /** Families of the output in order of their first samples, also those of which none is left. */
  readonly families: readonly string[];
  /** Metadata lines of each family of the output. */
  readonly metadata: ReadonlyMap<string, readonly string[]>;
  /** Families of the output whose sources differ in TYPE. */
  readonly contested: ReadonlySet<string>;
  /** Families of the output of which another one, without metadata, has series too. */
  readonly shared: ReadonlySet<string>;
  /** Lines of samples that no rule drops, as they came. */
  readonly keptLines: readonly string[];
  readonly invalid: number;
  readonly duplicates: number;
  /** A family of the output comes back after another one: surely, or with a sample that is left out. */
  readonly comesBack: boolean;
  readonly mayComeBack: boolean;
}

interface Group extends Pick<PlainSeries, "name" | "labels" | "family" | "fn"> {
  /** Where it is a bucket: the bound, and the name and labels of its histogram. */
  readonly bound: number | undefined;
  readonly histogram: string;
  readonly members: Member[];
}

/** Each body is a target of its own. */
export function plainSums(
  bodies: readonly string[],
  openMetrics: boolean,
  rules: PlainRules,
): PlainSums {
  const sums = new Sums(rules);
  for (const [target, text] of bodies.entries()) sums.add(text, openMetrics, target);
  return sums;
}

class Sums implements PlainSums {
  readonly metadata = new Map<string, string[]>();
  readonly contested = new Set<string>();
  readonly shared = new Set<string>();
  readonly keptLines: string[] = [];
  invalid = 0;
  duplicates = 0;
  comesBack = false;
  mayComeBack = false;
  readonly #rules: PlainRules;
  readonly #groups = new Map<string, Group>();
  /** The TYPE of the last source of each family of the output. */
  readonly #types = new Map<string, string | undefined>();
  /** By histogram before the rules: its `_count`, if that is kept. */
  readonly #counts = new Map<string, number>();
  /** Families of the output, in the order in which samples came. */
  #order: { readonly family: string; readonly isLeftOut: boolean }[] = [];

  constructor(rules: PlainRules) {
    this.#rules = rules;
  }

  add(text: string, openMetrics: boolean, target: number): void {
    const families = new Map<string, InputFamily>();
    const seen = new Set<string>();
    this.#order = [];
    for (const line of text.split("\n")) {
      const found = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line);
      if (found !== null) this.#addMetadata(found, families);
      if (line === "" || line.startsWith("#")) continue;
      const sample = readReferenceSample(line, openMetrics);
      if (typeof sample !== "string") {
        this.#addSample(memberOf(sample, line, families, target), seen);
      } else if (sample.endsWith(" twice")) this.invalid++;
      else throw new Error(`not generated: ${sample}: ${line}`);
    }
    this.comesBack ||= hasReturn(this.#order.filter(({ isLeftOut }) => !isLeftOut));
    this.mayComeBack ||= hasReturn(this.#order);
  }

  get families(): string[] {
    return [...new Set([...this.#groups.values()].map(({ family }) => family))];
  }

  get series(): Map<string, PlainSeries> {
    const isLeft = ({ fn, members }: Group) => fn !== "drop" || members.length === 1;
    return this.#all(isLeft);
  }

  get gathered(): Map<string, PlainSeries> {
    return this.#all(() => true);
  }

  #all(isWanted: (group: Group) => boolean): Map<string, PlainSeries> {
    const series = new Map<string, PlainSeries>();
    for (const [key, group] of this.#groups) {
      if (!isWanted(group)) continue;
      const { name, labels, family, fn } = group;
      series.set(key, { name, labels, family, fn, ...this.#worth(group) });
    }
    return series;
  }

  #addMetadata([line, kind, name, text]: RegExpExecArray, families: Map<string, InputFamily>) {
    const family = families.get(name) ?? { name, lines: new Map(), type: undefined };
    families.set(name, family);
    if (kind === "TYPE") family.type ??= text;
    if (!family.lines.has(kind)) family.lines.set(kind, line);
  }

  #addSample(member: Member, seen: Set<string>): void {
    const { rules, aggregation } = this.#rules;
    const labels = new LabelBuilder([["__name__", member.name], ...member.labels]);
    const isKept = (rules?.apply(labels) ?? -1) < 0;
    // What rules leave without a name has its own again.
    const name = labels.get("__name__") || member.name;
    const isDuplicate = seen.has(member.identity);
    seen.add(member.identity);
    if (!isKept) return;
    this.keptLines.push(member.line);
    if (isDuplicate) this.duplicates++;
    const output = outputFamily(member, name);
    this.#order.push({ family: output.name, isLeftOut: isDuplicate });
    if (isDuplicate) return;
    const { family } = member;
    const type = output.hasMetadata ? family?.type : undefined;
    if (this.#types.has(output.name) && this.#types.get(output.name) !== type) {
      this.contested.add(output.name);
    }
    this.#types.set(output.name, type);
    if (output.hasMetadata && family !== undefined) this.#source(output.name, family);
    const rest = labels.result().filter(([label]) => label !== "__name__")
      .map(([label]) => [label, labels.get(label)] as const);
    const key = seriesKey(name, rest);
    const suffix = name.slice(output.name.length);
    if (suffix === "_count") this.#counts.set(member.histogram, numberOf(member.value));
    const fn =
      aggregation.find((rule) => rule.matches(name, type as FamilyType | undefined))?.function ??
        functionOf(name, suffix, type);
    const le = labels.get("le");
    // Without a TYPE only names tell.
    const isTyped = type !== undefined && type !== "untyped" && type !== "unknown";
    const isNamed = isTyped
      ? type === "histogram" && suffix === "_bucket"
      : name.endsWith("_bucket");
    const isBucket = isNamed && le !== "" && !Number.isNaN(numberOf(le)) && fn === "sum";
    const group = this.#groups.get(key) ??
      {
        name,
        labels: rest,
        family: output.name,
        fn,
        bound: isBucket ? numberOf(le) : undefined,
        histogram: seriesKey(name, rest.filter(([label]) => label !== "le")),
        members: [],
      };
    if (group.family !== output.name) this.shared.add(group.family).add(output.name);
    this.#groups.set(key, group);
    group.members.push(member);
  }

  /** The first line of each kind stands; of a name in which a unit is missing not that. */
  #source(output: string, { name, lines }: InputFamily): void {
    const had = this.metadata.get(output) ?? [];
    this.metadata.set(output, had);
    for (const [kind, line] of lines) {
      if (had.some((other) => other.startsWith(`# ${kind} `))) continue;
      const text = line.slice(`# ${kind} ${name} `.length);
      if (kind === "UNIT" && !output.endsWith(`_${text}`)) continue;
      const written = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(output) ? output : JSON.stringify(output);
      had.push(`# ${kind} ${written} ${text}`);
    }
  }

  #worth(group: Group): Pick<PlainSeries, "value" | "timestamp" | "isSum"> {
    const { fn, members, bound } = group;
    if (this.#lacksCounts(group)) return { value: "any", timestamp: "any", isSum: true };
    const union = bound === undefined ? undefined : this.#bucket(group, bound);
    const stamps = members.map(({ timestamp }) => timestamp);
    const timestamp = stamps.includes(undefined)
      ? undefined
      : stamps.reduce((latest, stamp) => Math.max(latest, Number(stamp)), -Infinity);
    if (union !== undefined) return { value: union, timestamp: "any", isSum: true };
    if (members.length === 1) {
      return { value: fn === "count" ? "1" : members[0].value, timestamp, isSum: false };
    }
    const numbers = members.map(({ value }) => numberOf(value));
    return { value: formatValue(valueOf(fn, numbers)), timestamp, isSum: true };
  }

  /** A `_count` beside buckets of histograms that have none: nothing says what it is. */
  #lacksCounts({ name, labels }: Group): boolean {
    if (!name.endsWith("_count")) return false;
    const buckets = seriesKey(`${name.slice(0, -"count".length)}bucket`, labels);
    return [...this.#groups.values()].some(({ bound, histogram, members }) =>
      bound !== undefined && histogram === buckets &&
      members.some((member) => !this.#counts.has(member.histogram))
    );
  }

  /**
   * The histograms that this one is put together from have other bounds: what they count up to this
   * one. Undefined where all have this one.
   */
  #bucket({ name, labels, histogram }: Group, bound: number): number | undefined {
    const below = new Map<string, [bound: number, count: number]>();
    let here = 0;
    for (const group of this.#groups.values()) {
      if (group.bound === undefined || group.histogram !== histogram) continue;
      for (const member of group.members) {
        if (group.bound === bound) here++;
        const largest = below.get(member.histogram) ?? [-Infinity, 0];
        const isNearer = group.bound <= bound && group.bound > largest[0];
        below.set(
          member.histogram,
          isNearer ? [group.bound, numberOf(member.value)] : largest,
        );
      }
    }
    // One without buckets has a count all the same.
    const rest = labels.filter(([label]) => label !== "le");
    const counts = this.#groups.get(seriesKey(name.replace(/bucket$/, "count"), rest));
    for (const member of counts?.members ?? []) {
      if (!below.has(member.histogram)) below.set(member.histogram, [-Infinity, 0]);
    }
    if (here === below.size) return undefined;
    return [...below].reduce((sum, [member, [at, count]]) => {
      const isEnd = bound === Infinity && at < bound;
      return sum + (isEnd ? this.#counts.get(member) ?? count : count);
    }, 0);
  }
}

function hasReturn(order: readonly { readonly family: string }[]): boolean {
  const left = new Set<string>();
  return order.some(({ family }, index) => {
    const before = order[index - 1]?.family;
    if (before !== undefined && before !== family) left.add(before);
    return left.has(family);
  });
}
