import { PlainScalar } from "./plain_scalar.ts";

/**
 * Returns what Go's YAML (go.yaml.in/yaml/v2, as Prometheus uses it) reads from a scalar into a
 * uint64, or undefined where it refuses: `0x1F`, `0b11`, `017` and `0o17` (octal), `1_000`, and of a
 * fraction such as `1e3` or `7.9` the whole part. Quotes make a string of digits, which it refuses.
 */
export function goUint64(scalar: unknown): bigint | undefined {
  if (
    typeof scalar !== "number" && typeof scalar !== "bigint" && !(scalar instanceof PlainScalar)
  ) {
    return undefined;
  }
  const text = scalar instanceof PlainScalar ? scalar.text : String(scalar);
  if (/^-\.(?:inf|Inf|INF)$/.test(text)) return ofFloat(-Infinity);
  if (text.startsWith(".")) return ofFloatText(text);
  if (!/^[-+0-9]/.test(text)) return undefined;
  const plain = text.replaceAll("_", "");
  const integer = ofInteger(plain);
  if (integer !== undefined) return integer < 0n ? undefined : integer;
  return ofFloatText(plain) ?? ofSignedBinary(plain);
}

const MAX_UINT64 = 2n ** 64n - 1n;
const MIN_INT64 = -(2n ** 63n);

/** Go's `ParseInt` and `ParseUint` with base 0; a sign goes with what fits into 63 bits only. */
function ofInteger(text: string): bigint | undefined {
  const [, sign, digits] = INTEGER.exec(text) ?? [];
  if (digits === undefined) return undefined;
  // BigInt knows the prefixes, but for the 0 that stands alone.
  const size = BigInt(/^0[0-7]/.test(digits) ? `0o${digits}` : digits.toLowerCase());
  const value = sign === "-" ? -size : size;
  const fits = sign === "" ? value <= MAX_UINT64 : value >= MIN_INT64 && value < -MIN_INT64;
  return fits ? value : undefined;
}

const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|0[0-7]+|0|[1-9][0-9]*)$/;

function ofFloatText(text: string): bigint | undefined {
  if (!/^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? ofFloat(value) : undefined;
}

/**
 * Go's conversion of a float, on amd64 for those below 0, which the language leaves open: it goes
 * round there, or gives 2^63.
 */
function ofFloat(value: number): bigint | undefined {
  if (value > 2 ** 64) return undefined;
  if (value === 2 ** 64 || value < -(2 ** 63)) return 2n ** 63n;
  return BigInt.asUintN(64, BigInt(Math.trunc(value)));
}

/** `0b+11`: Go's YAML takes the prefix off and reads the rest with its sign. */
function ofSignedBinary(text: string): bigint | undefined {
  const [, sign, digits] = /^0b([-+])([01]{1,64})$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const size = BigInt(`0b${digits}`);
  return size < -MIN_INT64 && (sign === "+" || size === 0n) ? size : undefined;
}
