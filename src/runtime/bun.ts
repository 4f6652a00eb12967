import process from "node:process";
import { FIRST_REQUEST_SECONDS, MAX_USED_BODY_BYTES } from "../bounds.ts";
import { fetchFrom } from "./bun_fetch.ts";
import {
  fileError,
  inOrder,
  lookupAddresses,
  removeSocket,
  removeStaleSocket,
  replaceFile,
  settledWithin,
  watchFolder,
} from "./node_files.ts";
import type {
  BoundServer,
  ListenAddress,
  ProcessUsage,
  Runtime,
  ServeOptions,
  Signal,
} from "./runtime.ts";
import { WHOLE_GZIP_LEVEL } from "./runtime.ts";
import { anonymousBytes, processLimits } from "./process_limits.ts";
import { serveEverywhere } from "./serve_everywhere.ts";
import type { ServerTls, TlsProblem } from "./server_tls.ts";

export function createRuntime(): Runtime {
  return {
    name: "bun",
    version: Bun.version,
    args: Bun.argv.slice(2),
    env: { ...Bun.env },
    serve: serveEverywhere(serveAt),
    tlsProblems,
    onSignal,
    readFile,
    replaceFile,
    watch: watchFolder,
    openFile,
    stdin: () => Bun.stdin.stream() as ReadableStream<Uint8Array<ArrayBuffer>>,
    writeStdout: inOrder(writeStdout),
    resolve: lookupAddresses,
    fetch: fetchFrom,
    decodesGzip: false,
    gzip: (bytes) => Bun.gzipSync(bytes, { level: WHOLE_GZIP_LEVEL }),
    // node:crypto, once loaded, is 1 MiB of resident memory.
    sha256: (text) => new Bun.CryptoHasher("sha256").update(text).digest("hex"),
    usage,
    usedMemory: () => anonymousBytes(),
    collectGarbage: () => Bun.gc(true),
    exit: (code) => process.exit(code),
  };
}

async function serveAt(options: ServeOptions): Promise<BoundServer> {
  const { listen } = options;
  if (options.tls !== undefined) {
    const { serveTls } = await import("./bun_serve_tls.ts");
    return serveTls(options, options.tls);
  }
  if ("unix" in listen) await removeStaleSocket(listen.unix);
  const server = Bun.serve({
    ...address(listen),
    idleTimeout: FIRST_REQUEST_SECONDS,
    maxRequestBodySize: options.maxBodyBytes ?? MAX_USED_BODY_BYTES,
    development: false,
    // Left out, a second listener in the same process shares the port in silence.
    reusePort: false,
    fetch: (request, server) => {
      // The idle time is for requests that do not arrive: a slow upstream is no idle client, and
      // scrapes have deadlines. It is off for the connection's later requests as well, so that a
      // client's next one never meets a connection that closes.
      server.timeout(request, 0);
      return options.fetch(request);
    },
    error: () => new Response("internal error\n", { status: 500 }),
  });
  return {
    port: server.port ?? 0,
    stop: async (graceMs) => {
      await stopServer(server, graceMs);
      if ("unix" in listen) await removeSocket(listen.unix);
    },
  };
}

/** Half of a request's head holds a stop up, though it will never be answered: only answers count. */
async function stopServer(server: Bun.Server<undefined>, graceMs: number): Promise<void> {
  const stopped = server.stop(false);
  const end = performance.now() + graceMs;
  while (server.pendingRequests > 0 && performance.now() < end) {
    if (await settledWithin(stopped, STOP_STEP_MS)) return;
  }
  await server.stop(true);
}

/** How often a stop looks whether all is answered, in milliseconds. */
const STOP_STEP_MS = 20;

async function tlsProblems(tls: ServerTls): Promise<TlsProblem[]> {
  return (await import("./bun_serve_tls.ts")).secureContextProblems(tls);
}

function address(listen: ListenAddress): { hostname: string; port: number } {
  if (!("unix" in listen)) return { hostname: listen.hostname, port: listen.port };
  // Bun's types want either form at compile time; at run time `unix` stands alone.
  return { unix: listen.unix } as unknown as { hostname: string; port: number };
}

function onSignal(signal: Signal, listener: () => void): () => void {
  const handler = () => listener();
  process.on(signal, handler);
  return () => void process.off(signal, handler);
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Bun.file(path).bytes();
  } catch (error) {
    throw fileError(path, error);
  }
}

async function openFile(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const file = Bun.file(path);
  try {
    // The stream opens the file on the first read only; the caller wants to know now.
    if ((await file.stat()).isDirectory()) {
      throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    }
  } catch (error) {
    throw fileError(path, error);
  }
  return file.stream() as ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** write(2) until everything is taken: nothing waits in a buffer that an exit could lose. */
async function writeStdout(bytes: Uint8Array): Promise<void> {
  const { write } = await import("node:fs");
  let from = 0;
  while (from < bytes.length) {
    const { error, written } = await new Promise<{
      error: NodeJS.ErrnoException | null;
      written: number;
    }>((resolve) => {
      write(1, bytes, from, bytes.length - from, null, (error, written) => {
        resolve({ error, written });
      });
    });
    // The reader left (`weir filter | head`): nobody is there to be told.
    if (error?.code === "EPIPE") process.exit(0);
    // A non-blocking pipe that is full says EAGAIN; 5 ms is far below what a reader notices.
    if (error?.code === "EAGAIN") await Bun.sleep(5);
    else if (error) throw error;
    else from += written;
  }
}

function usage(): ProcessUsage {
  const cpu = process.cpuUsage();
  return {
    residentBytes: process.memoryUsage.rss(),
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    startTimeSeconds: performance.timeOrigin / 1000,
    ...processLimits(),
  };
}
