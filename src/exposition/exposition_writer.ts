import { type FamilyType, nameSuffix, typeIn } from "./family_type.ts";
import { formatCanonicalFloat, formatValue } from "./format_value.ts";
import {
  escapeQuoted,
  escapeTextHelp,
  isPlainMetricName,
  labelNameText,
  metricNameText,
} from "./quoted_text.ts";
import { mayHaveUnit } from "./unit_suffix.ts";

export type ExpositionFormat = "text" | "openmetrics";

export interface Family {
  /** For a counter or info family with or without `_total` or `_info`: the format decides. */
  readonly name: string;
  readonly type: FamilyType;
  /** Unescaped. Empty: no HELP line. */
  readonly help: string;
  /** The name has to end in it (OpenMetrics, "Unit"). Text 0.0.4 has no UNIT line. */
  readonly unit?: string;
}

export type Labels = Iterable<readonly [string, string]> | Readonly<Record<string, string>>;

export interface SampleOptions {
  /** `_bucket`, `_sum`, `_created`…; a counter's `_total` and an info's `_info` are the default. */
  readonly suffix?: string;
  /** Unix time in milliseconds. */
  readonly timestampMs?: number;
}

/**
 * Writes families and their samples as text 0.0.4 or OpenMetrics 1.0. The caller keeps a family's
 * samples together and its series distinct; the writer sees to names, escapes, numbers and `# EOF`.
 */
export class ExpositionWriter {
  readonly format: ExpositionFormat;
  #out = "";
  #base = "";
  #defaultSuffix = "";
  readonly #written = new Set<string>();

  constructor(format: ExpositionFormat) {
    this.format = format;
  }

  /** Characters written since the start or the last `take()`. */
  get length(): number {
    return this.#out.length;
  }

  /**
   * Begins a family with its HELP, TYPE and UNIT lines. Throws when it was written before (a family
   * is one contiguous block in both formats) or its name does not end in its unit.
   */
  family(family: Family): void {
    const ownSuffix = nameSuffix(family.type);
    const base = withoutSuffix(family.name, ownSuffix);
    if (this.#written.has(base)) throw new Error(`family ${base} was already written`);
    if (!mayHaveUnit(base, family.unit ?? "")) {
      throw new Error(`family ${base} does not end in its unit, _${family.unit}`);
    }
    this.#written.add(base);
    this.#base = base;
    this.#defaultSuffix = ownSuffix;
    const openMetrics = this.format === "openmetrics";
    const name = metricNameText(openMetrics ? base : base + ownSuffix);
    const type = typeIn(family.type, openMetrics);
    if (family.help !== "") {
      const help = openMetrics ? escapeQuoted(family.help) : escapeTextHelp(family.help);
      this.#out += `# HELP ${name} ${help}\n`;
    }
    this.#out += `# TYPE ${name} ${type}\n`;
    if (family.unit && openMetrics) this.#out += `# UNIT ${name} ${family.unit}\n`;
  }

  /** One sample of the family begun last. Throws when there is none. */
  sample(labels: Labels, value: number, options: SampleOptions = {}): void {
    if (this.#base === "") throw new Error("a sample needs a family before it");
    const name = this.#base + (options.suffix ?? this.#defaultSuffix);
    const time = options.timestampMs;
    this.#out += seriesText(name, labels) + " " + formatValue(value) +
      (time === undefined ? "" : ` ${this.#timestamp(time)}`) + "\n";
  }

  /** A bucket bound or a quantile as the value of `le` or `quantile` in this format. */
  bound(n: number): string {
    return this.format === "openmetrics" ? formatCanonicalFloat(n) : formatValue(n);
  }

  /** What was written since the last `take()`, and forgets it: for streaming. */
  take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /** What is left to be taken, with the end marker that OpenMetrics asks for. */
  finish(): string {
    return this.take() + (this.format === "openmetrics" ? "# EOF\n" : "");
  }

  /** Text 0.0.4 counts milliseconds, OpenMetrics seconds. */
  #timestamp(ms: number): string {
    return this.format === "openmetrics" ? formatValue(ms / 1000) : String(Math.trunc(ms));
  }
}

/**
 * A series as both formats write it. Prometheus 3 writes a name outside the classic alphabet quoted, a
 * metric's inside the braces.
 */
export function seriesText(name: string, labels: Labels): string {
  const plain = isPlainMetricName(name);
  let inner = plain ? "" : `"${escapeQuoted(name)}"`;
  for (const [label, value] of pairs(labels)) {
    if (inner !== "") inner += ",";
    inner += labelNameText(label) + '="' + escapeQuoted(value) + '"';
  }
  const braced = inner === "" ? "" : `{${inner}}`;
  return plain ? name + braced : braced;
}

function pairs(labels: Labels): Iterable<readonly [string, string]> {
  return Symbol.iterator in labels
    ? labels as Iterable<readonly [string, string]>
    : Object.entries(labels);
}

function withoutSuffix(name: string, suffix: string): string {
  return suffix !== "" && name.endsWith(suffix) ? name.slice(0, -suffix.length) : name;
}
