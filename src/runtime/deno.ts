import { createHash } from "node:crypto";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { cuttableResponse } from "./cuttable.ts";
import { denoFetch } from "./deno_fetch.ts";
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
import type { ServeAt } from "./deno_serve_tls.ts";
import type { BoundServer, ProcessUsage, Runtime, ServeOptions, Signal } from "./runtime.ts";
import { WHOLE_GZIP_LEVEL } from "./runtime.ts";
import { anonymousBytes, processLimits } from "./process_limits.ts";
import { serveEverywhere } from "./serve_everywhere.ts";
import type { ServerTls, TlsProblem } from "./server_tls.ts";

export function createRuntime(): Runtime {
  return {
    name: "deno",
    version: Deno.version.deno,
    args: [...Deno.args],
    env: Deno.env.toObject(),
    serve: serveEverywhere(serve),
    tlsProblems,
    onSignal,
    readFile,
    replaceFile,
    watch: watchFolder,
    openFile,
    stdin: () => Deno.stdin.readable,
    writeStdout: inOrder(writeStdout),
    resolve: lookupAddresses,
    fetch: denoFetch,
    decodesGzip: true,
    gzip: (bytes) => new Uint8Array(gzipSync(bytes, { level: WHOLE_GZIP_LEVEL })),
    sha256: (text) => createHash("sha256").update(text).digest("hex"),
    usage,
    usedMemory: () => anonymousBytes(),
    // V8 hears of buffers' sizes, and lets no program ask.
    collectGarbage: () => {},
    exit: (code) => Deno.exit(code),
  };
}

async function serve(options: ServeOptions): Promise<BoundServer> {
  const { listen } = options;
  if ("unix" in listen) await removeStaleSocket(listen.unix);
  const server = options.tls === undefined
    ? serveAt(options, "unix" in listen ? { path: listen.unix } : listen)
    : (await import("./deno_serve_tls.ts")).serveTls(options, options.tls, serveAt);
  return {
    ...server,
    stop: async (graceMs) => {
      await server.stop(graceMs);
      if ("unix" in listen) await removeSocket(listen.unix);
    },
  };
}

function serveAt(options: ServeOptions, where: ServeAt): BoundServer {
  const cut = new AbortController();
  const server = Deno.serve(
    {
      ...where,
      onListen: () => {}, // the default prints a line
      onError: () => new Response("internal error\n", { status: 500 }),
    } as Deno.ServeTcpOptions,
    async (request) => cuttableResponse(await options.fetch(request), cut.signal),
  );
  return {
    port: "port" in server.addr ? server.addr.port : 0,
    stop: async (graceMs) => {
      const ended = server.shutdown();
      if (!await settledWithin(ended, graceMs)) cut.abort(new Error("the server stops"));
      // A client that does not take its response's end must not hold the program.
      await settledWithin(ended, CUT_MS);
    },
  };
}

async function tlsProblems(tls: ServerTls): Promise<TlsProblem[]> {
  return (await import("./deno_serve_tls.ts")).denoProblems(tls);
}

/** How long cut responses may take to leave, in milliseconds. */
const CUT_MS = 1000;

function onSignal(signal: Signal, listener: () => void): () => void {
  const handler = () => listener();
  Deno.addSignalListener(signal, handler);
  return () => Deno.removeSignalListener(signal, handler);
}

async function readFile(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    throw fileError(path, error);
  }
}

async function openFile(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  try {
    if ((await Deno.stat(path)).isDirectory) {
      throw Object.assign(new Error("is a directory"), { code: "EISDIR" });
    }
    return (await Deno.open(path)).readable;
  } catch (error) {
    throw fileError(path, error);
  }
}

/** write(2) until everything is taken: nothing waits in a buffer that an exit could lose. */
async function writeStdout(bytes: Uint8Array): Promise<void> {
  let from = 0;
  while (from < bytes.length) {
    try {
      from += await Deno.stdout.write(bytes.subarray(from));
    } catch (error) {
      // The reader left (`weir filter | head`): nobody is there to be told.
      if (error instanceof Deno.errors.BrokenPipe) Deno.exit(0);
      // A non-blocking pipe that is full; 5 ms is far below what a reader notices.
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

function usage(): ProcessUsage {
  const cpu = process.cpuUsage();
  return {
    residentBytes: Deno.memoryUsage().rss,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    startTimeSeconds: performance.timeOrigin / 1000,
    ...processLimits(),
  };
}
