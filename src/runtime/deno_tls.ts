import { isIP } from "node:net";
import { Duplex } from "node:stream";
import { connect, type TLSSocket } from "node:tls";
import type { TlsSettings } from "./runtime.ts";

/**
 * The connection after a TLS handshake. Deno's own TLS knows no client certificate on a connection
 * that is there already, adds authorities to the system's, and cannot be told what versions to speak;
 * node:tls knows all of it, but takes in whatever the server sends. So it is fed only while its
 * reader keeps up. Throws what the handshake throws; the connection is closed then.
 */
export async function tlsOver(
  plain: Deno.Conn,
  settings: TlsSettings & { readonly host: string },
  signal: AbortSignal,
): Promise<Duplex> {
  const { host, ca, cert, key, serverName = host, anyServer, minVersion, maxVersion } = settings;
  const address = serverName.replace(/^\[|\]$/g, "");
  const feed = new Feed(plain);
  const secure = connect({
    socket: feed,
    // An address is no server name (RFC 6066, 3), but the certificate may be for one.
    ...isIP(address) === 0 ? { servername: serverName } : { host: address, servername: "" },
    ca,
    cert,
    key,
    rejectUnauthorized: !anyServer,
    minVersion,
    maxVersion,
    ALPNProtocols: ["http/1.1"],
  });
  feed.follow(secure);
  let onAbort = () => {};
  try {
    await new Promise<void>((resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
      if (signal.aborted) onAbort();
      secure.once("secureConnect", resolve).once("error", reject);
    });
  } catch (error) {
    secure.on("error", () => {});
    secure.destroy();
    feed.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
  return secure;
}

/** The encrypted bytes, which are read only while what they hold is being read. */
class Feed extends Duplex {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #secure: TLSSocket | undefined;
  #resume = () => {};

  constructor({ readable, writable }: Deno.Conn) {
    super();
    this.#reader = readable.getReader();
    this.#writer = writable.getWriter();
  }

  /** Waits for the reader of `secure` from now on. */
  follow(secure: TLSSocket): void {
    this.#secure = secure;
    const wanted = secure._read;
    // A stream asks for more when there is room again.
    secure._read = (size) => {
      this.#resume();
      wanted.call(secure, size);
    };
  }

  override async _read(): Promise<void> {
    try {
      while (this.#isAhead && !this.destroyed) {
        await new Promise<void>((resolve) => this.#resume = resolve);
      }
      const { done, value } = await this.#reader.read();
      this.push(done ? null : value);
    } catch (error) {
      this.destroy(error as Error);
    }
  }

  override _write(bytes: Uint8Array, _: string, done: (error?: Error | null) => void): void {
    this.#writer.write(bytes).then(() => done(), done);
  }

  override _final(done: () => void): void {
    this.#writer.close().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#resume();
    this.#reader.cancel().catch(() => {});
    this.#writer.abort().catch(() => {});
    done(error);
  }

  get #isAhead(): boolean {
    const secure = this.#secure;
    return secure !== undefined && secure.readableLength >= secure.readableHighWaterMark;
  }
}
