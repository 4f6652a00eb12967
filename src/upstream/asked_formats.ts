import type { BodyFormat } from "../exposition/line_format.ts";

const NAMES = ";escaping=allow-utf-8";

const RANGES = {
  protobuf: "application/vnd.google.protobuf" +
    `;proto=io.prometheus.client.MetricFamily;encoding=delimited${NAMES}`,
  openmetrics2: `application/openmetrics-text;version=2.0.0${NAMES}`,
  openmetrics: `application/openmetrics-text;version=1.0.0${NAMES}`,
  text: "text/plain;version=0.0.4",
} as const;

/**
 * The Accept header of one who reads every format and wants to see all that there is: as that of a
 * Prometheus that scrapes native histograms, with OpenMetrics 2.0 behind protobuf.
 */
export const EVERY_FORMAT: string = [
  `${RANGES.protobuf};q=0.7`,
  `${RANGES.openmetrics2};q=0.6`,
  `${RANGES.openmetrics};q=0.5`,
  `${RANGES.text};q=0.3`,
  "*/*;q=0.1",
].join(",");

/** The Accept header of one who wants this format and reads the answer as it. */
export function acceptOf(format: BodyFormat): string {
  return `${RANGES[format]},*/*;q=0.1`;
}
