/** Prometheus's names of the formats that may be asked for, as its `scrape_protocols` has them. */
export const SCRAPE_PROTOCOLS = [
  "PrometheusProto",
  "PrometheusText0.0.4",
  "PrometheusText1.0.0",
  "OpenMetricsText0.0.1",
  "OpenMetricsText1.0.0",
  "OpenMetricsText2.0.0",
] as const;
export type ScrapeProtocol = typeof SCRAPE_PROTOCOLS[number];

/** Completes "found X, wanted …". */
export const PROTOCOLS_WANTED = `a list of some of ${SCRAPE_PROTOCOLS.join(", ")}`;

/** Returns the names of a list, or of a text with commas between them; undefined where one is none. */
export function parseScrapeProtocols(input: unknown): readonly ScrapeProtocol[] | undefined {
  const given: unknown[] = typeof input === "string"
    ? input.split(",").map((name) => name.trim())
    : Array.isArray(input)
    ? input
    : [];
  const names = SCRAPE_PROTOCOLS.filter((name) => given.includes(name));
  const isKnown = given.every((name) => names.some((known) => known === name));
  return names.length > 0 && isKnown ? names : undefined;
}
