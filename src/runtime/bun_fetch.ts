import type { FetchInit, TlsSettings, TlsVersion } from "./runtime.ts";

/**
 * A request for `url`: at the address `connectTo`, it is one for a URL with the address, under the
 * URL's name. Bun keeps connections apart by what `tls` holds.
 */
export function fetchFrom(url: URL, init: FetchInit, connectTo?: string): Promise<Response> {
  const { headers, tls, unix, raw, ...rest } = init;
  const options = {
    ...rest,
    headers,
    unix,
    redirect: "manual",
    // Bun decodes all that has arrived when a response is given up: 250 MiB of a large bomb.
    decompress: raw !== true,
    tls: tlsOptions(url, tls, connectTo),
  };
  if (connectTo === undefined) return fetch(url, options as unknown as BunFetchRequestInit);
  const at = new URL(url);
  at.hostname = connectTo.includes(":") ? `[${connectTo}]` : connectTo;
  const named = new Headers(headers);
  named.set("host", url.host);
  // Bun's types lack it: HTTP_PROXY and its kin are for names, not for one pod's address.
  const direct = { ...options, headers: named, proxy: false };
  return fetch(at, direct as unknown as BunFetchRequestInit);
}

function tlsOptions(url: URL, tls?: TlsSettings, connectTo?: string): object | undefined {
  if (url.protocol !== "https:" || (tls ?? connectTo) === undefined) return undefined;
  const { ca, cert, key, anyServer, minVersion, maxVersion } = tls ?? {};
  // Without it, Bun checks the certificate against the URL, be that a name or an address.
  const serverName = tls?.serverName ?? (connectTo === undefined ? undefined : url.hostname);
  return {
    ca,
    cert,
    key,
    serverName,
    rejectUnauthorized: !anyServer,
    ...minVersion && { minVersion: NUMBERS[minVersion] },
    ...maxVersion && { maxVersion: NUMBERS[maxVersion] },
  };
}

/** As they stand in a handshake. */
const NUMBERS: Readonly<Record<TlsVersion, number>> = { "TLSv1.2": 0x0303, "TLSv1.3": 0x0304 };
