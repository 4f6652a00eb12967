import type { KubernetesAuthConfig, WebAccessConfig } from "../config/config.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { readWebConfig, type WebConfig } from "../config/web_config.ts";
import type { HttpServer, Runtime, ServeOptions } from "../runtime/runtime.ts";
import { BasicAuth } from "../server/basic_auth.ts";
import { KubernetesAuth } from "../server/kubernetes_auth.ts";
import { KubernetesReviews } from "../server/kubernetes_reviews.ts";
import { guardedFetch, type WebInForce } from "../server/guarded_fetch.ts";
import { LiveFiles } from "../server/live_files.ts";
import type { WeirMetrics } from "../telemetry/weir_metrics.ts";
import { readCredentials } from "../upstream/credentials.ts";

/** Who is let in, and under which certificate. */
export interface WebParts {
  /** What the web config file demands, kept up to date; undefined without one. */
  readonly live: LiveFiles<WebConfig> | undefined;
  /** `fetch` behind passwords and tokens; `exempt` gives the paths that need none. */
  readonly guard: (
    fetch: ServeOptions["fetch"],
    exempt: () => readonly string[],
  ) => ServeOptions["fetch"];
  /** Names the server that gets new certificates. */
  readonly attach: (server: HttpServer) => void;
}

/**
 * Throws a ConfigError with what is wrong in the web config file or with its certificates, or where
 * nothing says which API server reviews tokens, or as whom it is asked.
 */
export async function readWebParts(
  { configFile, kubernetesAuth }: WebAccessConfig,
  runtime: Runtime,
  metrics: WeirMetrics,
  version: string,
): Promise<WebParts> {
  const kubernetes = kubernetesAuth &&
    await kubernetesOf(kubernetesAuth, { runtime, metrics, version });
  const file = configFile === undefined
    ? FILELESS
    : await readFileParts(configFile, runtime, metrics);
  return {
    ...file,
    guard: (fetch, exempt) =>
      guardedFetch(fetch, { web: file.inForce, kubernetes, exempt, metrics }),
  };
}

/** What there is of a web config file. */
interface FileParts extends Pick<WebParts, "live" | "attach"> {
  readonly inForce: () => WebInForce;
}

const FILELESS: FileParts = {
  live: undefined,
  inForce: () => ({ headers: [], auth: undefined }),
  attach: () => {},
};

async function readFileParts(
  path: string,
  runtime: Runtime,
  metrics: WeirMetrics,
): Promise<FileParts> {
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
  return { live, inForce: () => inForce, attach: (attached) => server = attached };
}

interface KubernetesContext {
  readonly runtime: Runtime;
  readonly metrics: WeirMetrics;
  readonly version: string;
}

async function kubernetesOf(
  config: KubernetesAuthConfig,
  { runtime, metrics, version }: KubernetesContext,
): Promise<KubernetesAuth> {
  const apiServer = config.apiServer ?? podsApiServer(runtime.env);
  if (apiServer === undefined) {
    throw new ConfigError([
      "web.kubernetes_auth.api_server: found nothing, and no KUBERNETES_SERVICE_HOST in the " +
      "environment, wanted the API server's URL outside of a cluster",
    ]);
  }
  try {
    await readCredentials(config.http);
  } catch (error) {
    throw new ConfigError([`web.kubernetes_auth.http_config: ${messageOf(error)}`]);
  }
  const reviewer = new KubernetesReviews({
    apiServer,
    config,
    version,
    fetch: (url, init) => runtime.fetch(url, init),
    metrics,
  });
  return new KubernetesAuth({ reviewer });
}

/** As every Pod's environment names it. */
function podsApiServer(env: Runtime["env"]): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = env;
  if (host === "") return undefined;
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function authOf(users: ReadonlyMap<string, string>): BasicAuth | undefined {
  return users.size === 0 ? undefined : new BasicAuth({ users, compare: comparePassword });
}

async function comparePassword(password: string, hash: string): Promise<boolean> {
  const { compare } = await import("bcryptjs");
  return await compare(password, hash);
}
