/**
 * How many seconds a scrape may take. The client's `X-Prometheus-Scrape-Timeout-Seconds` less
 * `offsetSeconds` (time for the answer to travel), never below half of the header's value, and
 * never above `scrapeTimeoutSeconds`; that alone when the header is absent or no positive number.
 */
export function scrapeBudgetSeconds(
  timeoutHeader: string | null,
  offsetSeconds: number,
  scrapeTimeoutSeconds: number,
): number {
  const timeout = parseSeconds(timeoutHeader);
  if (timeout === null) return scrapeTimeoutSeconds;
  return Math.min(Math.max(timeout - offsetSeconds, timeout / 2), scrapeTimeoutSeconds);
}

/** Go writes the header with FormatFloat(…, 'f'), other clients with an exponent; no hex, no ∞. */
function parseSeconds(header: string | null): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (!/^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return null;
  const seconds = Number(text);
  return seconds > 0 && Number.isFinite(seconds) ? seconds : null;
}
