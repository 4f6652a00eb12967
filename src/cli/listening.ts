import { printableListen } from "../config/listen.ts";
import { messageOf } from "../problems/config_error.ts";
import type { HttpServer, ListenAddress, Runtime, ServeOptions } from "../runtime/runtime.ts";

/** Listens. Throws an Error that says where it could not, why, and what to do. */
export async function serveAt(
  runtime: Pick<Runtime, "serve" | "resolve">,
  options: ServeOptions,
): Promise<HttpServer> {
  try {
    return await runtime.serve(options);
  } catch (error) {
    const { listen } = options;
    const reason = await isUnknownName(listen, runtime) ? UNKNOWN_NAME : reasonOf(error, listen);
    throw new Error(`cannot listen on ${printableListen(listen)}: ${reason}`, { cause: error });
  }
}

const UNKNOWN_NAME = "no address is known by that name";

/** To Bun a port is in use, too, where the address has none. */
async function isUnknownName(
  listen: ListenAddress,
  runtime: Pick<Runtime, "resolve">,
): Promise<boolean> {
  if ("unix" in listen || /^[\d.]+$|:/.test(listen.hostname)) return false;
  return await runtime.resolve(listen.hostname).then(() => false, () => true);
}

/** Bun and Deno, and their two servers, have words and codes of their own for the same. */
function reasonOf(error: unknown, listen: ListenAddress): string {
  const { code = "", name = "" } = error as { code?: string; name?: string };
  const text = `${code} ${name} ${messageOf(error)}`;
  const isPath = "unix" in listen;
  for (const [pattern, ofPort, ofPath] of REASONS) {
    if (pattern.test(text)) return isPath ? ofPath : ofPort;
  }
  return messageOf(error);
}

const REASONS: readonly [RegExp, string, string][] = [
  [
    /EADDRINUSE|AddrInUse|address (?:already )?in use/i,
    "the port is in use; --port PORT takes another one, --port 0 a free one",
    "the socket is in use",
  ],
  [
    /EACCES|PermissionDenied|permission denied/i,
    "this user may not: ports below 1024 are for root; --port PORT takes another one",
    "this user may not write to its folder",
  ],
  [
    /EADDRNOTAVAIL|AddrNotAvailable|cannot assign requested address/i,
    "this machine has no such address; --listen :PORT takes all that it has",
    "there is no such address",
  ],
  [
    /ENOENT|NotFound|no such file/i,
    UNKNOWN_NAME,
    "its folder is not there",
  ],
];

/** Returns what to open in a browser, and what Prometheus scrapes. */
export function addressLine(server: Pick<HttpServer, "listen" | "useTls">, path: string): string {
  const { listen, useTls } = server;
  if ("unix" in listen) {
    return `Ask with: curl --unix-socket ${listen.unix} http://localhost${path}`;
  }
  const { hostname, port } = listen;
  const isAnyone = ["::", "0.0.0.0", "127.0.0.1", "::1"].includes(hostname);
  const host = isAnyone ? "localhost" : hostname.includes(":") ? `[${hostname}]` : hostname;
  const url = `${useTls === undefined ? "http" : "https"}://${host}:${port}`;
  return `Open ${url}/ to see where the series are. Prometheus scrapes ${url}${path}`;
}
