/** Bodies in Prometheus's protobuf format, written by hand from its metrics.proto. */

type Bytes = Uint8Array<ArrayBuffer>;

interface Family {
  readonly name: string;
  readonly help?: string;
  readonly type: keyof typeof TYPES;
  readonly metrics: readonly Metric[];
}

export interface Metric {
  readonly labels?: Readonly<Record<string, string>>;
  /** Of a counter or a gauge. */
  readonly value?: number;
  readonly histogram?: Histogram;
}

export interface Histogram {
  readonly count: number;
  readonly sum: number;
  /** Cumulative counts by upper bound. */
  readonly buckets?: readonly (readonly [bound: number, count: number])[];
  readonly native?: {
    readonly schema: number;
    readonly zeroCount?: number;
    readonly offset: number;
    /** What each bucket counts. */
    readonly positive: readonly number[];
  };
}

const TYPES = { counter: 0, gauge: 1, histogram: 4 };

/** MetricFamily messages, each behind its length. */
export function protobufBody(families: readonly Family[]): Bytes {
  return joined(families.map((family) => {
    const message = joined([
      text(1, family.name),
      text(2, family.help ?? ""),
      integer(3, TYPES[family.type]),
      ...family.metrics.map((metric) => message4(metric, family.type)),
    ]);
    return joined([varint(message.length), message]);
  }));
}

function message4({ labels = {}, value = 0, histogram }: Metric, type: Family["type"]): Bytes {
  const pairs = Object.entries(labels).map(([name, value]) =>
    bytes(1, joined([text(1, name), text(2, value)]))
  );
  const what = histogram !== undefined
    ? bytes(7, histogramMessage(histogram))
    : bytes(type === "counter" ? 3 : 2, double(1, value));
  return bytes(4, joined([...pairs, what]));
}

function histogramMessage({ count, sum, buckets = [], native }: Histogram): Bytes {
  const classic = buckets.map(([bound, count]) =>
    bytes(3, joined([integer(1, count), double(2, bound)]))
  );
  if (native === undefined) return joined([integer(1, count), double(2, sum), ...classic]);
  const { schema, zeroCount = 0, offset, positive } = native;
  const span = joined([integer(1, zigzag(offset)), integer(2, positive.length)]);
  const deltas = positive.map((count, i) => integer(13, zigzag(count - (positive[i - 1] ?? 0))));
  return joined([
    integer(1, count),
    double(2, sum),
    ...classic,
    integer(5, zigzag(schema)),
    double(6, 1e-128),
    integer(7, zeroCount),
    bytes(12, span),
    ...deltas,
  ]);
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function varint(value: number): Bytes {
  const found: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) found.push(value % 0x80 | 0x80);
  return new Uint8Array([...found, value]);
}

function integer(field: number, value: number): Bytes {
  return joined([varint(field << 3), varint(value)]);
}

function double(field: number, value: number): Bytes {
  const found = new Uint8Array(8);
  new DataView(found.buffer).setFloat64(0, value, true);
  return joined([varint(field << 3 | 1), found]);
}

function bytes(field: number, value: Bytes): Bytes {
  return joined([varint(field << 3 | 2), varint(value.length), value]);
}

function text(field: number, value: string): Bytes {
  return bytes(field, new TextEncoder().encode(value));
}

function joined(parts: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
