import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { RE2JS } from "re2js";
import { goToLower, goToUpper } from "../../src/relabel/case_mapping.ts";
import { withUniqueNames } from "../../src/regex/group_names.ts";
import type { RelabelConfig } from "../../src/relabel/relabel_config.ts";

/*
 * Prometheus's `relabel` and `labels.Builder`, statement by statement, with neither plans nor
 * shortcuts nor laziness: each rule compiles its regex anew.
 */

export type PlainLabels = readonly (readonly [name: string, value: string])[];

/** The labels after the rules, by name; undefined when a rule dropped the sample. */
export function relabelByReference(
  labels: PlainLabels,
  configs: readonly RelabelConfig[],
): PlainLabels | undefined {
  const builder = new Builder(labels);
  for (const config of configs) if (!applied(config, builder)) return undefined;
  return builder.labels();
}

class Builder {
  readonly #base: PlainLabels;
  #added: [string, string][] = [];
  #deleted: string[] = [];

  constructor(labels: PlainLabels) {
    this.#base = labels.filter(([, value]) => value !== "").toSorted(byName);
  }

  get(name: string): string {
    const added = this.#added.find(([own]) => own === name);
    if (added !== undefined) return added[1];
    if (this.#deleted.includes(name)) return "";
    return this.#base.find(([own]) => own === name)?.[1] ?? "";
  }

  set(name: string, value: string): void {
    if (value === "") return this.delete(name);
    const added = this.#added.find(([own]) => own === name);
    if (added !== undefined) added[1] = value;
    else this.#added.push([name, value]);
  }

  delete(name: string): void {
    this.#added = this.#added.filter(([own]) => own !== name);
    this.#deleted.push(name);
  }

  range(): PlainLabels {
    const isBase = (name: string) =>
      !this.#deleted.includes(name) && !this.#added.some(([own]) => own === name);
    const base = this.#base.filter(([name]) => isBase(name));
    return [...base, ...this.#added].map(([name, value]) => [name, value]);
  }

  labels(): PlainLabels {
    return this.range().toSorted(byName);
  }
}

/** By code points, as Go compares bytes of UTF-8. */
function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Whether the sample is kept. */
function applied(config: RelabelConfig, labels: Builder): boolean {
  const { action, targetLabel, separator } = config;
  const value = config.sourceLabels.map((name) => labels.get(name)).join(separator);
  const { pattern, written } = withUniqueNames(`^(?s:${config.regex})$`);
  const regex: NamedRegex = { regex: RE2JS.compile(pattern), written };
  switch (action) {
    case "drop":
      return groupsOf(regex, value) === undefined;
    case "keep":
      return groupsOf(regex, value) !== undefined;
    case "dropequal":
      return labels.get(targetLabel) !== value;
    case "keepequal":
      return labels.get(targetLabel) === value;
    case "replace": {
      const groups = groupsOf(regex, value);
      if (groups === undefined) return true;
      const target = expanded(targetLabel, groups);
      if (target !== "" && target.isWellFormed()) {
        labels.set(target, expanded(config.replacement, groups));
      }
      return true;
    }
    case "lowercase":
      labels.set(targetLabel, goToLower(value));
      return true;
    case "uppercase":
      labels.set(targetLabel, goToUpper(value));
      return true;
    case "hashmod": {
      const hash = createHash("md5").update(value).digest().subarray(8);
      const number = hash.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
      labels.set(targetLabel, String(number % config.modulus));
      return true;
    }
    case "labelmap":
      for (const [name, own] of labels.range()) {
        const groups = groupsOf(regex, name);
        if (groups !== undefined) labels.set(expanded(config.replacement, groups), own);
      }
      return true;
    case "labeldrop":
    case "labelkeep":
      for (const [name] of labels.range()) {
        if ((groupsOf(regex, name) !== undefined) === (action === "labeldrop")) labels.delete(name);
      }
      return true;
  }
}

type Groups = ReadonlyMap<string, string>;

interface NamedRegex {
  readonly regex: RE2JS;
  /** What groups are called that a regex of re2js calls otherwise. */
  readonly written: ReadonlyMap<string, string>;
}

/** What the groups hold by number and by name, "" where one took no part; undefined: no match. */
function groupsOf({ regex, written }: NamedRegex, text: string): Groups | undefined {
  const matcher = regex.matcher(text);
  if (!matcher.find()) return undefined;
  const groups = new Map<string, string>();
  for (let i = 0; i <= matcher.groupCount(); i++) groups.set(String(i), matcher.group(i) ?? "");
  const named = Object.entries(regex.namedGroups() as Record<string, number>);
  for (const [unique, index] of named.toSorted(([, a], [, b]) => b - a)) {
    const text = matcher.group(index);
    // The first one that took part is the last one set.
    if (text !== null) groups.set(written.get(unique) ?? unique, text);
  }
  return groups;
}

/** Go's `Regexp.Expand`. */
function expanded(template: string, groups: Groups): string {
  return template.replace(
    /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))?/gu,
    (whole, dollar, braced, bare) => {
      if (dollar !== undefined) return "$";
      const name = braced ?? bare;
      return name === undefined ? whole : groups.get(name) ?? "";
    },
  );
}
