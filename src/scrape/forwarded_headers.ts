import type { ForwardHeaders } from "../config/forward_headers.ts";
import type { ForwardedHeader } from "../upstream/ask.ts";

/** Requests whose Authorization was Weir's own to read. */
const loggedIn = new WeakSet<Request>();

/** Notes that the request's credentials were for Weir: they are not handed on. */
export function noteLogin(request: Request): void {
  loggedIn.add(request);
}

/**
 * Returns what of a client's headers goes to the upstream. Never what belongs to the connection (RFC
 * 9110, 7.6.1), what Weir says itself, or a password that was Weir's. `processed`: nor what asks for
 * a part of the body, or for none where it has not changed.
 */
export function forwardedHeaders(
  request: Request,
  which: ForwardHeaders,
  { processed }: { readonly processed: boolean },
): ForwardedHeader[] {
  if (which === "none") return [];
  const { headers } = request;
  const ofConnection = new Set(namesIn(headers.get("connection")));
  return [...headers].filter(([name]) => {
    if (which !== "all" && !which.includes(name)) return false;
    if (OF_CONNECTION.has(name) || ofConnection.has(name) || OWN.has(name)) return false;
    if (name === "authorization" && loggedIn.has(request)) return false;
    return !processed || !ASKS_FOR_PART.test(name);
  });
}

/** The names in a header that is a list of them. */
export function namesIn(list: string | null): string[] {
  return (list ?? "").split(",").map((name) => name.trim().toLowerCase());
}

/** What no proxy hands on, in either direction. */
export const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** What Weir asks for in its own way. */
const OWN: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "x-prometheus-scrape-timeout-seconds",
]);

const ASKS_FOR_PART = /^(?:range|if-.*)$/;

/**
 * Tells clients apart by what is forwarded of them, without holding it: a digest, or "" for nothing.
 * `described`: also by what only describes a client.
 */
export async function clientKey(
  forwarded: readonly ForwardedHeader[],
  { described }: { readonly described: boolean },
): Promise<string> {
  const told = forwarded.filter(([name]) => described || !DESCRIBES.test(name));
  if (told.length === 0) return "";
  const bytes = new TextEncoder().encode(JSON.stringify(told.toSorted()));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Headers that say what a client is or how a request came, and not who sent it. */
const DESCRIBES =
  /^(?:user-agent|accept-.*|cache-control|pragma|dnt|referer|origin|sec-.*|via|forwarded|x-forwarded-.*|x-real-ip|x-request-id|traceparent|tracestate|baggage|upgrade-insecure-requests|priority)$/;
