import { getPath } from "hono/utils/url";
import { RETRY_AFTER_SECONDS } from "../bounds.ts";
import { noteLogin } from "../scrape/forwarded_headers.ts";
import { absoluteUrl } from "../scrape/absolute_url.ts";
import type { ServeOptions } from "../runtime/runtime.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";
import type { AuthResult, BasicAuth } from "./basic_auth.ts";

/** What of a web config file concerns each request. */
export interface WebInForce {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: nobody needs a password. */
  readonly auth: BasicAuth | undefined;
}

export interface GuardOptions {
  readonly web: () => WebInForce;
  /** Paths that need no password. */
  readonly exempt: () => readonly string[];
  readonly metrics: Pick<WeirMetrics, "refusedRequests">;
}

type Fetch = ServeOptions["fetch"];

/**
 * Puts the password and the headers of a web config file before everything that is served: whoever
 * gives no right password learns nothing, not even which paths there are.
 */
export function guardedFetch(fetch: Fetch, { web, exempt, metrics }: GuardOptions): Fetch {
  return async (request) => {
    const { headers, auth } = web();
    const refuse = (result: Exclude<AuthResult, "passed">) => {
      metrics.refusedRequests.with(result).inc();
      const refusal = REFUSALS[result]();
      return request.method === "HEAD" ? new Response(null, refusal) : refusal;
    };
    // The path as the routes read it, so that none is taken for another; and what is no GET may be an
    // upstream's to answer.
    const isRead = request.method === "GET" || request.method === "HEAD";
    const isFree = auth === undefined ||
      isRead && exempt().includes(getPath({ url: absoluteUrl(request.url) } as Request));
    const result = isFree ? "passed" : await auth.check(request.headers.get("authorization"));
    if (auth !== undefined) noteLogin(request);
    const response = result === "passed" ? await fetch(request) : refuse(result);
    for (const [name, value] of headers) response.headers.set(name, value);
    return response;
  };
}

const RETRY = { "retry-after": String(RETRY_AFTER_SECONDS) };

const REFUSALS: Readonly<Record<Exclude<AuthResult, "passed">, () => Response>> = {
  denied: () =>
    new Response("unauthorized\n", {
      status: 401,
      headers: { "www-authenticate": 'Basic realm="weir", charset="UTF-8"' },
    }),
  throttled: () => new Response("too many wrong passwords\n", { status: 429, headers: RETRY }),
  busy: () => new Response("too many passwords to compare\n", { status: 503, headers: RETRY }),
};
