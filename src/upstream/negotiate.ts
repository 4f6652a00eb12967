import type { BodyFormat } from "../exposition/line_format.ts";

/** What the upstream is asked for in a client's place. */
export interface UpstreamFormats {
  readonly accept: string;
  /**
   * The format that the client wants most, where text carries less than it; undefined where the client
   * wants text most.
   */
  readonly wanted: WantedFormat | undefined;
}

/** By Prometheus's names; `other`: a version or an encoding that Weir does not know. */
export type WantedFormat = "PrometheusProto" | "OpenMetricsText2.0.0" | "other";

/**
 * The Accept header for the upstream: of the client's the formats and versions that Weir knows, in
 * the client's order and with its parameters (`version`, `escaping`, `q`). Behind those that text
 * carries less of stands the richest text, for upstreams that have none of them. text/plain 0.0.4 is
 * offered whenever the client's header is absent, has a wildcard, or leaves nothing.
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
  formats: { accept: "", wanted: undefined },
};

function readableFormats(clientAccept: string | null): UpstreamFormats {
  const named: Named[] = [];
  let wildcard: string | null = null;
  for (const range of splitList(clientAccept ?? "")) {
    const { type, params } = parseRange(range);
    const weight = weightOf(params);
    if (weight === 0) continue;
    if (type === "*/*" || type === "text/*") wildcard ??= range;
    else {
      const format = knownFormat(type, params);
      const wanted = wantedFormat(type, format);
      if (format !== undefined || wanted !== undefined) {
        named.push({ range, weight, format, wanted });
      }
    }
  }
  const ranked = byWeight(named);
  const firstText = ranked.findIndex(({ wanted }) => wanted === undefined);
  const above = ranked.slice(0, firstText === -1 ? ranked.length : firstText);
  const isBound = firstText !== -1 && wildcard === null;
  if (above.length > 0 && !isBound && !named.some(isOpenMetrics10)) {
    const last = above[above.length - 1];
    const rest = [...ranked.slice(above.length).map(({ range }) => range), wildcard ?? []].flat();
    const text = richestText(weightBetween(last.weight, rest), escapingOf(above));
    named.splice(named.indexOf(last) + 1, 0, text);
  }
  const kept = named.filter(({ format }) => format !== undefined).map(({ range }) => range);
  // The client reads nothing else.
  const accept = isBound ? kept.join(",") : withFallbacks(kept, wildcard);
  return { accept, wanted: above[0]?.wanted };
}

/** A media range of a client's that names a format. */
interface Named {
  readonly range: string;
  readonly weight: number;
  /** Undefined where it is none that Weir knows. */
  readonly format: BodyFormat | undefined;
  /** Set where text carries less. */
  readonly wanted: WantedFormat | undefined;
}

/** As exporters rank them: of those with the same weight the one that is named first. */
function byWeight<T extends { readonly weight: number }>(ranges: readonly T[]): T[] {
  return [...ranges].sort((a, b) => b.weight - a.weight);
}

function withFallbacks(kept: string[], wildcard: string | null): string {
  if (!kept.some(isPlainText004)) kept.push(plainTextBelow(kept));
  kept.push(wildcardBelow(kept, wildcard));
  return kept.join(",");
}

/**
 * The format to answer a client in that would take any of `offered`: the one that it ranks first, of
 * equal ones the first named, as exporters do; text where it names none of them.
 */
export function answerFormat(
  accept: string | null,
  offered: readonly BodyFormat[] = ["protobuf", "openmetrics2", "openmetrics", "text"],
): BodyFormat {
  const ranges = splitList(upstreamFormats(accept).accept).map((range) => {
    const { type, params } = parseRange(range);
    return { format: knownFormat(type, params), weight: weightOf(params) };
  });
  const first = byWeight(ranges).find(({ format }) => format && offered.includes(format));
  return first?.format ?? "text";
}

/** For what is written as OpenMetrics 1.0 and as text. */
export function prefersOpenMetrics(accept: string | null): boolean {
  return answerFormat(accept, ["openmetrics", "text"]) === "openmetrics";
}

/** What a body of this type is to be read as: text, where the type names no format. */
export function bodyFormat(contentType: string | null): BodyFormat {
  return contentTypeOf(contentType).bodyFormat;
}

function bodyFormatOf({ type, params }: Range): BodyFormat {
  if (isDelimitedFamilies(type, params)) return "protobuf";
  if (type !== OPEN_METRICS) return "text";
  return params.get("version") === "2.0.0" ? "openmetrics2" : "openmetrics";
}

/** True for OpenMetrics of any version, which ends in `# EOF`. */
export function isOpenMetrics(contentType: string | null): boolean {
  return contentTypeOf(contentType).type === OPEN_METRICS;
}

/** Content types of the expositions that Weir writes itself. */
export const PROTOBUF_TYPE = "application/vnd.google.protobuf; " +
  "proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8";
