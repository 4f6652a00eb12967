import { ConfigError } from "../problems/config_error.ts";
import { readWebConfig, type WebConfig } from "../config/web_config.ts";
import type { HttpServer, Runtime, ServeOptions } from "../runtime/runtime.ts";
import { BasicAuth } from "../server/basic_auth.ts";
import { guardedFetch, type WebInForce } from "../server/guarded_fetch.ts";
import { LiveFiles } from "../server/live_files.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";

/** What a web config file demands, kept up to date. */
export interface WebParts {
  readonly live: LiveFiles<WebConfig>;
  /** `fetch` behind the password; `exempt` gives the paths that need none. */
  readonly guard: (
    fetch: ServeOptions["fetch"],
    exempt: () => readonly string[],
  ) => ServeOptions["fetch"];
  /** Names the server that gets new certificates. */
  readonly attach: (server: HttpServer) => void;
}

/** Throws a ConfigError with what is wrong in the file or with its certificates. */
export async function readWebParts(
  path: string,
  runtime: Runtime,
  metrics: WeirMetrics,
): Promise<WebParts> {
  const first = await readWebConfig(path, runtime);
  let server: HttpServer | undefined;
  let users = first.users;
  let inForce: WebInForce = { headers: first.headers, auth: authOf(users) };
  const live = new LiveFiles(first, {
    name: "web configuration",
    runtime,
    noted: (successful) => metrics.webConfigReloaded(successful),
    read: async () => {
      const next = await readWebConfig(path, runtime);
      if ((next.tls === undefined) === (first.tls === undefined)) return next;
      const [found, wanted] = next.tls === undefined ? ["nothing", "a map"] : ["a map", "nothing"];
      const text =
        `found ${found}, wanted ${wanted} as at start: TLS begins and ends with a restart`;
      throw new ConfigError([`${path}: tls_server_config: ${text}`]);
    },
    apply: async (next) => {
      if (next.tls !== undefined) await server?.useTls?.(next.tls);
      // New certificates are no reason to compare all passwords again.
      const isSame = JSON.stringify([...next.users]) === JSON.stringify([...users]);
      users = next.users;
      inForce = { headers: next.headers, auth: isSame ? inForce.auth : authOf(users) };
    },
  });
  return {
    live,
    guard: (fetch, exempt) => guardedFetch(fetch, { web: () => inForce, exempt, metrics }),
    attach: (attached) => server = attached,
  };
}

function authOf(users: ReadonlyMap<string, string>): BasicAuth | undefined {
  return users.size === 0 ? undefined : new BasicAuth({ users, compare: comparePassword });
}

async function comparePassword(password: string, hash: string): Promise<boolean> {
  const { compare } = await import("bcryptjs");
  return await compare(password, hash);
}
