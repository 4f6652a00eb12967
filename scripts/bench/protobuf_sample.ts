import { Composer } from "../../src/exposition/compose/composer.ts";
import { codecOf } from "../../src/exposition/composite_codec.ts";

/** What a body of `protobufSample` says it is. */
export const PROTOBUF_TYPE =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

/** What a Prometheus asks for that scrapes native histograms. */
export const PROTOBUF_ACCEPT =
  "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6," +
  "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/** An exposition of classic families in Prometheus's protobuf format, in pieces. */
export function* protobufSample(text: Iterable<string>): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const output = {
    write(piece: Uint8Array) {
      pieces.push(piece.slice());
      return true;
    },
  };
  const composer = new Composer(codecOf("protobuf").newEncoder(output));
  const encoder = new TextEncoder();
  for (const part of text) {
    composer.push(encoder.encode(part));
    yield* pieces.splice(0);
  }
  composer.end();
  yield* pieces;
}

/** How many series a text of the same families would have: the parts of histograms and summaries apart. */
export function protobufSeries(body: Uint8Array): number {
  let count = 0;
  const families = new Message(body, 0, body.length);
  while (!families.isRead) {
    const family = families.delimited();
    while (!family.isRead) {
      const { field, message } = family.field();
      if (field === METRIC) count += seriesOf(message!);
    }
  }
  return count;
}

const METRIC = 4;
const SUMMARY = 4;
const HISTOGRAM = 7;
/** Of both. */
const PARTS = 3;
const UPPER_BOUND = 2;

function seriesOf(metric: Message): number {
  while (!metric.isRead) {
    const { field, message } = metric.field();
    if (field !== SUMMARY && field !== HISTOGRAM) continue;
    // Sum and count, and `+Inf`, which need not be among the buckets.
    let count = field === SUMMARY ? 2 : 3;
    while (!message!.isRead) {
      const part = message!.field();
      if (part.field !== PARTS) continue;
      if (field === SUMMARY || !isInfinite(part.message!)) count++;
    }
    return count;
  }
  return 1;
}

function isInfinite(bucket: Message): boolean {
  while (!bucket.isRead) {
    const { field, double } = bucket.field();
    if (field === UPPER_BOUND) return double === Infinity;
  }
  return false;
}

/** Fields one after the other, read by other means than Weir's. */
class Message {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#at = start;
    this.#end = end;
    if (end > bytes.length) throw new Error("the body is cut");
  }

  get isRead(): boolean {
    return this.#at >= this.#end;
  }

  field(): { readonly field: number; readonly message?: Message; readonly double?: number } {
    const tag = this.#varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        this.#varint();
        return { field };
      case 1:
        this.#at += 8;
        return { field, double: this.#view.getFloat64(this.#at - 8, true) };
      case 2:
        return { field, message: this.delimited() };
      default:
        throw new Error(`found wire type ${tag % 8}`);
    }
  }

  delimited(): Message {
    const length = this.#varint();
    this.#at += length;
    return new Message(this.#bytes, this.#at - length, this.#at);
  }

  #varint(): number {
    let value = 0;
    for (let scale = 1;; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
}
