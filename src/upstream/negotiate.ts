/** What the upstream is asked for in a client's place. */
export interface UpstreamFormats {
  readonly accept: string;
  /** The format that the client wants most, by Prometheus's name, where Weir does not read it. */
  readonly unread: UnreadFormat | undefined;
}

export type UnreadFormat = "PrometheusProto" | "OpenMetricsText2.0.0";

/**
 * The Accept header for the upstream: of the client's the formats and versions that Weir reads, in
 * the client's order and with its parameters (`version`, `escaping`, `q`). In the place of what it
 * does not read stands the text format that carries the most of it. text/plain 0.0.4 is offered
 * whenever the client's header is absent, has a wildcard, or leaves nothing.
 */
export function upstreamFormats(clientAccept: string | null): UpstreamFormats {
  // A client asks the same each time, and there are one or two.
  if (clientAccept !== lastAccept.asked) {
    lastAccept = { asked: clientAccept, formats: readableFormats(clientAccept) };
  }
  return lastAccept.formats;
}

let lastAccept: { asked: string | null | undefined; formats: UpstreamFormats } = {
  asked: undefined,
  formats: { accept: "", unread: undefined },
};

function readableFormats(clientAccept: string | null): UpstreamFormats {
  const kept: string[] = [];
  let wildcard: string | null = null;
  let unread: { name: UnreadFormat; weight: number; place: number } | undefined;
  let most = 0;
  for (const range of splitList(clientAccept ?? "")) {
    const { type, params } = parseRange(range);
    const weight = weightOf(params);
    if (weight === 0) continue;
    if (type === "*/*" || type === "text/*") wildcard ??= range;
    else if (readable(type, params)) {
      kept.push(range);
      most = Math.max(most, weight);
    } else {
      const name = unreadFormat(type, params);
      if (name !== undefined && weight > (unread?.weight ?? most)) {
        unread = { name, weight, place: kept.length };
      }
    }
  }
  if (unread !== undefined && unread.weight <= most) unread = undefined;
  const isBound = kept.length > 0 && wildcard === null;
  if (unread !== undefined && !isBound && !kept.some(isOpenMetrics10)) {
    kept.splice(unread.place, 0, richestText(unread.weight));
  }
  // The client reads nothing else.
  const accept = isBound ? kept.join(",") : withFallbacks(kept, wildcard);
  return { accept, unread: unread?.name };
}

function withFallbacks(kept: string[], wildcard: string | null): string {
  if (!kept.some(isPlainText004)) kept.push(plainTextBelow(kept));
  kept.push(wildcardBelow(kept, wildcard));
  return kept.join(",");
}

export function isOpenMetrics(contentType: string | null): boolean {
  return mediaType(contentType) === "application/openmetrics-text";
}

/** Content types of the expositions that Weir writes itself. */
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Whether a client would rather have OpenMetrics. A tie goes to OpenMetrics, which says where it
 * ends; a client that names no format gets text.
 */
export function prefersOpenMetrics(accept: string | null): boolean {
  let openMetrics = 0;
  let text = 0;
  for (const range of splitList(accept ?? "")) {
    const { type, params } = parseRange(range);
    if (type === "application/openmetrics-text") {
      openMetrics = Math.max(openMetrics, weightOf(params));
    }
    if (type === "text/plain") text = Math.max(text, weightOf(params));
  }
  return openMetrics > 0 && openMetrics >= text;
}

/** True for Prometheus's protobuf format, by any of the names in use. */
export function isProtobuf(contentType: string | null): boolean {
  return PROTOBUF.has(mediaType(contentType));
}

/** Whether a response may be gzip (RFC 9110, 12.5.3): named with q above 0, or met by `*`. */
export function acceptsGzip(acceptEncoding: string | null): boolean {
  if (acceptEncoding === "gzip") return true;
  let any = false;
  let named: boolean | null = null;
  for (const coding of splitList(acceptEncoding ?? "")) {
    const { type, params } = parseRange(coding);
    const wanted = weightOf(params) > 0;
    if (type === "gzip" || type === "x-gzip") named = named === true || wanted;
    else if (type === "*") any = wanted;
  }
  return named ?? any;
}

