/** A map of a document that was parsed. */
export type JsonMap = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The list at a key; none where there is no list. */
export function listOf(value: unknown, key: string): readonly unknown[] {
  const list = isObject(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}

/** The text at a key, numbers too (`expr: 1`); undefined where there is none. */
export function textAt(value: unknown, key: string): string | undefined {
  const text = isObject(value) ? value[key] : undefined;
  if (typeof text === "number" || typeof text === "boolean") return String(text);
  return typeof text === "string" ? text : undefined;
}
