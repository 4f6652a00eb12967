import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { expositionsFolder } from "./expositions.ts";
import { httpUpstream } from "./upstreams.ts";

/**
 * Serves the recorded answers of a client_golang registry (`test/expositions/formats`), in the format
 * that promhttp would choose for the request, with its very Content-Type. `startSeconds` (whole Unix
 * seconds) takes the place of the second in which all their times lie. With `onlyText` it knows
 * neither protobuf nor OpenMetrics 2.0. Returns its URL.
 */
export function recordedExporter(
  context: TestContext,
  startSeconds: number,
  onlyText = false,
): Promise<string> {
  const formats = onlyText ? FORMATS.filter(({ file }) => TEXT_FILES.has(file)) : FORMATS;
  return httpUpstream(context, ({ headers }, response) => {
    const { type, file, escaping } = negotiated(headers.accept ?? "", formats);
    const bytes = readFileSync(join(expositionsFolder, "formats", escaping, file));
    response
      .writeHead(200, { "content-type": `${type}; escaping=${escaping}` })
      .end(file.endsWith(".pb") ? movedWire(bytes, startSeconds) : movedText(bytes, startSeconds));
  });
}

/** The second in which the recorded times lie. */
const RECORDED_SECONDS = 1795000000;

interface Format {
  readonly type: string;
  readonly file: string;
  /** What a clause of an Accept header has to say. */
  readonly media: string;
  readonly params: Readonly<Record<string, string>>;
}

/** promhttp's `AcceptedFormats`, in that order. */
const FORMATS: readonly Format[] = [
  openMetrics("2.0.0", "openmetrics-2.0.0.txt"),
  openMetrics("1.0.0", "openmetrics-1.0.0.txt"),
  openMetrics("0.0.1", "openmetrics-1.0.0.txt"),
  {
    type: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; " +
      "encoding=delimited",
    file: "protobuf.pb",
    media: "application/vnd.google.protobuf",
    params: { proto: "io.prometheus.client.MetricFamily", encoding: "delimited" },
  },
  {
    type: "text/plain; version=0.0.4; charset=utf-8",
    file: "text-0.0.4.txt",
    media: "text/plain",
    params: { version: "0.0.4" },
  },
];

function openMetrics(version: string, file: string): Format {
  const media = "application/openmetrics-text";
  return { type: `${media}; version=${version}; charset=utf-8`, file, media, params: { version } };
}

const TEXT_FILES: ReadonlySet<string> = new Set(["openmetrics-1.0.0.txt", "text-0.0.4.txt"]);

/** What `expfmt.NegotiateAccept` makes of the header: an escaping holds for the clauses behind it. */
function negotiated(
  accept: string,
  formats: readonly Format[],
): Format & { readonly escaping: string } {
  let escaping = "underscores";
  for (const { media, params } of clauses(accept)) {
    if (params.escaping === "allow-utf-8" || params.escaping === "underscores") {
      escaping = params.escaping;
    }
    const format = formats.find((format) => {
      const isMedia = media === format.media || media === "*/*";
      return isMedia &&
        Object.entries(format.params).every(([key, value]) => value === params[key]);
    });
    if (format !== undefined) return { ...format, escaping };
  }
  return { ...formats[formats.length - 1], escaping };
}

function clauses(accept: string) {
  return accept.split(",").map((clause) => {
    const [media, ...rest] = clause.split(";").map((part) => part.trim());
    const params: Record<string, string> = {};
    if (media === "text/plain") params.version = "0.0.4";
    for (const part of rest) params[part.split("=")[0]] = part.split("=")[1] ?? "";
    return { media, params, weight: Number(params.q ?? "1") };
  }).sort((a, b) => b.weight - a.weight);
}

/** Seconds, and milliseconds of the text format. */
function movedText(bytes: Uint8Array, startSeconds: number): string {
  const by = startSeconds - RECORDED_SECONDS;
  return new TextDecoder().decode(bytes)
    .replace(/ 1795000000250$/gm, (text) => ` ${Number(text) + by * 1000}`)
    .replace(
      /\b1\.795000000\d*e\+09|\b1795000000(?:\.\d+)?\b/g,
      (text) => String(Math.round((Number(text) + by) * 1e6) / 1e6),
    );
}

/** Varints of these sizes are nothing else in the recorded body. */
function movedWire(bytes: Uint8Array, startSeconds: number): Uint8Array {
  const milliseconds = (seconds: number) => varint(BigInt(seconds) * 1000n + 250n);
  return replaced(
    replaced(bytes, varint(BigInt(RECORDED_SECONDS)), varint(BigInt(startSeconds))),
    milliseconds(RECORDED_SECONDS),
    milliseconds(startSeconds),
  );
}

function replaced(bytes: Uint8Array, from: Uint8Array, to: Uint8Array): Uint8Array {
  const result = Buffer.from(bytes);
  for (let at = result.indexOf(from); at >= 0; at = result.indexOf(from, at + to.length)) {
    result.set(to, at);
  }
  return result;
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; rest > 0n || bytes.length === 0; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
  }
  return Uint8Array.from(bytes);
}
