/**
 * A scalar that stands without quotes in YAML, or a number or a word of JSON. What it is depends on
 * who reads it. Where a text is wanted it is what was written, as Prometheus has it: `1.10` is not
 * 1.1, and `0500`, `True` and `1e3` are these characters. Elsewhere it is its value.
 */
export class PlainScalar {
  /** As it was written; a text of several lines is folded. */
  readonly text: string;
  /** By YAML's core schema, or by JSON. */
  readonly value: unknown;
  /** JSON's scalars have a type: 5 is no text there, but in rules, which Prometheus reads as YAML. */
  readonly isTyped: boolean;

  constructor(text: string, value: unknown, isTyped = false) {
    this.text = text;
    this.value = value;
    this.isTyped = isTyped;
  }
}

/** Returns a scalar's text, "" for null, as Go reads it into a string; undefined for lists and maps. */
export function textOf(value: unknown): string | undefined {
  if (isNull(value)) return "";
  if (value instanceof PlainScalar) return value.text;
  return typeof value === "object" || value === undefined ? undefined : String(value);
}

/** Returns a scalar's value, and all else as it is. */
export function valueOf(value: unknown): unknown {
  return value instanceof PlainScalar ? value.value : value;
}

/** Whether it is null, however that is spelled. What is not there is none. */
export function isNull(value: unknown): boolean {
  return valueOf(value) === null;
}

export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    !(value instanceof PlainScalar);
}

/** Returns what an error calls it: `a list`, `a map`, `null`, `a number`. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isMap(value)) return "a map";
  return isNull(value) ? "null" : `a ${typeof valueOf(value)}`;
}
