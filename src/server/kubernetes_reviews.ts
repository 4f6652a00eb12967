import { MAX_REVIEW_BYTES, REVIEW_TIMEOUT_MS } from "../bounds.ts";
import type { KubernetesAuthConfig } from "../config/config.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";
import { readCredentials } from "../upstream/credentials.ts";
import { maskSecrets } from "../upstream/mask_secrets.ts";
import { type Fetch, post, PostError } from "../upstream/post.ts";
import { unlessAborted } from "../upstream/unless_aborted.ts";

/** `denied`: nobody's token; `forbidden`: somebody's who may not do this. */
export type Verdict = "passed" | "denied" | "forbidden";

export interface Access {
  readonly token: string;
  /** In Kubernetes's words, like `get`. */
  readonly verb: string;
  readonly path: string;
}

/** Throws an Error, without any secret in its message, where nothing is known. */
export interface AccessReviewer {
  review(access: Access): Promise<Verdict>;
}

export interface KubernetesReviewsOptions {
  /** Without a slash at its end. */
  readonly apiServer: string;
  readonly config: Pick<KubernetesAuthConfig, "audiences" | "http">;
  readonly version: string;
  readonly fetch: Fetch;
  readonly metrics: Pick<WeirMetrics, "kubernetesReviews">;
  readonly timeoutMs?: number;
}

/**
 * Asks a Kubernetes API server: `authentication.k8s.io/v1` TokenReview, then
 * `authorization.k8s.io/v1` SubjectAccessReview with nonResourceAttributes.
 */
export class KubernetesReviews implements AccessReviewer {
  readonly #options: KubernetesReviewsOptions;

  constructor(options: KubernetesReviewsOptions) {
    this.#options = options;
  }

  async review({ token, verb, path }: Access): Promise<Verdict> {
    const user = await this.#counted("token", async () => {
      const found = await this.#userOf(token);
      return [found, found === undefined ? "denied" : "allowed"];
    });
    if (user === undefined) return "denied";
    const isAllowed = await this.#counted("access", async () => {
      const allowed = await this.#isAllowed(user, verb, path);
      return [allowed, allowed ? "allowed" : "denied"];
    });
    return isAllowed ? "passed" : "forbidden";
  }

  async #counted<T>(
    kind: "token" | "access",
    ask: () => Promise<[result: T, word: "allowed" | "denied"]>,
  ): Promise<T> {
    const { kubernetesReviews } = this.#options.metrics;
    try {
      const [result, word] = await ask();
      kubernetesReviews.with(kind, word).inc();
      return result;
    } catch (error) {
      kubernetesReviews.with(kind, "error").inc();
      throw error;
    }
  }

  /** Undefined: the token is nobody's. */
  async #userOf(token: string): Promise<JsonMap | undefined> {
    const { audiences } = this.#options.config;
    const status = await this.#ask("authentication.k8s.io/v1", "TokenReview", {
      token,
      ...audiences.length === 0 ? {} : { audiences },
    }, [token]);
    if (status.authenticated !== true) return undefined;
    // An API server that knows nothing of audiences names none.
    const named = Array.isArray(status.audiences) ? status.audiences : [];
    const isForUs = audiences.length === 0 || audiences.some((one) => named.includes(one));
    if (!isForUs) return undefined;
    if (!isMap(status.user)) throw new Error("TokenReview: found no user of a token that is valid");
    return status.user;
  }

  async #isAllowed(user: JsonMap, verb: string, path: string): Promise<boolean> {
    const { username, uid, groups, extra } = user;
    const status = await this.#ask("authorization.k8s.io/v1", "SubjectAccessReview", {
      user: username,
      uid,
      groups,
      extra,
      nonResourceAttributes: { path, verb },
    }, []);
    return status.allowed === true && status.denied !== true;
  }

  /** Returns the answer's `status`. */
  async #ask(
    apiVersion: string,
    kind: string,
    spec: JsonMap,
    tokens: readonly string[],
  ): Promise<JsonMap> {
    const { apiServer, config, version, fetch, timeoutMs = REVIEW_TIMEOUT_MS } = this.#options;
    const { headers, tls, secrets } = await unlessAborted(
      readCredentials(config.http),
      AbortSignal.timeout(timeoutMs),
    );
    const sent = new Headers({
      "content-type": "application/json",
      accept: "application/json",
      "user-agent": `Weir/${version}`,
    });
    for (const [name, value] of headers) sent.append(name, value);
    try {
      const text = await post({
        url: `${apiServer}/apis/${apiVersion}/${kind.toLowerCase()}s`,
        headers: sent,
        body: JSON.stringify({ apiVersion, kind, spec }),
        tls,
        timeoutMs,
        maxAnswerBytes: MAX_REVIEW_BYTES,
        statuses: [200, 201],
      }, fetch);
      return statusOf(text);
    } catch (error) {
      throw new Error(maskSecrets(`${kind}: ${reasonOf(error)}`, [...secrets, ...tokens]));
    }
  }
}

type JsonMap = Readonly<Record<string, unknown>>;

function statusOf(text: string): JsonMap {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new PostError("answered with what is no JSON");
  }
  if (isMap(answer) && isMap(answer.status)) return answer.status;
  throw new PostError("answered without a status");
}

/** What Weir's own account may not do looks like what is not there, to whoever sets it up. */
function reasonOf(error: unknown): string {
  if (!(error instanceof PostError)) return String(error);
  const text = error.message === "" ? error.quote : error.message;
  const isOwn = /^answered (?:401|403),/.test(text);
  return isOwn ? `${text}: Weir's account needs the ClusterRole system:auth-delegator` : text;
}

function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
