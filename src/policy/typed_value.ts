import type { FieldValue } from "./policy.ts";

export interface ValueProblem {
  readonly problem: string;
}

/**
 * Reads the value of `equals`: a bare string, number or boolean, or an object with one of
 * `string_value`, `int_value`, `double_value`, `bool_value`, `hex_value` (in camel case as well).
 * Returns what is wrong instead when it is none of these.
 */
export function readTypedValue(value: unknown): FieldValue | ValueProblem {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: `empty typed value ${JSON.stringify(value)}` };
  }
  const set = Object.entries(value).filter(([, inner]) => inner !== null && inner !== undefined);
  if (set.length === 0) return { problem: "empty typed value {}" };
  if (set.length > 1) {
    return { problem: `several typed values (${set.map(([k]) => k).join(", ")})` };
  }
  const [key, inner] = set[0];
  return readTagged(key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), inner);
}

function readTagged(key: string, inner: unknown): FieldValue | ValueProblem {
  const wanted = (what: string): ValueProblem => ({
    problem: `${key}: found ${JSON.stringify(inner)}, wanted ${what}`,
  });
  switch (key) {
    case "string_value":
      return typeof inner === "string" ? inner : wanted("a string");
    case "bool_value":
      return typeof inner === "boolean" ? inner : wanted("true or false");
    case "int_value":
    case "double_value":
      return readNumber(inner) ?? wanted("a number");
    case "hex_value":
    case "bytes_value":
      return readBytes(key, inner) ?? wanted(key === "hex_value" ? "hex digits" : "base64");
    default:
      return { problem: `unknown typed value ${JSON.stringify(key)}` };
  }
}

/** A number, or a 64-bit integer or double written as a string; undefined when it is neither. */
export function readNumber(value: unknown): number | bigint | undefined {
  if (typeof value === "number") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value);
    const numeric = entries.length === 1 && /^(int|double)_?value$/i.test(entries[0][0]);
    return numeric ? readNumber(entries[0][1]) : undefined;
  }
  if (typeof value !== "string" || value.trim() === "") return undefined;
  if (/^[+-]?\d+$/.test(value)) {
    const exact = BigInt(value);
    return Number.isSafeInteger(Number(exact)) ? Number(exact) : exact;
  }
  const words: Record<string, number> = { NaN, Infinity, "-Infinity": -Infinity };
  const number = Object.hasOwn(words, value) ? words[value] : Number(value);
  return Number.isNaN(number) && value !== "NaN" ? undefined : number;
}

function readBytes(key: string, inner: unknown): FieldValue | undefined {
  if (typeof inner !== "string" || inner === "") return undefined;
  if (key === "hex_value") {
    return /^([0-9a-fA-F]{2})+$/.test(inner) ? { hex: inner.toLowerCase() } : undefined;
  }
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(inner)) return undefined;
  let binary: string;
  try {
    binary = atob(inner.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return undefined;
  }
  const hex = Array.from(binary, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"));
  return { hex: hex.join("") };
}
