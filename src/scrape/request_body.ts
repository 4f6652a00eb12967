import { joinedBytes } from "../exposition/bytes.ts";

/** A request's body cannot be handed on; `status` is what the client is to be given. */
export class RequestBodyError extends Error {
  readonly status: 408 | 413 | 501;

  constructor(status: 408 | 413 | 501, message: string) {
    super(message);
    this.name = "RequestBodyError";
    this.status = status;
  }
}

/**
 * Returns the whole body of a request; undefined where it has none. Throws a RequestBodyError when it
 * is larger than `maxBytes`, is not there within `seconds` (while it comes, it holds a scrape's place),
 * or is coded in transfer: Deno's server takes chunks alone apart.
 */
export async function requestBody(
  { body, headers, method }: Request,
  maxBytes: number,
  seconds: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (body === null || method === "GET" || method === "HEAD") return undefined;
  const coding = headers.get("transfer-encoding") ?? "chunked";
  if (coding.trim().toLowerCase() !== "chunked") {
    throw new RequestBodyError(501, "transfer-encoding: wanted chunked");
  }
  const late = Promise.withResolvers<never>();
  late.promise.catch(() => {});
  const timer = setTimeout(() => {
    const text = `the request's body did not come within ${seconds.toFixed(1)} s`;
    late.reject(new RequestBodyError(408, text));
  }, seconds * 1000);
  const reader = body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await Promise.race([reader.read(), late.promise]);
      if (done) break;
      length += value.length;
      if (length > maxBytes) {
        const text = `the request's body is too large: wanted ${maxBytes} bytes at most`;
        throw new RequestBodyError(413, text);
      }
      chunks.push(value);
    }
  } catch (error) {
    reader.cancel(error).catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return joinedBytes(chunks);
}
