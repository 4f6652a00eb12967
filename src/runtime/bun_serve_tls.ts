import { createServer as createHttpServer, type Server as HttpParser } from "node:http";
import { createServer, type Server, type Socket } from "node:net";
import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { FIRST_REQUEST_SECONDS, MAX_REQUEST_HEAD_BYTES, MAX_TLS_CONNECTIONS } from "../bounds.ts";
import { clientProblem } from "./client_certificate.ts";
import { exchange } from "./node_exchange.ts";
import { removeSocket, removeStaleSocket, settledWithin } from "./node_files.ts";
import type { BoundServer, ListenAddress, ServeOptions } from "./runtime.ts";
import type { ServerTls, TlsProblem } from "./server_tls.ts";

/**
 * Serves over TLS. Not with Bun's own server: it keeps the certificate that it began with, does not
 * show clients' certificates, and a second one in its place would lose connections that wait.
 */
export async function serveTls(options: ServeOptions, tls: ServerTls): Promise<BoundServer> {
  const { listen } = options;
  if ("unix" in listen) await removeStaleSocket(listen.unix);
  const listener = new TlsListener(options, tls);
  const port = await listener.listen(listen);
  return {
    port,
    useTls: (next) => listener.use(next),
    stop: async (graceMs) => {
      await listener.stop(graceMs);
      if ("unix" in listen) await removeSocket(listen.unix);
    },
  };
}

/** What BoringSSL refuses of what was read, e.g. a list of suites none of which it has. */
export function secureContextProblems(tls: ServerTls): TlsProblem[] {
  const problems: TlsProblem[] = [];
  if (tls.http2 === true) {
    problems.push(["http_server_config.http2", "found true, wanted false: HTTP/1.1 is served"]);
  }
  try {
    secureContext(tls);
  } catch (error) {
    problems.push(["tls_server_config", error instanceof Error ? error.message : String(error)]);
  }
  return problems;
}

function secureContext(tls: ServerTls): SecureContext {
  return createSecureContext({
    cert: tls.certificate,
    key: tls.key,
    // Without authorities of its own, the system's would be trusted with clients.
    ca: tls.clientAuthorities ?? [],
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ...tls.cipherSuites.length > 0 ? { ciphers: tls.cipherSuites.join(":") } : {},
    ...tls.curves.length > 0 ? { ecdhCurve: tls.curves.join(":") } : {},
    ...tls.preferServerCiphers === undefined ? {} : { honorCipherOrder: tls.preferServerCiphers },
  });
}

/** Connections, each with the TLS that was in force when it began. */
class TlsListener {
  readonly #listener: Server;
  readonly #http: HttpParser;
  /** How many requests of a connection are being answered. */
  readonly #connections = new Map<Socket, number>();
  #tls: ServerTls;
  #context: SecureContext;
  #stopping = false;
  #emptied = () => {};

  constructor({ fetch }: ServeOptions, tls: ServerTls) {
    this.#tls = tls;
    this.#context = secureContext(tls);
    this.#listener = createServer((socket) => this.#connected(socket));
    this.#http = createHttpServer(
      // No connection is closed for having no request: a client's next one would race with it.
      { maxHeaderSize: MAX_REQUEST_HEAD_BYTES, keepAliveTimeout: 0 },
      async (incoming, outgoing) => {
        const raw = RAW.get(incoming.socket) ?? incoming.socket;
        this.#count(raw, 1);
        await exchange(incoming, outgoing, fetch);
        this.#count(raw, -1);
      },
    );
    this.#http.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const isLong = error.code === "HPE_HEADER_OVERFLOW";
      const status = isLong ? "431 Request Header Fields Too Large" : "400 Bad Request";
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    });
  }

  listen(listen: ListenAddress): Promise<number> {
    const where = "unix" in listen
      ? { path: listen.unix }
      : { host: listen.hostname, port: listen.port };
    return new Promise((resolve, reject) => {
      this.#listener.once("error", reject).listen(where, () => {
        const address = this.#listener.address();
        resolve(typeof address === "object" ? address?.port ?? 0 : 0);
      });
    });
  }

  use(tls: ServerTls): void {
    this.#context = secureContext(tls);
    this.#tls = tls;
  }

  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#listener.close();
    const emptied = new Promise<void>((resolve) => this.#emptied = resolve);
    for (const [socket, requests] of [...this.#connections]) {
      if (requests === 0) socket.destroy();
    }
    if (this.#connections.size > 0) await settledWithin(emptied, graceMs);
    for (const socket of [...this.#connections.keys()]) socket.destroy();
  }

  #connected(raw: Socket): void {
    if (this.#stopping || this.#connections.size >= MAX_TLS_CONNECTIONS) {
      return void raw.destroy();
    }
    this.#connections.set(raw, 0);
    const tls = this.#tls;
    const secured = new TLSSocket(raw, {
      isServer: true,
      secureContext: this.#context,
      requestCert: tls.clientAuth !== "NoClientCert",
      rejectUnauthorized: tls.clientAuth === "RequireAndVerifyClientCert",
      ALPNProtocols: ["http/1.1"],
    });
    RAW.set(secured, raw);
    const silent = setTimeout(() => raw.destroy(), FIRST_REQUEST_SECONDS * 1000);
    FIRST_REQUESTS.set(raw, silent);
    raw.on("close", () => {
      clearTimeout(silent);
      secured.destroy();
      this.#connections.delete(raw);
      if (this.#connections.size === 0) this.#emptied();
    });
    for (const socket of [raw, secured]) socket.on("error", () => raw.destroy());
    secured.on("close", () => raw.destroy());
    secured.once("secure", () => {
      if (clientProblem(secured, tls) !== undefined) return void raw.destroy();
      this.#http.emit("connection", secured);
    });
  }

  #count(raw: Socket, requests: number): void {
    clearTimeout(FIRST_REQUESTS.get(raw));
    const running = this.#connections.get(raw);
    if (running === undefined) return;
    this.#connections.set(raw, running + requests);
    // What was written last may still be on its way to the socket.
    if (this.#stopping && running + requests === 0) raw.end();
  }
}

const RAW = new WeakMap<Socket, Socket>();
const FIRST_REQUESTS = new WeakMap<Socket, ReturnType<typeof setTimeout>>();
