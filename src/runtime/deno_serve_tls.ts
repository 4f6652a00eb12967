import { MAX_TLS_CONNECTIONS, SHUTDOWN_GRACE_MS } from "../bounds.ts";
import type { BoundServer, ListenAddress, ServeOptions } from "./runtime.ts";
import type { ServerTls, TlsProblem } from "./server_tls.ts";

/** Where Deno's own server listens, and the certificate that it shows there. */
export type ServeAt =
  | { readonly path: string }
  | { readonly hostname: string; readonly port: number; readonly cert?: string; key?: string };

type Serve = (options: ServeOptions, where: ServeAt) => BoundServer;

/**
 * Serves over TLS. Deno's server keeps the certificate that it began with, so the listener hands its
 * connections, still encrypted, to a server on a loopback port, and after a change to a new one.
 */
export function serveTls(options: ServeOptions, tls: ServerTls, serve: Serve): BoundServer {
  const start = ({ certificate: cert, key }: ServerTls) =>
    serve(options, { hostname: LOOPBACK, port: 0, cert, key });
  let current = start(tls);
  const relay = new Relay(options.listen, () => current.port);
  return {
    port: relay.port,
    useTls: (next) => {
      const old = current;
      current = start(next);
      // Idle connections end with it; requests that are under way are answered first.
      void old.stop(SHUTDOWN_GRACE_MS);
    },
    stop: async (graceMs) => {
      relay.close();
      await current.stop(graceMs);
      relay.cut();
    },
  };
}

/** What Deno's server has no way to do; the binary that is shipped runs on Bun and does it all. */
export function denoProblems(tls: ServerTls): TlsProblem[] {
  const problems: TlsProblem[] = [];
  const refuse = (key: string, found: string, wanted: string) =>
    problems.push([key, `found ${found}, wanted ${wanted}: Weir runs on Deno here`]);
  if (tls.clientAuth !== "NoClientCert") {
    refuse("tls_server_config.client_auth_type", tls.clientAuth, "NoClientCert");
  }
  if (tls.minVersion !== "TLSv1.2") {
    refuse("tls_server_config.min_version", tls.minVersion, "TLS12");
  }
  if (tls.maxVersion !== "TLSv1.3") {
    refuse("tls_server_config.max_version", tls.maxVersion, "TLS13");
  }
  if (tls.cipherSuites.length > 0) refuse("tls_server_config.cipher_suites", "a list", "nothing");
  if (tls.curves.length > 0) refuse("tls_server_config.curve_preferences", "a list", "nothing");
  if (tls.preferServerCiphers !== undefined) {
    const found = String(tls.preferServerCiphers);
    refuse("tls_server_config.prefer_server_cipher_suites", found, "nothing");
  }
  if (tls.http2 === false) refuse("http_server_config.http2", "false", "true or nothing");
  return problems;
}

const LOOPBACK = "127.0.0.1";

/** Passes bytes between its clients and a loopback port. */
class Relay {
  readonly #listener: Deno.Listener;
  readonly #portNow: () => number;
  readonly #clients = new Set<Deno.Conn>();

  constructor(listen: ListenAddress, portNow: () => number) {
    this.#portNow = portNow;
    this.#listener = "unix" in listen
      ? Deno.listen({ transport: "unix", path: listen.unix })
      : Deno.listen(listen);
    void this.#accept();
  }

  get port(): number {
    return "port" in this.#listener.addr ? this.#listener.addr.port : 0;
  }

  close(): void {
    this.#listener.close();
  }

  cut(): void {
    for (const client of this.#clients) client.close();
  }

  async #accept(): Promise<void> {
    try {
      for await (const client of this.#listener) {
        if (this.#clients.size < MAX_TLS_CONNECTIONS) void this.#pass(client);
        else client.close();
      }
    } catch {
      // It was closed.
    }
  }

  async #pass(client: Deno.Conn): Promise<void> {
    this.#clients.add(client);
    try {
      const server = await Deno.connect({ hostname: LOOPBACK, port: this.#portNow() });
      // Each direction closes its end, also when the other side breaks off.
      await Promise.allSettled([
        client.readable.pipeTo(server.writable),
        server.readable.pipeTo(client.writable),
      ]);
    } catch {
      client.close();
    } finally {
      this.#clients.delete(client);
    }
  }
}
