import { Buffer } from "node:buffer";
import { createHmac, randomBytes } from "node:crypto";
import {
  ALLOWED_REVIEW_MS,
  DENIED_REVIEW_MS,
  MAX_KNOWN_REVIEWS,
  MAX_REVIEW_WAIT_MS,
  MAX_REVIEWS,
  MAX_TOKEN_CHARACTERS,
  MAX_WAITING_REVIEWS,
  NEW_REVIEWS_BURST,
  NEW_REVIEWS_PER_SECOND,
  REVIEW_PAUSE_MS,
} from "../bounds.ts";
import { messageOf } from "../problems/config_error.ts";
import { Slots } from "../scrape/slots.ts";
import { log } from "../telemetry/log.ts";
import type { AccessReviewer, Verdict } from "./kubernetes_reviews.ts";
import { TokenBucket } from "./token_bucket.ts";

/** `unreviewed`: the API server could not be asked; others as with passwords. */
export type KubernetesResult = Verdict | "unreviewed" | "busy" | "throttled";

export interface KubernetesAuthOptions {
  readonly reviewer: AccessReviewer;
  /** A clock in milliseconds that never goes back. */
  readonly now?: () => number;
  /** Unix time in milliseconds, for what tokens say of their end. */
  readonly time?: () => number;
}

interface Known {
  readonly verdict: Verdict;
  readonly untilMs: number;
}

/**
 * Lets bearer tokens of Kubernetes in: the API server says whose a token is (TokenReview), and
 * whether that one may do this to the path (SubjectAccessReview on a non-resource URL). What it said
 * is known for a while, under a digest that is keyed with a number that only this process has; what
 * it did not say lets nobody in.
 */
export class KubernetesAuth {
  readonly #reviewer: AccessReviewer;
  readonly #now: () => number;
  readonly #time: () => number;
  readonly #bucket: TokenBucket;
  readonly #slots = new Slots(MAX_WAITING_REVIEWS);
  readonly #salt = randomBytes(32);
  /** By digest of token, verb and path; the one that was used last at the end. */
  readonly #known = new Map<string, Known>();
  /** Reviews under way: who comes with the same waits for the same. */
  readonly #running = new Map<string, Promise<KubernetesResult>>();
  /** Until when the API server, which failed, is left alone. */
  #pausedUntilMs = -Infinity;
  #failure: string | undefined;

  constructor({ reviewer, now = () => performance.now(), time = Date.now }: KubernetesAuthOptions) {
    this.#reviewer = reviewer;
    this.#now = now;
    this.#time = time;
    this.#bucket = new TokenBucket(NEW_REVIEWS_BURST, NEW_REVIEWS_PER_SECOND, now);
  }

  /**
   * `header` is the request's `Authorization`, if it has one; `path` is the one that is served, as
   * `requestTarget` spells it.
   */
  async check(header: string | null, method: string, path: string): Promise<KubernetesResult> {
    const token = bearerToken(header);
    if (token === undefined) return "denied";
    // What an upstream might take for another path than the one that was allowed.
    if (MISLEADING.test(path)) return "forbidden";
    const verb = verbOf(method);
    const key = this.#digest(token, verb, path);
    const known = this.#known.get(key);
    if (known !== undefined && this.#now() < known.untilMs) {
      this.#known.delete(key);
      this.#known.set(key, known);
      return known.verdict;
    }
    let running = this.#running.get(key);
    if (running === undefined) {
      const wasAllowed = known?.verdict === "passed";
      running = this.#review(key, { token, verb, path }, wasAllowed)
        .finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return await running;
  }

  /** Who was let in before is not held up by those who try tokens. */
  async #review(
    key: string,
    access: { readonly token: string; readonly verb: string; readonly path: string },
    wasAllowed: boolean,
  ): Promise<KubernetesResult> {
    if (this.#now() < this.#pausedUntilMs) return "unreviewed";
    if (!wasAllowed && !this.#bucket.take()) return "throttled";
    const slot = await this.#slots.take(MAX_REVIEWS, MAX_REVIEW_WAIT_MS);
    if (typeof slot === "string") return "busy";
    try {
      const verdict = await this.#reviewer.review(access);
      this.#noteSuccess();
      if (verdict === "passed" && !wasAllowed) this.#bucket.giveBack();
      this.#remember(key, verdict, access.token);
      return verdict;
    } catch (error) {
      this.#noteFailure(messageOf(error));
      return "unreviewed";
    } finally {
      slot.release();
    }
  }

  #remember(key: string, verdict: Verdict, token: string): void {
    const ttlMs = verdict === "passed"
      ? Math.min(ALLOWED_REVIEW_MS, expiryMs(token) - this.#time())
      : DENIED_REVIEW_MS;
    this.#known.delete(key);
    this.#known.set(key, { verdict, untilMs: this.#now() + ttlMs });
    if (this.#known.size <= MAX_KNOWN_REVIEWS) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }

  #noteSuccess(): void {
    if (this.#failure === undefined) return;
    this.#failure = undefined;
    log.info("the Kubernetes API server answers reviews again");
  }

  /** Each kind of failure is told once. */
  #noteFailure(failure: string): void {
    this.#pausedUntilMs = this.#now() + REVIEW_PAUSE_MS;
    if (failure === this.#failure) return;
    this.#failure = failure;
    log.error("clients' tokens cannot be reviewed: who is not known is answered 503", {
      error: failure,
    });
  }

  #digest(token: string, verb: string, path: string): string {
    // As a list, so that no two of them run into one text.
    const text = JSON.stringify([token, verb, path]);
    return createHmac("sha256", this.#salt).update(text).digest("base64");
  }
}

/** RFC 6750, 2.1: `Bearer` and a token. */
function bearerToken(header: string | null): string | undefined {
  const token = /^bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(header ?? "")?.[1];
  return token === undefined || token.length > MAX_TOKEN_CHARACTERS ? undefined : token;
}

/** As Kubernetes names it for URLs that are no resources: the method. HEAD reads what GET reads. */
function verbOf(method: string): string {
  return method === "HEAD" ? "get" : method.toLowerCase();
}

/**
 * Whatever is escaped still (what may be written without is unescaped by now), parameters, empty segments
 * and such as lead up: servers differ in what they make of them.
 */
const MISLEADING = /[%;\\]|\/\/|\/\.{1,2}(?:\/|$)/;

/** When a token that is a JWT ends (Unix time in milliseconds): nobody is let in for longer. */
function expiryMs(token: string): number {
  const payload = /^[^.]+\.([^.]+)\.[^.]+$/.exec(token)?.[1];
  if (payload === undefined) return Infinity;
  try {
    const { exp } = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    return typeof exp === "number" ? exp * 1000 : Infinity;
  } catch {
    return Infinity;
  }
}
