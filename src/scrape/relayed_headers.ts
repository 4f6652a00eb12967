import { namesIn, OF_CONNECTION } from "./forwarded_headers.ts";

/**
 * Returns what of the upstream's headers goes to the client. `processed`: without those that say
 * something of the very bytes. `shared`: without what was meant for one client.
 */
export function relayedHeaders(
  headers: Headers,
  { processed, shared }: { readonly processed: boolean; readonly shared: boolean },
): Headers {
  const ofConnection = new Set(namesIn(headers.get("connection")));
  const relayed = new Headers();
  for (const [name, value] of headers) {
    if (OF_CONNECTION.has(name) || ofConnection.has(name) || WRITTEN_ANEW.has(name)) continue;
    if (name === "content-encoding" && DECODED.test(value)) continue;
    if (processed && OF_BYTES.test(name)) continue;
    if (shared && name === "set-cookie") continue;
    relayed.append(name, value);
  }
  return relayed;
}

/** What the answer gets of Weir and of the runtime. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set(["content-type", "date"]);

/** What was taken off the body. */
const DECODED = /^\s*(?:identity|(?:x-)?gzip)?\s*$/i;

const OF_BYTES =
  /^(?:accept-ranges|content-(?:digest|disposition|md5|range)|digest|etag|last-modified|repr-digest)$/;
