import process from "node:process";
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
  HttpServer,
  ListenAddress,
  ProcessUsage,
  Runtime,
  ServeOptions,
  Signal,
} from "./runtime.ts";

export function createRuntime(): Runtime {
  return {
    name: "bun",
    version: Bun.version,
    args: Bun.argv.slice(2),
    env: { ...Bun.env },
    serve,
    onSignal,
    readFile,
    replaceFile,
    watch: watchFolder,
    openFile,
    stdin: () => Bun.stdin.stream() as ReadableStream<Uint8Array<ArrayBuffer>>,
    writeStdout: inOrder(writeStdout),
    resolve: lookupAddresses,
    fetch: fetchFrom,
    usage,
    collectGarbage: () => Bun.gc(true),
    exit: (code) => process.exit(code),
  };
}

async function serve(options: ServeOptions): Promise<HttpServer> {
  const { listen } = options;
  if ("unix" in listen) await removeStaleSocket(listen.unix);
  const server = Bun.serve({
    ...address(listen),
    // The default of 10 s would cut a response whose upstream is slow; scrapes have deadlines.
    idleTimeout: 0,
    development: false,
    // Left out, a second listener in the same process shares the port in silence.
    reusePort: false,
    fetch: (request) => options.fetch(request),
    error: () => new Response("internal error\n", { status: 500 }),
  });
  return {
    port: server.port ?? 0,
    stop: async (graceMs) => {
      if (!await settledWithin(server.stop(false), graceMs)) await server.stop(true);
      if ("unix" in listen) await removeSocket(listen.unix);
    },
  };
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
    if ((await file.stat()).isDirectory()) throw new Error("is a directory");
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
  };
}
