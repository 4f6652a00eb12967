/**
 * Returns seconds for a duration such as `15s`, `1m30s`, `500ms` or a bare number of seconds, or
 * undefined for what is none. It is written as for Go's `time.ParseDuration` (`1.s`, `.5s`, `+5s`),
 * with Prometheus's days besides, and is not negative.
 */
export function parseDuration(input: unknown): number | undefined {
  if (typeof input === "number") return Number.isFinite(input) && input >= 0 ? input : undefined;
  if (typeof input !== "string") return undefined;
  if (NUMBER.test(input)) return Number(input);
  if (!DURATION.test(input)) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of input.matchAll(DURATION_PART)) {
    milliseconds += Number(amount) * MILLISECONDS[unit];
  }
  return milliseconds / 1000;
}

/**
 * Returns bytes for a size such as `10MiB`, `64Mi`, `1GB`, `500k` or a bare number, or undefined for
 * what is none. `K`, `M`, `G`, `T` count in thousands and `Ki`, `Mi`, `Gi`, `Ti` in 1024s, the `B`
 * is optional and case does not matter; what is left of a fraction is dropped.
 */
export function parseSize(input: unknown): number | undefined {
  if (typeof input === "number") {
    return Number.isSafeInteger(input) && input >= 0 ? input : undefined;
  }
  if (typeof input !== "string") return undefined;
  const match = SIZE.exec(input);
  if (match === null) return undefined;
  const [, amount, prefix = "", binary] = match;
  if (prefix === "" && amount.includes(".")) return undefined;
  const power = PREFIXES.indexOf(prefix.toLowerCase());
  const bytes = Math.floor(Number(amount) * (binary === undefined ? 1000 : 1024) ** power);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

const NUMBER = /^\+?\d+(?:\.\d+)?$/;
const DURATION = /^\+?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h|d))+$/;
const DURATION_PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/g;
const MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  // The micro sign, and the Greek letter.
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE = /^(\d+(?:\.\d+)?) ?(?:([kmgt])(i)?)?b?$/i;
const PREFIXES = ["", "k", "m", "g", "t"];
