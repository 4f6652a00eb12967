import { isMap, PlainScalar } from "../yaml/plain_scalar.ts";

/** Keys of a policy whose values are texts, in lists and maps below them too. */
const TEXTS = new Set([
  "id",
  "name",
  "exact",
  "regex",
  "startsWith",
  "endsWith",
  "contains",
  "stringValue",
  "hexValue",
  "bytesValue",
  "datapointAttribute",
  "resourceAttribute",
  "scopeAttribute",
  "path",
  "segments",
]);
/** Keys whose integers are read exactly, which a number above 2^53 is not. */
const INTEGERS = new Set(["gt", "gte", "lt", "lte", "intValue"]);

/**
 * Returns a copy of a parsed policy document without plain scalars: where a policy has a text, what
 * was written in YAML (`exact: 1.10`), else their values.
 */
export function plainValues(value: unknown, key = ""): unknown {
  if (value instanceof PlainScalar) return plainValue(value, key);
  if (Array.isArray(value)) return value.map((item) => plainValues(item, key));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, child]) => [name, plainValues(child, name)]),
  );
}

function plainValue({ text, value, isTyped }: PlainScalar, key: string): unknown {
  if (value === null) return null;
  const name = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  const isInexact = typeof value === "number" && !Number.isSafeInteger(value);
  const isText = TEXTS.has(name) && !isTyped ||
    INTEGERS.has(name) && isInexact && /^[-+]?\d+$/.test(text);
  return isText ? text : value;
}
