import type { UpstreamFailure } from "../telemetry/weir_metrics.ts";
import { CredentialsError } from "./credentials_error.ts";
import { printableUrl } from "../config/print.ts";

/**
 * A scrape of the upstream that failed. The message is one line that names the upstream without
 * its credentials; `status` is the HTTP status that the client is to be given.
 */
export class UpstreamError extends Error {
  readonly status: number;
  readonly reason: UpstreamFailure;
  /** Of the answer, where its status is what is wrong. */
  readonly headers: Headers | undefined;
  readonly #url: string;
  readonly #what: string;

  constructor(
    reason: UpstreamFailure,
    status: number,
    url: string,
    what: string,
    headers?: Headers,
  ) {
    super(`upstream ${printableUrl(url)}: ${what}`.replace(/[\r\n]+/g, " "));
    this.name = "UpstreamError";
    this.reason = reason;
    this.status = status;
    this.headers = headers;
    this.#url = url;
    this.#what = what;
  }

  /** The same failure, of one of the addresses that the upstream's name has. */
  at(address: string): UpstreamError {
    const what = `${this.#what} (at ${address})`;
    return new UpstreamError(this.reason, this.status, this.#url, what, this.headers);
  }
}

export function timeoutError(url: string, budgetSeconds: number): UpstreamError {
  const rounded = Math.round(budgetSeconds * 1000) / 1000;
  return new UpstreamError("timeout", 504, url, `did not finish within ${rounded} s`);
}

/**
 * What a failed `fetch`, or a failed read of its body, means. Bun gives codes, Deno the text of the
 * error below (as `cause`, or in the message), so both are looked at.
 */
export function classifyFailure(url: string, error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  if (error instanceof CredentialsError) {
    return new UpstreamError("credentials", 502, url, error.message);
  }
  const text = errorText(error);
  for (const [reason, pattern, what] of CAUSES) {
    if (pattern.test(text)) return new UpstreamError(reason, 502, url, what);
  }
  if (TLS.test(text)) return new UpstreamError("tls", 502, url, `TLS failed: ${lastPart(text)}`);
  return new UpstreamError("protocol", 502, url, lastPart(text));
}

const CAUSES: readonly (readonly [UpstreamFailure, RegExp, string])[] = [
  [
    "oversized",
    /HeadersTooLarge|TooManyHeaders|HEADER_OVERFLOW|head is too large/,
    "response headers are too large",
  ],
  ["refused", /ECONNREFUSED|connection refused/i, "connection refused"],
  ["refused", /ENOENT/, "no such socket"],
  ["dns", /ENOTFOUND|EAI_|ENODATA|DNSException|dns error/i, "host name not found"],
  ["refused", /EHOSTUNREACH|ENETUNREACH|no route to host|unreachable/i, "no route to the host"],
  ["protocol", /ZlibError|decompression error|unexpected end of file|CRC/i, "broken compression"],
  ["protocol", /inflate|corrupt \w+ stream|write whole buffer|gzip/i, "broken compression"],
  [
    "reset",
    /ECONNRESET|EPIPE|reset by peer|connection closed|close_notify|reading a body|broken pipe/i,
    "connection closed before the response was complete",
  ],
];

const TLS = /CERT|certificate|EPROTO|TLS|SSL|corrupt message|handshake|SELF_SIGNED|UNABLE_TO_/i;

function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = (error as { code?: unknown }).code;
  const cause = error.cause === undefined ? "" : `: ${errorText(error.cause)}`;
  return `${typeof code === "string" ? `${code} ` : ""}${error.message}${cause}`;
}

/** The innermost cause without the runtime's preamble, which repeats the URL. */
function lastPart(text: string): string {
  return text.replace(/^.*client error \(\w+\): /s, "").replace(/ For more information, .*/s, "");
}
