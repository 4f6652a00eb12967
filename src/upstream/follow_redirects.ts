import { MAX_REDIRECTS } from "../bounds.ts";
import { isLoopback } from "../config/listen.ts";
import { isRedirectHost } from "../config/redirect_host.ts";
import { currentRuntime } from "../runtime/current.ts";
import type { TlsSettings } from "../runtime/runtime.ts";
import type { Ask, ForwardedHeader, UpstreamGet } from "./ask.ts";
import { maskSecrets } from "./mask_secrets.ts";
import type { UpstreamCall } from "./upstream_call.ts";
import { UpstreamError } from "./upstream_error.ts";

export interface Answer {
  readonly response: Response;
  /** Whether gzip was asked for. */
  readonly askedGzip: boolean;
}

/**
 * The answer that is no redirect, or the first one where none is followed. Another origin could be
 * anything in the cluster: it is asked only where its host is allowed, and never with credentials; nor
 * is anything behind it, should it lead back. Throws an UpstreamError, and what the runtime throws.
 */
export async function followRedirects(
  request: UpstreamGet,
  call: UpstreamCall,
  ask: Ask,
): Promise<Answer> {
  const runtime = await currentRuntime();
  const { followRedirects = true, redirectHosts = [] } = request.http ?? {};
  const follows = followRedirects && !request.isHandedOn;
  const home = ask.url.origin;
  let url = ask.url;
  let hasLeft = false;
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const isHome = url.origin === home;
    const connectTo = isHome ? request.connectTo : undefined;
    const askedGzip = !isLoopback(connectTo ?? url.hostname);
    const headers = requestHeaders(request, hasLeft ? undefined : ask.headers, askedGzip);
    headers.set("x-prometheus-scrape-timeout-seconds", secondsText(call.remainingSeconds()));
    const response = await runtime.fetch(url, {
      headers,
      method: request.method,
      body: request.body,
      signal: call.signal,
      tls: hasLeft && ask.tls !== undefined ? tlsElsewhere(ask.tls) : ask.tls,
      unix: isHome ? ask.unix : undefined,
      raw: true,
    }, connectTo);
    if (!follows || !REDIRECTS.has(response.status)) return { response, askedGzip };
    discard(response);
    const target = redirectTarget(request.url, url, response);
    const isAllowed = target.origin === url.origin || target.origin === home ||
      isRedirectHost(target, redirectHosts);
    const refusal = isAllowed ? downgrade(url, target) : "redirects to another origin";
    if (refusal !== undefined) {
      const what = `${refusal}, ${maskSecrets(target.origin, ask.secrets)}`;
      throw new UpstreamError("protocol", 502, request.url, what);
    }
    hasLeft ||= target.origin !== home;
    url = target;
  }
  throw new UpstreamError("protocol", 502, request.url, `more than ${MAX_REDIRECTS} redirects`);
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** Without a user name and a password that the server put into it. */
function redirectTarget(requested: string, from: URL, response: Response): URL {
  const location = response.headers.get("location");
  const target = location === null ? null : URL.parse(location, from.href);
  if (target === null) {
    throw new UpstreamError("protocol", 502, requested, `answered ${response.status} to nowhere`);
  }
  target.username = target.password = "";
  return target;
}

/** Whoever asked for TLS is given nothing that anyone on the way may have written. */
function downgrade(from: URL, target: URL): string | undefined {
  return from.protocol === "https:" && target.protocol !== "https:"
    ? "redirects from https to http"
    : undefined;
}

/** A client's certificate is a credential; the server's name was that of the host before. */
function tlsElsewhere({ cert: _, key: __, serverName: ___, ...rest }: TlsSettings): TlsSettings {
  return rest;
}

function requestHeaders(
  { accept, userAgent, forwarded = [] }: UpstreamGet,
  own: Headers | undefined,
  gzip: boolean,
): Headers {
  const headers = new Headers(own);
  headers.set("accept", accept);
  if (!isForwarded("user-agent", forwarded, own)) headers.set("user-agent", userAgent);
  // Compressing for loopback costs both sides more than the bytes do; parts cannot be decoded.
  headers.set("accept-encoding", gzip && !headers.has("range") ? "gzip" : "identity");
  return headers;
}

function isForwarded(name: string, forwarded: readonly ForwardedHeader[], own?: Headers): boolean {
  return own !== undefined && forwarded.some(([other]) => other === name);
}

function secondsText(seconds: number): string {
  return String(Number(seconds.toFixed(3)));
}

function discard(response: Response): void {
  response.body?.cancel().catch(() => {});
}
