import { COMMA } from "../bytes.ts";
import type { LineBuffer } from "../line_buffer.ts";
import type { HistogramFields, NativeSide } from "./histogram_fields.ts";
import { putFloat, putInteger, putUnsigned, putValue } from "./number_lines.ts";
import type { LongList } from "./number_lists.ts";
import type { WireReader } from "./wire_reader.ts";

/**
 * The native histogram as a composite value. Throws an UnreadableBody where its spans do not have as
 * many buckets as there are, which Prometheus refuses.
 */
export function putNative(out: LineBuffer, histogram: HistogramFields, wire: WireReader): void {
  const { isFloat, negative, positive } = histogram;
  out.putText("{count:");
  if (isFloat) putFloat(out, histogram.countFloat);
  else putUnsigned(out, histogram.countLow, histogram.countHigh);
  out.putText(",sum:");
  putValue(out, histogram.sum);
  out.putText(`,schema:${histogram.schema},zero_threshold:`);
  putValue(out, histogram.zeroThreshold);
  out.putText(",zero_count:");
  if (isFloat) putValue(out, histogram.zeroCountFloat);
  else putUnsigned(out, histogram.zeroCountLow, histogram.zeroCountHigh);
  putSide(out, "negative", negative, isFloat, wire);
  putSide(out, "positive", positive, isFloat, wire);
  out.putText("}");
}

function putSide(
  out: LineBuffer,
  name: "negative" | "positive",
  side: NativeSide,
  isFloat: boolean,
  wire: WireReader,
): void {
  const { spans, deltas, counts } = side;
  const buckets = isFloat ? counts.length : deltas.length;
  let wanted = 0;
  out.putText(`,${name}_spans:[`);
  for (let i = 0; i < spans.length; i += 2) {
    if (i > 0) out.putByte(COMMA);
    const length = spans.values[i + 1] >>> 0;
    wanted += length;
    putSigned(out, spans.values[i]);
    out.putByte(0x3a);
    putInteger(out, length);
  }
  if (wanted !== buckets) {
    wire.fail(`${name} spans of ${wanted} buckets in a histogram that has ${buckets} of them`);
  }
  out.putText(`],${name}_buckets:[`);
  if (!isFloat) putDeltas(out, deltas);
  else {
    for (let i = 0; i < counts.length; i++) {
      if (i > 0) out.putByte(COMMA);
      putValue(out, counts.values[i]);
    }
  }
  out.putByte(0x5d);
}

function putSigned(out: LineBuffer, value: number): void {
  if (value < 0) out.putByte(0x2d);
  putInteger(out, Math.abs(value));
}

/** Each count is said by how much more it is than the one before. */
function putDeltas(out: LineBuffer, deltas: LongList): void {
  let count = 0;
  for (let i = 0; i < deltas.length; i++) {
    const high = deltas.high(i);
    const low = deltas.low(i);
    const magnitude = (high * 2 ** 32 + low + (low & 1)) / 2;
    const next = (low & 1) === 0 ? count + magnitude : count - magnitude;
    if (high >= 2 ** 21 || !Number.isSafeInteger(next)) {
      return putLargeDeltas(out, deltas, i, count);
    }
    if (i > 0) out.putByte(COMMA);
    putSigned(out, next);
    count = next;
  }
}

/** The same beyond what a double holds exactly, in 64 bits as Prometheus counts. */
function putLargeDeltas(out: LineBuffer, deltas: LongList, from: number, before: number): void {
  let count = BigInt(before);
  for (let i = from; i < deltas.length; i++) {
    const wire = BigInt(deltas.high(i)) << 32n | BigInt(deltas.low(i));
    count = BigInt.asIntN(64, count + ((wire >> 1n) ^ -(wire & 1n)));
    if (i > 0) out.putByte(COMMA);
    out.putText(count.toString());
  }
}