export const OPEN_METRICS_2_TYPE =
  "application/openmetrics-text; version=2.0.0; charset=utf-8; escaping=allow-utf-8";
export const OPEN_METRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";
export const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export const CONTENT_TYPES: Readonly<Record<BodyFormat, string>> = {
  protobuf: PROTOBUF_TYPE,
  openmetrics2: OPEN_METRICS_2_TYPE,
  openmetrics: OPEN_METRICS_TYPE,
  text: TEXT_TYPE,
};

/** True for Prometheus's protobuf format: messages of MetricFamily, each behind its length. */
export function isProtobuf(contentType: string | null): boolean {
  return contentTypeOf(contentType).bodyFormat === "protobuf";
}

/** True for protobuf of any kind, by any of the names in use. */
export function isAnyProtobuf(contentType: string | null): boolean {
  return ANY_PROTOBUF.has(contentTypeOf(contentType).type);
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

const OPEN_METRICS = "application/openmetrics-text";
const PROTOBUF = "application/vnd.google.protobuf";
const ANY_PROTOBUF = new Set([PROTOBUF, "application/protobuf", "application/x-protobuf"]);

/** Prometheus's name of the format that a response of this type is in; undefined for others. */
export function formatName(contentType: string | null): string | undefined {
  return contentTypeOf(contentType).formatName;
}

function formatNameOf({ type, params }: Range): string | undefined {
  const format = knownFormat(type, params);
  if (format === undefined) return undefined;
  if (format === "protobuf") return "PrometheusProto";
  const version = params.get("version");
  return format === "text"
    ? `PrometheusText${version ?? "0.0.4"}`
    : `OpenMetricsText${version ?? "1.0.0"}`;
}

interface Range {
  type: string;
  params: Map<string, string>;
}

/** Undefined for what is no format of Prometheus's, and for a version that Weir does not know. */
function knownFormat(type: string, params: Map<string, string>): BodyFormat | undefined {
  const version = params.get("version");
  if (type === PROTOBUF) return isDelimitedFamilies(type, params) ? "protobuf" : undefined;
  if (type === OPEN_METRICS) {
    if (version === "2.0.0") return "openmetrics2";
    return version === undefined || version === "0.0.1" || version === "1.0.0"
      ? "openmetrics"
      : undefined;
  }
  const isText = type === "text/plain" &&
    (version === undefined || version === "0.0.4" || version === "1.0.0");
  return isText ? "text" : undefined;
}

function isDelimitedFamilies(type: string, params: Map<string, string>): boolean {
  return type === PROTOBUF &&
    (params.get("proto") ?? METRIC_FAMILY) === METRIC_FAMILY &&
    (params.get("encoding") ?? "delimited") === "delimited";
}

const METRIC_FAMILY = "io.prometheus.client.MetricFamily";

function wantedFormat(type: string, format: BodyFormat | undefined): WantedFormat | undefined {
  if (format === "protobuf") return "PrometheusProto";
  if (format === "openmetrics2") return "OpenMetricsText2.0.0";
  const isUnknown = format === undefined && (type === OPEN_METRICS || ANY_PROTOBUF.has(type));
  return isUnknown ? "other" : undefined;
}

function isOpenMetrics10({ range }: Named): boolean {
  const { type, params } = parseRange(range);
  return type === OPEN_METRICS && params.get("version") === "1.0.0";
}

/** Exemplars and start times are in it, and names as the client takes them: in protobuf, in UTF-8. */
function richestText(weight: number, escaping: string): Named {
  const q = weight === 1 ? "" : `;q=${weight}`;
  const range = `${OPEN_METRICS};version=1.0.0;escaping=${escaping}${q}`;
  return { range, weight, format: "openmetrics", wanted: undefined };
}

function escapingOf(ranges: readonly Named[]): string {
  const escapings = ranges.map(({ range }) => parseRange(range).params.get("escaping"));
  return escapings.find((escaping) => escaping !== undefined) ?? "allow-utf-8";
}

/** Not above `weight`, and above those of `ranges` that are below it, where three digits allow. */
function weightBetween(weight: number, ranges: readonly string[]): number {
  const weights = ranges.map((range) => weightOf(parseRange(range).params));
  const next = Math.max(0, ...weights.filter((other) => other <= weight));
  return Math.round((weight + next) / 2 * 1000) / 1000 || weight;
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

interface ContentType {
  readonly text: string | null | undefined;
  /** In lower case, without parameters. */
  readonly type: string;
  readonly bodyFormat: BodyFormat;
  readonly formatName: string | undefined;
}

/** An upstream answers with the same type each time, and several ask what it says. */
function contentTypeOf(text: string | null): ContentType {
  if (text !== lastType.text) {
    const range = parseRange(text ?? "");
    const { type } = range;
    lastType = { text, type, bodyFormat: bodyFormatOf(range), formatName: formatNameOf(range) };
  }
  return lastType;
}

let lastType: ContentType = {
  text: undefined,
  type: "",
  bodyFormat: "text",
  formatName: undefined,
};

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
