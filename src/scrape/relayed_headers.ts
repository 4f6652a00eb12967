/**
 * Returns what of the upstream's headers goes to the client with the bytes as they came: all but what
 * belongs to the connection (RFC 9110, 7.6.1), and what the answer gets anew.
 */
export function relayedHeaders(headers: Headers): Headers {
  const ofConnection = new Set(
    (headers.get("connection") ?? "").split(",").map((name) => name.trim().toLowerCase()),
  );
  const relayed = new Headers();
  for (const [name, value] of headers) {
    if (OF_CONNECTION.has(name) || ofConnection.has(name) || WRITTEN_ANEW.has(name)) continue;
    relayed.append(name, value);
  }
  return relayed;
}

const OF_CONNECTION: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Of Weir's answer, which may be compressed another way. */
const WRITTEN_ANEW: ReadonlySet<string> = new Set([
  "content-encoding",
  "content-length",
  "content-type",
  "date",
]);
