import { createConnection, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { readProtobuf } from "./protobuf_shop.ts";

/** Where a client leaves: before it asks, behind its request, behind the head, in the body. */
export type LeavingPoint = "connected" | "asked" | "head" | "body";

export interface Visit {
  readonly method?: "GET" | "HEAD";
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds after which the client counts it as a hang. */
  readonly boundMs: number;
  readonly leaveAt?: LeavingPoint;
  /** Milliseconds to wait before each read, for the first hundred reads. */
  readonly readPauseMs?: number;
}

export interface Transfer {
  /** `broken` also where the gzip of a whole transfer is not. */
  readonly end: "clean" | "broken" | "left" | "hang";
  /** Undefined where no head arrived. */
  readonly status: number | undefined;
  /** Decompressed, bytes as Latin-1; of protobuf the exposition that it is, where it is one. */
  readonly text: string;
}

/** One request by a client that takes nothing for complete which HTTP and gzip do not say is. */
export function visit(url: string, path: string, options: Visit): Promise<Transfer> {
  return new Promise((resolve) => new Client(url, path, options, resolve));
}

class Client {
  readonly #options: Visit;
  readonly #resolve: (transfer: Transfer) => void;
  readonly #socket: Socket;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #chunks: Uint8Array[] = [];
  #reads = 0;
  #settled = false;

  constructor(
    url: string,
    path: string,
    options: Visit,
    resolve: (transfer: Transfer) => void,
  ) {
    this.#options = options;
    this.#resolve = resolve;
    const { hostname, port } = new URL(url);
    this.#socket = createConnection({ host: hostname, port: Number(port) });
    this.#timer = setTimeout(() => this.#settle("hang"), options.boundMs);
    this.#socket.on("connect", () => this.#ask(path));
    this.#socket.on("data", (bytes: Buffer) => this.#take(bytes));
    this.#socket.on("error", () => this.#settle("broken"));
    this.#socket.on("close", () => this.#closed());
  }

  #ask(path: string): void {
    const { leaveAt, method = "GET", headers = {} } = this.#options;
    if (leaveAt === "connected") return this.#settle("left");
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const request = `${method} ${path} HTTP/1.1\r\nHost: weir\r\nConnection: close\r\n`;
    this.#socket.write(`${request}${lines.join("")}\r\n`);
    if (leaveAt === "asked") setTimeout(() => this.#settle("left"), LEAVE_AFTER_MS);
  }

  #take(bytes: Buffer): void {
    this.#chunks.push(bytes);
    const { leaveAt, readPauseMs } = this.#options;
    const response = new Received(Buffer.concat(this.#chunks));
    if (leaveAt === "head" && response.status !== undefined) return this.#settle("left");
    if (leaveAt === "body" && response.hasBodyBytes) return this.#settle("left");
    if (endsLikeAMessage(bytes) && response.isWhole(this.#options.method)) {
      return this.#settle("clean");
    }
    if (readPauseMs === undefined || ++this.#reads > SLOW_READS) return;
    this.#socket.pause();
    setTimeout(() => this.#socket.resume(), readPauseMs);
  }

  #closed(): void {
    const response = new Received(Buffer.concat(this.#chunks));
    this.#settle(response.isWhole(this.#options.method, true) ? "clean" : "broken");
  }

  #settle(end: Transfer["end"]): void {
    if (this.#settled) return;
    this.#settled = true;
    clearTimeout(this.#timer);
    this.#socket.destroy();
    const response = new Received(Buffer.concat(this.#chunks));
    const { status } = response;
    if (end !== "clean") return this.#resolve({ end, status, text: "" });
    const body = response.decodedBody();
    if (body === undefined) return this.#resolve({ end: "broken", status, text: "" });
    const bytes = body.toString("latin1");
    const text = response.isProtobuf ? readProtobuf(bytes) ?? bytes : bytes;
    this.#resolve({ end, status, text });
  }
}

const LEAVE_AFTER_MS = 5;
const SLOW_READS = 100;

/** Any framing may end here; chunks do only with this. Looked at so that large bodies stay cheap. */
function endsLikeAMessage(bytes: Uint8Array): boolean {
  return bytes.length < 64 * 1024 || Buffer.from(bytes.subarray(-5)).toString() === "0\r\n\r\n";
}

/** What has arrived of a response so far. */
class Received {
  readonly status: number | undefined;
  readonly #headers = new Map<string, string>();
  readonly #body: Buffer;

  constructor(bytes: Buffer) {
    const end = bytes.indexOf("\r\n\r\n");
    this.#body = end < 0 ? Buffer.alloc(0) : bytes.subarray(end + 4);
    if (end < 0) return;
    const [first, ...lines] = bytes.toString("latin1", 0, end).split("\r\n");
    this.status = Number(first.split(" ")[1]);
    for (const line of lines) {
      const colon = line.indexOf(":");
      this.#headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
    }
  }

  get isProtobuf(): boolean {
    return this.#headers.get("content-type")?.startsWith("application/vnd.google.protobuf") ??
      false;
  }

  get hasBodyBytes(): boolean {
    return this.#body.length > 0;
  }

  /** Whether the message has ended; without a length and chunks only `closed` tells. */
  isWhole(method: string | undefined, closed = false): boolean {
    if (this.status === undefined) return false;
    if (method === "HEAD" || this.status === 204 || this.status === 304) return true;
    return this.#content(closed) !== undefined;
  }

  /** Undefined where it is declared gzip and is none. */
  decodedBody(): Buffer | undefined {
    const content = this.#content(true) ?? Buffer.alloc(0);
    if (this.#headers.get("content-encoding") !== "gzip" || content.length === 0) return content;
    try {
      return gunzipSync(content);
    } catch {
      return undefined;
    }
  }

  #content(closed: boolean): Buffer | undefined {
    if (this.#headers.get("transfer-encoding") === "chunked") return dechunked(this.#body);
    const length = this.#headers.get("content-length");
    if (length === undefined) return closed ? this.#body : undefined;
    return this.#body.length >= Number(length) ? this.#body.subarray(0, Number(length)) : undefined;
  }
}

/** Undefined where the last chunk is missing. */
function dechunked(body: Buffer): Buffer | undefined {
  const chunks: Buffer[] = [];
  for (let at = 0;;) {
    const lineEnd = body.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = parseInt(body.toString("latin1", at, lineEnd), 16);
    if (Number.isNaN(size)) return undefined;
    if (size === 0) return body.length >= lineEnd + 4 ? Buffer.concat(chunks) : undefined;
    if (body.length < lineEnd + 2 + size + 2) return undefined;
    chunks.push(body.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
