import { RETRY_AFTER_SECONDS } from "../bounds.ts";
import { noteLogin } from "../scrape/forwarded_headers.ts";
import { badRequest, requestTarget } from "../scrape/request_target.ts";
import type { ServeOptions } from "../runtime/runtime.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";
import type { AuthResult, BasicAuth } from "./basic_auth.ts";
import type { KubernetesAuth, KubernetesResult } from "./kubernetes_auth.ts";

/** What of a web config file concerns each request. */
export interface WebInForce {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: nobody needs a password. */
  readonly auth: BasicAuth | undefined;
}

export interface GuardOptions {
  readonly web: () => WebInForce;
  /** Undefined: no token lets anyone in. */
  readonly kubernetes?: Pick<KubernetesAuth, "check">;
  /** Paths that need neither a password nor a token. */
  readonly exempt: () => readonly string[];
  readonly metrics: Pick<WeirMetrics, "refusedRequests">;
}

type Fetch = ServeOptions["fetch"];

/**
 * Puts the password, the tokens and the headers before everything that is served: whoever gives no
 * right password or token learns nothing, not even which paths there are. Where both are wanted, one
 * of them is enough.
 */
export function guardedFetch(
  fetch: Fetch,
  { web, kubernetes, exempt, metrics }: GuardOptions,
): Fetch {
  const answer = async (request: Request, auth: BasicAuth | undefined) => {
    const refuse = (result: Refused) => {
      metrics.refusedRequests.with(result).inc();
      const refusal = refusalOf(result, challenges(auth, kubernetes));
      return request.method === "HEAD" ? new Response(null, refusal) : refusal;
    };
    // The path as the routes read it, so that none is taken for another; and what is no GET may be an
    // upstream's to answer.
    const path = requestTarget(request)?.path;
    if (path === undefined) return badRequest();
    const isRead = request.method === "GET" || request.method === "HEAD";
    const isGuarded = auth !== undefined || kubernetes !== undefined;
    const isFree = !isGuarded || isRead && exempt().includes(path);
    const given = request.headers.get("authorization");
    const isToken = kubernetes !== undefined &&
      (auth === undefined || /^bearer /i.test(given ?? ""));
    const result = isFree
      ? "passed"
      : isToken
      ? await kubernetes.check(given, request.method, path)
      : await auth!.check(given);
    if (isGuarded) noteLogin(request);
    return result === "passed" ? await fetch(request) : refuse(result);
  };
  return async (request) => {
    const { headers, auth } = web();
    const response = await answer(request, auth);
    for (const [name, value] of headers) response.headers.set(name, value);
    return response;
  };
}

const RETRY = { "retry-after": String(RETRY_AFTER_SECONDS) };

type Refused = Exclude<AuthResult | KubernetesResult, "passed">;

/** RFC 9110, 11.6.1: one for each way to log in. */
function challenges(auth: unknown, kubernetes: unknown): string {
  return [
    ...auth === undefined ? [] : ['Basic realm="weir", charset="UTF-8"'],
    ...kubernetes === undefined ? [] : ['Bearer realm="weir"'],
  ].join(", ");
}

function refusalOf(result: Refused, challenge: string): Response {
  const [status, text] = REFUSALS[result];
  const headers: HeadersInit = status === 401
    ? { "www-authenticate": challenge }
    : status === 403
    ? {}
    : RETRY;
  return new Response(`${text}\n`, { status, headers });
}

const REFUSALS: Readonly<Record<Refused, readonly [status: number, text: string]>> = {
  denied: [401, "unauthorized"],
  forbidden: [403, "forbidden"],
  throttled: [429, "too many wrong passwords or tokens"],
  busy: [503, "too many passwords or tokens to check"],
  unreviewed: [503, "the token cannot be reviewed: the Kubernetes API server did not answer"],
};
