import type { ProcessLimits } from "./process_limits.ts";
import type { ServerTls, TlsProblem } from "./server_tls.ts";

/**
 * What Weir needs of the program it runs in. `bun.ts` and `deno.ts` are two adapters of the same
 * shape; nothing outside this folder names either of them.
 */
export interface Runtime {
  readonly name: "bun" | "deno";
  /** The runtime's own version, e.g. `1.4.5`. */
  readonly version: string;
  /** Command-line arguments without the executable and the script. */
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;

  /**
   * Listens and answers; at `::` on IPv4 as well, and on IPv4 alone where the machine has no IPv6.
   * Throws when the address cannot be bound, before anything is served.
   */
  serve(options: ServeOptions): Promise<HttpServer>;
  /**
   * What this runtime cannot do of it: keys of the web config file, each with "found X, wanted Y".
   * Also what the TLS library itself refuses.
   */
  tlsProblems(tls: ServerTls): Promise<readonly TlsProblem[]>;
  /** Calls `listener` on each delivery of `signal`. Returns what removes it again. */
  onSignal(signal: Signal, listener: () => void): () => void;
  /** The whole file. Throws an Error whose message names the path. */
  readFile(path: string): Promise<Uint8Array>;
  /**
   * Writes the file anew, and puts it in the place of the old one only when all of it is on the disk;
   * until then it is `<path>.tmp`. Throws an Error whose message names the path; the old file is then
   * as it was. Chunks are taken one by one as they are written. Not twice at a time for one path.
   */
  replaceFile(path: string, chunks: Iterable<Uint8Array>): Promise<void>;
  /**
   * Calls `listener` after something changed at or beside `path` (the folder is watched, so that an
   * atomic rename or a ConfigMap's symlink swap is seen). It may fire too often and, on some file
   * systems, never: callers compare content and poll as well. Returns what ends the watch.
   */
  watch(path: string, listener: () => void): () => void;
  /** The bytes of a file, streamed. Throws an Error whose message names the path. */
  openFile(path: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
  stdin(): ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Writes all bytes to standard output, waiting for the reader. */
  writeStdout(bytes: Uint8Array): Promise<void>;
  /**
   * Addresses (A and AAAA) of a host name from the operating system's resolver, with `family` those of
   * IPv4 alone. Rejects where there are none, with the code ENOTFOUND or ENODATA if that is certain.
   */
  resolve(host: string, family?: 4): Promise<string[]>;
  /**
   * One request; redirects are not followed. With `connectTo`, an IP address, the connection goes there
   * (to the URL's port and through no proxy), while Host header, TLS server name and the check of the
   * certificate stay those of the URL's host name. Requests under different `tls` never share a
   * connection. The body reads only when it is read and errors
   * when the response ends early; it may still be gzip. Throws what the runtime's client throws.
   */
  fetch(url: URL, init: FetchInit, connectTo?: string): Promise<Response>;
  /**
   * Whether `fetch` decodes gzip where a request asks for it; else a body that was declared gzip is
   * gzip.
   */
  readonly decodesGzip: boolean;
  /** The bytes as one gzip member, compressed at once. */
  gzip(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
  /** SHA-256 of the text's UTF-8, in hexadecimal. */
  sha256(text: string): string;
  usage(): ProcessUsage;
  /** Bytes of the process that the system cannot take back; undefined where it does not say. */
  usedMemory(): number | undefined;
  /** Collects garbage at once, some milliseconds long, where the runtime lets a program ask for it. */
  collectGarbage(): void;
  exit(code: number): never;
}

/**
 * Of what is compressed in one call: 13.2 kB of node_exporter's 58 in 0.05 ms, where level 2 makes
 * 10.7 in 0.07. So little is sent that the time counts.
 */
export const WHOLE_GZIP_LEVEL = 1;

export interface FetchInit {
  /** The caller takes the body as it came, gzip or not; decoded without it, where fetch does that. */
  readonly raw?: boolean;
  /** GET without it. */
  readonly method?: string;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers: Headers;
  /** Ends the request, at whatever point it is. */
  readonly signal: AbortSignal;
  /** What differs from the runtime's ways, for a URL with https. */
  readonly tls?: TlsSettings;
  /** Path of the Unix socket to connect to, in place of the URL's host. */
  readonly unix?: string;
}

export interface TlsSettings {
  /** Authorities to trust in place of the system's, in PEM. */
  readonly ca?: string;
  /** The client's certificate and its key, in PEM: both or neither. */
  readonly cert?: string;
  readonly key?: string;
  /** For the handshake and the check of the certificate, in place of the URL's host name. */
  readonly serverName?: string;
  /** True: any certificate of the server's will do. */
  readonly anyServer?: boolean;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
}

export type TlsVersion = "TLSv1.2" | "TLSv1.3";

export type Signal = "SIGTERM" | "SIGINT" | "SIGHUP";

export type ListenAddress =
  | { readonly hostname: string; readonly port: number }
  | { readonly unix: string };

export interface ServeOptions {
  readonly listen: ListenAddress;
  /** Has to answer every request; what it throws becomes a 500. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** Undefined: plain HTTP. */
  readonly tls?: ServerTls;
  /** Largest body of a request that is taken; MAX_USED_BODY_BYTES without it. */
  readonly maxBodyBytes?: number;
}

export interface HttpServer extends BoundServer {
  /** Where it listens, with the port that was bound. */
  readonly listen: ListenAddress;
}

/** What an adapter's server knows of itself. */
export interface BoundServer {
  /** The port that was bound (useful when 0 was asked for); 0 on a Unix socket. */
  readonly port: number;
  /**
   * New connections get this; those that exist keep what they have. Throws what `tlsProblems` would
   * have told. Undefined where plain HTTP is served.
   */
  readonly useTls?: (tls: ServerTls) => void | Promise<void>;
  /**
   * Takes no new connections, lets running responses finish for `graceMs` milliseconds, then cuts
   * the rest. Resolves when no connection is left.
   */
  stop(graceMs: number): Promise<void>;
}

export interface ProcessUsage extends Partial<ProcessLimits> {
  readonly residentBytes: number;
  readonly cpuSeconds: number;
  /** Unix time in seconds. */
  readonly startTimeSeconds: number;
}
