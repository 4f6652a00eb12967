import { MAX_POLICY_DOCUMENT_BYTES } from "../../bounds.ts";
import type { FetchInit, TlsSettings } from "../../runtime/runtime.ts";
import { printableUrl } from "../../config/print.ts";
import { classifyFailure } from "../../upstream/upstream_error.ts";
import { SyncError } from "./sync_response.ts";
import type { SyncTarget } from "./sync_request.ts";

/** `Runtime.fetch` */
export type Fetch = (url: URL, init: FetchInit) => Promise<Response>;

export interface SyncPost {
  readonly target: SyncTarget;
  readonly body: string;
  /** Undefined: as the runtime does it. */
  readonly tls?: TlsSettings;
  /** For the whole exchange, the last byte of the response included. */
  readonly timeoutMs: number;
  /** Aborted when nobody wants the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * New for every request that Weir makes. A runtime may send a request again of its own accord when
 * its connection is lost (Deno up to 2.9.5 does); by this a server can tell.
 */
const IDEMPOTENCY_KEY = "idempotency-key";

/**
 * Sends one request. Returns the text of a 200's body; throws a SyncError for everything else, as
 * soon as it is known: a response that is too large is not read to its end.
 */
export async function postSync(post: SyncPost, fetch: Fetch): Promise<string> {
  const { target: { url, headers }, body, tls, timeoutMs, signal } = post;
  const call = new AbortController();
  const timeout = new SyncError(`did not finish within ${timeoutMs / 1000} s`);
  const timer = setTimeout(() => call.abort(timeout), timeoutMs);
  const onStop = () => call.abort(new SyncError("stopped"));
  signal.addEventListener("abort", onStop, { once: true });
  if (signal.aborted) onStop();
  try {
    // Redirects are not followed: the headers carry credentials.
    const response = fetch(new URL(url), {
      method: "POST",
      headers: withKey(headers),
      body,
      signal: call.signal,
      tls,
    });
    return await Promise.race([response.then(readBody), aborted(call.signal)]);
  } catch (error) {
    // Frees the connection of a response that was not read to its end.
    call.abort();
    throw error instanceof SyncError ? error : connectionError(url, error);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onStop);
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

async function readBody(response: Response): Promise<string> {
  const { status, headers, body } = response;
  if (status >= 300 && status < 400) {
    throw new SyncError(`answered ${status}, a redirect, which is not followed`);
  }
  if (status !== 200) throw new SyncError(`answered ${status}, wanted 200`);
  const announced = Number(headers.get("content-length") ?? 0);
  if (announced > MAX_POLICY_DOCUMENT_BYTES) throw tooLarge(`${announced} bytes`);
  if (body === null) return "";

  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_POLICY_DOCUMENT_BYTES) throw tooLarge("more");
    text += decode(decoder, chunk);
  }
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new SyncError("answered with broken UTF-8");
  }
}

function tooLarge(found: string): SyncError {
  return new SyncError(`answered with ${found}, wanted ${MAX_POLICY_DOCUMENT_BYTES} bytes at most`);
}

function connectionError(url: string, error: unknown): SyncError {
  const { message } = classifyFailure(url, error);
  return new SyncError("", message.slice(`upstream ${printableUrl(url)}: `.length));
}
