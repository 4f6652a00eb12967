import { MAX_INFLATED_BYTES, MAX_RESPONSE_HEADER_BYTES } from "../bounds.ts";
import type { BodyLimit } from "./guarded_body.ts";
import { UpstreamError } from "./upstream_error.ts";

/** A few megabytes may hold gigabytes, whether an input budget is set or not. */
export function inflationLimit(url: string): BodyLimit {
  const what = `decompresses to more than ${MAX_INFLATED_BYTES} bytes`;
  return {
    bytes: MAX_INFLATED_BYTES,
    exceeded: () => new UpstreamError("oversized", 502, url, what),
  };
}

/** Throws an UpstreamError for headers beyond the bound; the runtimes' own ones differ. */
export function refuseLargeHead(url: string, { headers }: Response): void {
  let bytes = 0;
  // With the colon, the blank and the line break.
  for (const [name, value] of headers) bytes += name.length + value.length + 4;
  if (bytes > MAX_RESPONSE_HEADER_BYTES) {
    throw new UpstreamError("oversized", 502, url, "response headers are too large");
  }
}
