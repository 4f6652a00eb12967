import type { FetchInit } from "./runtime.ts";

/** A GET of `url` from the address `connectTo`: of a URL with the address, under the URL's name. */
export function fetchFrom(url: URL, init: FetchInit, connectTo: string): Promise<Response> {
  const at = new URL(url);
  at.hostname = connectTo.includes(":") ? `[${connectTo}]` : connectTo;
  const headers = new Headers(init.headers);
  headers.set("host", url.host);
  const options = {
    headers,
    signal: init.signal,
    redirect: "manual",
    tls: url.protocol === "https:" ? { serverName: url.hostname } : undefined,
    // Bun's types lack it: HTTP_PROXY and its kin are for names, not for one pod's address.
    proxy: false,
  };
  return fetch(at, options as unknown as BunFetchRequestInit);
}
