import type { Field, FieldReader, FieldValue, MatcherSpec } from "../../../src/policy/policy.ts";
import type { Match, PolicySpec } from "../../../src/policy/policy.ts";

/** A sample as the reference sees it: names and values decoded. */
export interface PlainSample {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  readonly timestamp: number | undefined;
}

/** Reads a `PlainSample` by the words of the specification, with no regard to speed. */
export function plainReader(sample: PlainSample): FieldReader {
  const label = (name: string): string | undefined => sample.labels.get(name) || undefined;
  return {
    read(field: Field): FieldValue | undefined {
      if (field.kind === "metric_field") {
        if (field.name === "name") return sample.name;
        return field.name === "scope_name" ? label("otel_scope_name") : undefined;
      }
      if (field.kind === "metric_type") return "gauge";
      if (field.kind !== "datapoint_attribute") return undefined;
      const written = field.path.join(".");
      const found = label(written) ?? label(written.replace(/[^a-zA-Z0-9_]/g, "_"));
      if (found !== undefined) return found;
      if (written === "value") return sample.value;
      return written === "timestamp" ? sample.timestamp : undefined;
    },
  };
}

/** The sample as a line of the text format, its name in quotes where it has to be. */
export function plainLine(sample: PlainSample): string {
  const quote = (text: string) =>
    `"${text.replace(/[\\"\n]/g, (letter) => letter === "\n" ? "\\n" : `\\${letter}`)}"`;
  const bare = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
  const labels = Array.from(
    sample.labels,
    ([name, value]) => `${bare.test(name) ? name : quote(name)}=${quote(value)}`,
  );
  const isBare = bare.test(sample.name);
  const inBraces = isBare ? labels : [quote(sample.name), ...labels];
  const head = isBare ? sample.name : "";
  const braces = inBraces.length > 0 ? `{${inBraces.join(",")}}` : "";
  const time = sample.timestamp === undefined ? "" : ` ${sample.timestamp}`;
  return `${head}${braces} ${sample.value}${time}`;
}

const WORDS = [
  ..."http request http_req duration total TOTAL Http a b ab aba node_cpu K k s S ss".split(" "),
  ...'\u017f \u212a \u0130 i\u0307 I i é É ß 😀 Σ σ ς x.y \\ " _ -'.split(" "),
];
const LABELS = ["path", "method", "http.method", "http_method", "value", "a\\b", "é", "none"];

/** Random policies and samples that meet often; the same for the same seed. */
export class RandomPolicies {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  policies(count: number): PolicySpec[] {
    return Array.from({ length: count }, (_, index) => ({
      id: String(index),
      name: String(index),
      keep: this.#below(2) === 0,
      matchers: Array.from({ length: 1 + this.#below(3) }, () => this.#matcher()),
    }));
  }

  sample(): PlainSample {
    const labels = new Map<string, string>();
    for (const label of [...LABELS, "otel_scope_name"]) {
      if (this.#below(3) > 0) continue;
      labels.set(label, this.#below(6) === 0 ? "" : this.text(3));
    }
    return {
      name: this.text(3) || "m",
      labels,
      value: this.#below(8),
      timestamp: this.#below(3) === 0 ? this.#below(4) : undefined,
    };
  }

  text(words: number): string {
    return Array.from({ length: this.#below(words + 1) }, () => this.#pick(WORDS)).join("");
  }

  #matcher(): MatcherSpec {
    const field = this.#field();
    const isNumber = "path" in field && field.path[0] === "value" && this.#below(3) > 0;
    return {
      field,
      match: isNumber ? this.#comparison() : this.#textMatch(),
      negate: this.#below(5) === 0,
      caseInsensitive: this.#below(3) === 0,
    };
  }

  #field(): Field {
    const choice = this.#below(10);
    if (choice < 4) return { kind: "metric_field", name: "name" };
    if (choice === 4) return { kind: "metric_field", name: "scope_name" };
    if (choice === 5) return { kind: "metric_type" };
    return { kind: "datapoint_attribute", path: [this.#pick(LABELS)] };
  }

  #comparison(): Match {
    const value = this.#below(8);
    return this.#below(4) === 0
      ? { kind: "equals", value }
      : { kind: this.#pick(["gt", "gte", "lt", "lte"] as const), value };
  }

  #textMatch(): Match {
    const text = this.text(2);
    switch (this.#below(6)) {
      case 0:
        return { kind: "exists", exists: this.#below(2) === 0 };
      case 1:
        return { kind: "equals", value: this.#below(4) === 0 ? "gauge" : text };
      case 2:
        return { kind: this.#pick(["starts_with", "ends_with", "contains"] as const), text };
      default:
        return { kind: "regex", text: this.#pattern(2) };
    }
  }

  /** An RE2 pattern: literals, classes, groups, alternatives, repetitions, flags and anchors. */
  #pattern(depth: number): string {
    const word = () => this.#pick(WORDS).replace(/[\\.*+?()[\]{}|^$]/g, "\\$&");
    if (depth === 0) return word();
    const inner = () => this.#pattern(depth - 1);
    switch (this.#below(14)) {
      case 0:
        return `^${inner()}`;
      case 1:
        return `${inner()}$`;
      case 2:
        return `(${inner()}|${inner()})${inner()}`;
      case 3:
        return `(?:${inner()}|${inner()}|${inner()})`;
      case 4:
        return `${inner()}.*${inner()}`;
      case 5:
        return `(?:${inner()})?${inner()}`;
      case 6:
        return `(?:${inner()})+`;
      case 7:
        return `${inner()}(?:${inner()})*`;
      case 8:
        return `[a-cK\u017f]${inner()}`;
      case 9:
        return `(?i:${inner()})${word()}`;
      case 10:
        return `(?i)[h-kS]${inner()}`;
      case 11:
        return `(?:${inner()}){2,3}`;
      case 12:
        return `\\Q${this.#pick(WORDS)}\\E${inner()}`;
      default:
        return word() + inner();
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[this.#below(list.length)];
  }

  /** An integer from 0 to `limit - 1`, by a linear congruential generator. */
  #below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor(this.#state / 2 ** 32 * limit);
  }
}
