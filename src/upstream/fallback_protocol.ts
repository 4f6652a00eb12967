import type { ScrapeProtocol } from "../config/scrape_protocols.ts";

/**
 * The Content-Type that a body is read by and answered with: the upstream's, or the fallback's where
 * that is missing, malformed, or of none of Prometheus's formats. So does Prometheus with its
 * `fallback_scrape_protocol` (`extractMediaType` of model/textparse).
 */
export function exposedType(
  contentType: string | null,
  fallback: ScrapeProtocol | undefined,
): string | null {
  if (fallback === undefined || namesFormat(contentType ?? "")) return contentType;
  return TYPES[fallback];
}

function namesFormat(contentType: string): boolean {
  const [, type] = WELL_FORMED.exec(contentType.trim()) ?? [];
  return type !== undefined && MEDIA_TYPES.has(type.toLowerCase());
}

const MEDIA_TYPES = new Set([
  "application/openmetrics-text",
  "application/vnd.google.protobuf",
  "text/plain",
]);

/** RFC 9110, 8.3.1: media types. A last semicolon may stand alone. */
const TOKEN = "[\\w!#$%&'*+.^`|~-]+";
const PARAMETER = `${TOKEN}\\s*=\\s*(?:${TOKEN}|"(?:[^"\\\\]|\\\\.)*")`;
const WELL_FORMED = new RegExp(`^(${TOKEN}/${TOKEN})(?:\\s*;\\s*${PARAMETER})*\\s*;?$`);

const TYPES: Readonly<Record<ScrapeProtocol, string>> = {
  "PrometheusProto":
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  "PrometheusText0.0.4": "text/plain; version=0.0.4; charset=utf-8",
  "PrometheusText1.0.0": "text/plain; version=1.0.0; charset=utf-8",
  "OpenMetricsText0.0.1": "application/openmetrics-text; version=0.0.1; charset=utf-8",
  "OpenMetricsText1.0.0": "application/openmetrics-text; version=1.0.0; charset=utf-8",
  "OpenMetricsText2.0.0": "application/openmetrics-text; version=2.0.0; charset=utf-8",
};