const PROTOBUF = new Set([
  "application/vnd.google.protobuf",
  "application/protobuf",
  "application/x-protobuf",
]);

/** Prometheus's name of the format that a response of this type is in; undefined for others. */
export function formatName(contentType: string | null): string | undefined {
  const { type, params } = parseRange(contentType ?? "");
  const version = params.get("version");
  if (PROTOBUF.has(type)) return "PrometheusProto";
  if (type === "application/openmetrics-text") return `OpenMetricsText${version ?? "1.0.0"}`;
  return type === "text/plain" ? `PrometheusText${version ?? "0.0.4"}` : undefined;
}

interface Range {
  type: string;
  params: Map<string, string>;
}

function readable(type: string, params: Map<string, string>): boolean {
  const version = params.get("version");
  if (type === "application/openmetrics-text") {
    return version === undefined || version === "0.0.1" || version === "1.0.0";
  }
  return type === "text/plain" &&
    (version === undefined || version === "0.0.4" || version === "1.0.0");
}

function unreadFormat(type: string, params: Map<string, string>): UnreadFormat | undefined {
  if (PROTOBUF.has(type)) return "PrometheusProto";
  return type === "application/openmetrics-text" && params.get("version") === "2.0.0"
    ? "OpenMetricsText2.0.0"
    : undefined;
}

function isOpenMetrics10(range: string): boolean {
  const { type, params } = parseRange(range);
  return type === "application/openmetrics-text" && params.get("version") === "1.0.0";
}

/** Exemplars and start times are in it, and names as protobuf has them, in UTF-8. */
function richestText(weight: number): string {
  const q = weight === 1 ? "" : `;q=${weight}`;
  return `application/openmetrics-text;version=1.0.0;escaping=allow-utf-8${q}`;
}

function isPlainText004(range: string): boolean {
  const { type, params } = parseRange(range);
  return type === "text/plain" && (params.get("version") ?? "0.0.4") === "0.0.4";
}

/** The fallback takes a lower weight than what the client named itself. */
function plainTextBelow(kept: readonly string[]): string {
  return kept.length === 0
    ? "text/plain;version=0.0.4"
    : `text/plain;version=0.0.4;q=${lowestWeight(kept)}`;
}

/** The client's own wildcard where it comes last anyway; one that upstreams take last otherwise. */
function wildcardBelow(kept: readonly string[], wildcard: string | null): string {
  const low = `*/*;q=${lowestWeight(kept)}`;
  if (wildcard === null || !wildcard.startsWith("*/*")) return low;
  return weightOf(parseRange(wildcard).params) < leastWeight(kept) ? wildcard : low;
}

/** Just below the least wanted of `ranges`, from 0.1 down to 0.001 (three digits are allowed). */
function lowestWeight(ranges: readonly string[]): string {
  const least = leastWeight(ranges);
  if (least > 0.1) return "0.1";
  return String(Math.max(0.001, Math.round((least / 2) * 1000) / 1000));
}

function leastWeight(ranges: readonly string[]): number {
  return Math.min(...ranges.map((range) => weightOf(parseRange(range).params)));
}

function weightOf(params: Map<string, string>): number {
  const weight = Number(params.get("q") ?? "1");
  return Number.isNaN(weight) ? 1 : weight;
}

function mediaType(contentType: string | null): string {
  return (contentType ?? "").split(";", 1)[0].trim().toLowerCase();
}

function parseRange(range: string): Range {
  const [type, ...rest] = range.split(";");
  const params = new Map<string, string>();
  for (const part of rest) {
    const [name, value = ""] = part.split("=", 2);
    params.set(name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, "$1"));
  }
  return { type: type.trim().toLowerCase(), params };
}

function splitList(header: string): string[] {
  return header.split(",").map((part) => part.trim()).filter((part) => part !== "");
}
