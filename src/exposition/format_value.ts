/** The largest magnitude below which every integer is exact in a double. */
const maxPlain = 2 ** 53;

/**
 * A sample's value as both text formats write it: `+Inf`, `-Inf`, `NaN`, otherwise the shortest
 * decimal that reads back as the same double. Integers up to 2^53 have no exponent, so that counters
 * stay readable; what lies beyond, and magnitudes below 1e-4, are written like Go's `%g`
 * (`1e-07`, `1.5e+300`).
 */
export function formatValue(n: number): string {
  const magnitude = Math.abs(n);
  if (magnitude >= 1e-4 && magnitude <= maxPlain) return String(n);
  if (n === 0) return Object.is(n, -0) ? "-0" : "0";
  if (magnitude < Infinity) return goExponent(n.toExponential());
  if (n === Infinity) return "+Inf";
  return n === -Infinity ? "-Inf" : "NaN";
}

/** From here on Go's shortest `%g` has an exponent. */
const minCanonicalExponent = 1e6;

/**
 * A bucket bound or quantile as the value of `le` or `quantile`: OpenMetrics wants a float there
 * ("Considerations: Canonical Numbers"), so an integer gets `.0`, and a million is `1e+06`. So does
 * Prometheus write them when it ingests.
 */
export function formatCanonicalFloat(n: number): string {
  const magnitude = Math.abs(n);
  if (magnitude >= minCanonicalExponent && magnitude < Infinity) {
    return goExponent(n.toExponential());
  }
  const text = formatValue(n);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}

/** Go writes at least two digits of exponent, JavaScript as few as it takes. */
function goExponent(text: string): string {
  return text.replace(/e([+-])([0-9])$/, "e$10$2");
}
