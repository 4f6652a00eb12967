/** A request's body is larger than may be handed on. */
export class BodyTooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`the request's body is too large: wanted ${maxBytes} bytes at most`);
    this.name = "BodyTooLargeError";
  }
}

/** Returns the whole body of a request; undefined where it has none. Throws a BodyTooLargeError. */
export async function requestBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  if (request.body === null || request.method === "GET" || request.method === "HEAD") {
    return undefined;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body) {
    length += chunk.length;
    if (length > maxBytes) throw new BodyTooLargeError(maxBytes);
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
