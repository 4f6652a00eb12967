import { Agent, get, type IncomingMessage } from "node:http";
import { gunzipSync } from "node:zlib";
import { PROTOBUF_ACCEPT, protobufSeries } from "./protobuf_sample.ts";

/** A scrape's whole body as it came, compressed or not. */
export interface Answer {
  readonly body: Uint8Array;
  readonly gzip: boolean;
  readonly isProtobuf: boolean;
}

/** One client that scrapes again and again over one connection, as Prometheus does. */
export class KeepAliveClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  readonly #isProtobuf: boolean;

  constructor(url: string, gzip: boolean, isProtobuf: boolean) {
    this.#url = url;
    this.#isProtobuf = isProtobuf;
    this.#headers = {
      "accept": isProtobuf ? PROTOBUF_ACCEPT : "text/plain",
      "accept-encoding": gzip ? "gzip" : "identity",
    };
  }

  /** Rejects when the answer is not a whole 200. */
  async scrape(): Promise<Answer> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(this.#url, { agent: this.#agent, headers: this.#headers }, resolve).on("error", reject);
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of response) chunks.push(chunk);
    if (response.statusCode !== 200) {
      throw new Error(`${this.#url}: found status ${response.statusCode}, wanted 200`);
    }
    const gzip = response.headers["content-encoding"] === "gzip";
    return { body: Buffer.concat(chunks), gzip, isProtobuf: this.#isProtobuf };
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** How many of its lines are samples, or would be as text. */
export function seriesOf({ body, gzip, isProtobuf }: Answer): number {
  const bytes = gzip ? gunzipSync(body) : Buffer.from(body);
  if (isProtobuf) return protobufSeries(bytes);
  return bytes.toString().split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}
