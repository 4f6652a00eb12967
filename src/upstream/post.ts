import type { FetchInit, TlsSettings } from "../runtime/runtime.ts";
import { printableUrl } from "../config/print.ts";
import { classifyFailure } from "./upstream_error.ts";

/** `Runtime.fetch` */
export type Fetch = (url: URL, init: FetchInit) => Promise<Response>;

export interface Post {
  /** Without user name and password, which stand in the headers. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: string;
  /** Undefined: as the runtime does it. */
  readonly tls?: TlsSettings;
  /** For the whole exchange, the last byte of the response included. */
  readonly timeoutMs: number;
  /** Aborted when nobody wants the answer any more. */
  readonly signal?: AbortSignal;
  readonly maxAnswerBytes: number;
  /** Those of an answer that is read. */
  readonly statuses: readonly number[];
}

/** Why a POST failed. The message is Weir's own words and holds no secret. */
export class PostError extends Error {
  /** What others said of it; they may repeat what they were sent, secrets and all. */
  readonly quote: string;

  constructor(message: string, quote = "") {
    super(message);
    this.name = new.target.name;
    this.quote = quote;
  }
}

/**
 * New for every request that Weir makes. A runtime may send a request again of its own accord when
 * its connection is lost (Deno up to 2.9.5 does); by this a server can tell.
 */
const IDEMPOTENCY_KEY = "idempotency-key";

/**
 * Sends one request. Returns the text of the answer's body; throws a PostError for an answer of
 * another status and everything else, as soon as it is known: what is too large is not read to its
 * end.
 */
export async function post(request: Post, fetch: Fetch): Promise<string> {
  const { url, headers, body, tls, timeoutMs, signal } = request;
  const call = new AbortController();
  const timeout = new PostError(`did not finish within ${timeoutMs / 1000} s`);
  const timer = setTimeout(() => call.abort(timeout), timeoutMs);
  const onStop = () => call.abort(new PostError("stopped"));
  signal?.addEventListener("abort", onStop, { once: true });
  if (signal?.aborted) onStop();
  try {
    // Redirects are not followed: the headers carry credentials.
    const response = fetch(new URL(url), {
      method: "POST",
      headers: withKey(headers),
      body,
      signal: call.signal,
      tls,
    });
    return await Promise.race([
      response.then((answer) => readBody(answer, request)),
      aborted(call.signal),
    ]);
  } catch (error) {
    // Frees the connection of a response that was not read to its end.
    call.abort();
    throw error instanceof PostError ? error : connectionError(url, error);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onStop);
  }
}

function withKey(headers: Headers): Headers {
  const sent = new Headers(headers);
  sent.set(IDEMPOTENCY_KEY, crypto.randomUUID());
  return sent;
}

/** Rejects with the signal's reason: not every body that waits for its next bytes hears of it. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

async function readBody(
  { status, headers, body }: Response,
  { statuses, maxAnswerBytes }: Post,
): Promise<string> {
  if (status >= 300 && status < 400) {
    throw new PostError(`answered ${status}, a redirect, which is not followed`);
  }
  if (!statuses.includes(status)) {
    throw new PostError(`answered ${status}, wanted ${statuses.join(" or ")}`);
  }
  const tooLarge = (found: string) =>
    new PostError(`answered with ${found}, wanted ${maxAnswerBytes} bytes at most`);
  const announced = Number(headers.get("content-length") ?? 0);
  if (announced > maxAnswerBytes) throw tooLarge(`${announced} bytes`);
  if (body === null) return "";

  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxAnswerBytes) throw tooLarge("more");
    text += decode(decoder, chunk);
  }
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new PostError("answered with broken UTF-8");
  }
}

function connectionError(url: string, error: unknown): PostError {
  const { message } = classifyFailure(url, error);
  return new PostError("", message.slice(`upstream ${printableUrl(url)}: `.length));
}
