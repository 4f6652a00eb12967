import type { IncomingMessage, ServerResponse } from "node:http";

/** A user as TokenReview gives it. */
export interface KubernetesUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/**
 * As much of an API server as reviews need, in the words of its OpenAPI document: TokenReview and
 * SubjectAccessReview of v1. Answers 403 to whoever has not the reviewer's own token.
 */
export class KubernetesApi {
  /** Users by token. */
  readonly users = new Map<string, KubernetesUser>();
  /** `verb path` that a user may do; a path may end in `*`. */
  readonly allowed = new Map<string, readonly string[]>();
  /** Every request: path and spec. */
  readonly asked: (readonly [path: string, spec: Record<string, unknown>])[] = [];
  /** What tokens are good for; undefined: it names none. */
  audiences: readonly string[] | undefined;
  /** Answered in place of what would be: status and body. */
  failure: readonly [status: number, body: string] | undefined;
  /** Whether requests are never answered. */
  isSilent = false;
  readonly #reviewersToken: string;

  constructor(reviewersToken: string) {
    this.#reviewersToken = reviewersToken;
  }

  readonly listener = async (request: IncomingMessage, response: ServerResponse) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { "content-type": "application/json" })
        .end(typeof body === "string" ? body : JSON.stringify(body));
    const { method, url = "", headers } = request;
    if (this.isSilent) return;
    if (this.failure !== undefined) return answer(...this.failure);
    if (headers.authorization !== `Bearer ${this.#reviewersToken}`) {
      return answer(403, { kind: "Status", apiVersion: "v1", status: "Failure", code: 403 });
    }
    const review = REVIEWS[url];
    if (method !== "POST" || review === undefined) return answer(404, { kind: "Status" });
    const body = JSON.parse(text);
    if (body.kind !== review.kind || body.apiVersion !== review.apiVersion) {
      return answer(400, { kind: "Status", message: "no match for kind" });
    }
    this.asked.push([url, body.spec]);
    const status = review.kind === "TokenReview"
      ? this.#tokenStatus(body.spec)
      : this.#accessStatus(body.spec);
    answer(201, { ...body, metadata: {}, status });
  };

  #tokenStatus({ token }: { readonly token: string }): object {
    const user = this.users.get(token);
    if (user === undefined) {
      return { user: {}, error: "[invalid bearer token, token lookup failed]" };
    }
    return { authenticated: true, user, audiences: this.audiences };
  }

  #accessStatus(
    { user, nonResourceAttributes: { verb, path } }: {
      readonly user: string;
      readonly nonResourceAttributes: { readonly verb: string; readonly path: string };
    },
  ): object {
    const wanted = `${verb} ${path}`;
    const isAllowed = (this.allowed.get(user) ?? []).some((rule) =>
      rule.endsWith("*") ? wanted.startsWith(rule.slice(0, -1)) : wanted === rule
    );
    return isAllowed ? { allowed: true, reason: "RBAC: allowed" } : { allowed: false };
  }
}

const REVIEWS: Readonly<Record<string, { readonly kind: string; readonly apiVersion: string }>> = {
  "/apis/authentication.k8s.io/v1/tokenreviews": {
    kind: "TokenReview",
    apiVersion: "authentication.k8s.io/v1",
  },
  "/apis/authorization.k8s.io/v1/subjectaccessreviews": {
    kind: "SubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
  },
};
