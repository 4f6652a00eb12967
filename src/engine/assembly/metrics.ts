import { equal, isUtf8 } from "./bytes";
import { WALK_CUT, WALK_ODD, WALK_OTHER, WALKED } from "../layout";

/*
 * Metrics of a protobuf body that need not be lifted, as their samples' names alone decide what becomes of
 * them: they are looked through and counted. What a client library does not write is **odd** here, and
 * left to TypeScript: what cannot be read, what would be lines that cannot be read, labels that are there
 * twice, native histograms. So there is no second set of rules for such bodies, only a guess that one
 * is none of them.
 */

/** Why `walkMetrics` came back. */
export let walkStatus: u32 = WALKED;
/** Samples of the metrics so far: of the family's own name, buckets, and sums, which are as many as counts. */
export let walkedOwn: u32 = 0;
export let walkedBuckets: u32 = 0;
export let walkedSums: u32 = 0;

/** Prometheus's MetricType. */
const COUNTER: u32 = 0;
const GAUGE: u32 = 1;
const SUMMARY: u32 = 2;
const UNTYPED: u32 = 3;

/** Tags, with their wire types. */
const METRIC: u32 = 0x22;
const FIRST_BYTES: u32 = 0x0a;
const SECOND_BYTES: u32 = 0x12;
const THIRD_BYTES: u32 = 0x1a;
const FOURTH_BYTES: u32 = 0x22;
const FIRST_VARINT: u32 = 0x08;
const SECOND_VARINT: u32 = 0x10;
const FIRST_DOUBLE: u32 = 0x09;
const SECOND_DOUBLE: u32 = 0x11;
const FOURTH_DOUBLE: u32 = 0x21;
const TIMESTAMP: u32 = 0x30;
const HISTOGRAM_START: u32 = 0x7a;

/** Of exemplars. */
const MOST_LABELS: u32 = 64;
/** Bytes of varints that are as they should be: any count, and times in the next 100,000 years. */
const COUNT_BYTES: u32 = 9;
const TIME_BYTES: u32 = 6;

/** The names of labels that stood together last and are right, each behind its length. */
const NAMES_BYTES: u32 = 1024;
const NAMES: usize = memory.data(1056);
let namesEnd: usize = NAMES;

/** Behind what was read last; 0 where that is odd. */
let next: usize = 0;
/** The name of the label that was read last. */
let nameStart: usize = 0;
let nameLength: u32 = 0;
/** What the metric at hand has: bytes of its labels, buckets or quantiles. */
let labelBytes: u32 = 0;
let points: u32 = 0;
/** Of a histogram: whether it is native, and how many buckets it has as one. */
let isNative: bool = false;
let nativeBuckets: u32 = 0;
let takesNative: bool = false;

/**
 * Looks through the metrics of a family that lie one after the other in `[start, end)`, at most `most` of
 * them and each of at most `mostBytes`, of which the lines would have at most `mostLineBytes` together. The
 * family's name has `familyLength` bytes; native histograms are odd
 * unless `native`. Returns where the first field begins that is not such a metric; it
 * is not counted.
 */
export function walkMetrics(
  start: usize,
  end: usize,
  type: u32,
  most: u32,
  mostBytes: u32,
  mostLineBytes: u32,
  familyLength: u32,
  native: bool,
): usize {
  takesNative = native;
  let at = start;
  walkedOwn = walkedBuckets = walkedSums = 0;
  walkStatus = WALKED;
  for (; at < end && most > 0; most--) {
    if (load<u8>(at) != METRIC) {
      walkStatus = WALK_OTHER;
      break;
    }
    const length = readLength(at + 1);
    const metric = next;
    if (metric == 0 || metric > end) {
      // The length itself may be cut.
      walkStatus = end - at < 8 ? WALK_CUT : WALK_ODD;
      break;
    }
    if (length > mostBytes) {
      walkStatus = WALK_ODD;
      break;
    }
    const metricEnd = metric + length;
    if (metricEnd > end) {
      walkStatus = WALK_CUT;
      break;
    }
    points = labelBytes = nativeBuckets = 0;
    isNative = false;
    if (!walkMetric(metric, metricEnd, type)) {
      walkStatus = WALK_ODD;
      break;
    }
    // Escapes take twice as much, and numbers less than three times, but for counts that add up.
    const longest = length + 8 * nativeBuckets;
    const lines = <u64> (points + 3) * (2 * labelBytes + 2 * familyLength + 160) + 3 * longest;
    if (longest > mostBytes || lines > <u64> mostLineBytes) {
      walkStatus = WALK_ODD;
      break;
    }
    if (type == SUMMARY) {
      walkedOwn += points;
      walkedSums++;
    } else if (type > UNTYPED) {
      if (isNative) walkedOwn++;
      walkedBuckets += points;
      if (points > 0) walkedSums++;
    } else walkedOwn++;
    at = metricEnd;
  }
  return at;
}

/** The tag of the field that says the metric's value. */
// @ts-ignore: decorator
@inline
function valueTag(type: u32): u32 {
  if (type == COUNTER) return 0x1a;
  if (type == GAUGE) return 0x12;
  if (type == SUMMARY) return 0x22;
  return type == UNTYPED ? 0x2a : 0x3a;
}

function walkMetric(start: usize, end: usize, type: u32): bool {
  const wanted = valueTag(type);
  let at = start;
  let known = NAMES;
  let isKnown = true;
  let hasValue = false;
  while (at < end) {
    const tag = <u32> load<u8>(at);
    if (tag == FIRST_BYTES) {
      const pairEnd = walkLabel(at + 1, end);
      if (pairEnd == 0) return false;
      isKnown = isKnown && known < namesEnd && load<u8>(known) == nameLength &&
        equal(known + 1, nameStart, nameLength);
      known += nameLength + 1;
      labelBytes += <u32> (pairEnd - at);
      at = pairEnd;
    } else if (tag == wanted && !hasValue) {
      hasValue = true;
      const length = readLength(at + 1);
      if (next == 0 || next + length > end) return false;
      at = next + length;
      if (!walkValue(next, at, type)) return false;
    } else if (tag == TIMESTAMP) {
      at = skipVarint(at + 1, TIME_BYTES + 1);
      if (at == 0 || at > end) return false;
    } else return false;
  }
  if (at != end || !hasValue) return false;
  return isKnown || learnNames(start, end);
}

/** A label's name and value, whose length comes next. Returns where it ends, 0 where it is odd. */
function walkLabel(at: usize, end: usize): usize {
  const length = readLength(at);
  if (next == 0) return 0;
  const pair = next;
  const pairEnd = pair + length;
  if (pairEnd > end || load<u8>(pair) != FIRST_BYTES) return 0;
  nameLength = load<u8>(pair, 1);
  nameStart = pair + 2;
  const nameEnd = nameStart + nameLength;
  if (nameLength == 0 || nameLength >= 0x80 || nameEnd + 2 > pairEnd) return 0;
  if (load<u8>(nameEnd) != SECOND_BYTES) return 0;
  const valueLength = readLength(nameEnd + 1);
  if (next == 0 || next + valueLength != pairEnd) return 0;
  return isText(next, pairEnd) ? pairEnd : 0;
}

/** Whether the bytes are UTF-8 without control characters. */
// @ts-ignore: decorator
@inline
function isText(start: usize, end: usize): bool {
  const least = i8x16.splat(0x20);
  for (let at = start; at < end; at += 16) {
    // Bytes beyond ASCII are negative.
    const others = i8x16.bitmask(i8x16.lt_s(v128.load(at), least));
    if (others == 0) continue;
    const left = <u32> (end - at);
    return (left < 16 && (others & ((1 << left) - 1)) == 0) || isWideText(start, end);
  }
  return true;
}

function isWideText(start: usize, end: usize): bool {
  for (let at = start; at < end; at++) if (load<u8>(at) < 0x20) return false;
  return isUtf8(start, end);
}

/** The labels' names of the metric, each of which has been read: whether they are right together. */
function learnNames(start: usize, end: usize): bool {
  namesEnd = NAMES;
  let to = NAMES;
  let count: u32 = 0;
  for (let at = start; at < end;) {
    if (load<u8>(at) != FIRST_BYTES) {
      at = behindField(at);
      continue;
    }
    at = walkLabel(at + 1, end);
    if (++count > MOST_LABELS || to + nameLength + 1 > NAMES + NAMES_BYTES) return false;
    if (!isPlainName() || isOwnName()) return false;
    for (let known = NAMES; known < to; known += 1 + load<u8>(known)) {
      if (load<u8>(known) == nameLength && equal(known + 1, nameStart, nameLength)) return false;
    }
    store<u8>(to, <u8> nameLength);
    memory.copy(to + 1, nameStart, nameLength);
    to += nameLength + 1;
  }
  namesEnd = to;
  return true;
}

/** Behind a field that has been read: a value or a timestamp. */
function behindField(at: usize): usize {
  if (load<u8>(at) == TIMESTAMP) return skipVarint(at + 1, TIME_BYTES + 1);
  const length = readLength(at + 1);
  return next + length;
}

/** Whether the label's name needs no quotes. */
function isPlainName(): bool {
  for (let i: u32 = 0; i < nameLength; i++) {
    const byte = <u32> load<u8>(nameStart + i);
    const letter = byte | 0x20;
    const isDigit = byte >= 0x30 && byte <= 0x39;
    if ((letter < 0x61 || letter > 0x7a) && byte != 0x5f && !(isDigit && i > 0)) return false;
  }
  return true;
}

/** Whether samples may have the label for themselves: \`le\`, \`quantile\`, \`__name__\`. */
function isOwnName(): bool {
  if (nameLength == 2) return load<u16>(nameStart) == 0x656c;
  // "quantile", and of "__name__".
  return nameLength == 8 &&
    (load<u64>(nameStart) == 0x656c69746e617571 || load<u64>(nameStart) == 0x5f5f656d616e5f5f);
}

/** What stands in the message of the metric's value. */
function walkValue(at: usize, end: usize, type: u32): bool {
  if (type == COUNTER) return walkCounter(at, end);
  if (type == SUMMARY) return walkSummary(at, end);
  if (type > UNTYPED) return walkHistogram(at, end);
  for (; at < end; at += 9) if (load<u8>(at) != FIRST_DOUBLE) return false;
  return at == end;
}

function walkCounter(at: usize, end: usize): bool {
  while (at < end) {
    switch (<u32> load<u8>(at)) {
      case FIRST_DOUBLE:
        at += 9;
        break;
      case SECOND_BYTES:
        at = walkExemplar(at + 1, end);
        break;
      case THIRD_BYTES:
        at = walkTime(at + 1, end);
        break;
      default:
        return false;
    }
    if (at == 0) return false;
  }
  return at == end;
}

function walkSummary(at: usize, end: usize): bool {
  while (at < end) {
    switch (<u32> load<u8>(at)) {
      case FIRST_VARINT:
        at = skipVarint(at + 1, COUNT_BYTES);
        break;
      case SECOND_DOUBLE:
        at += 9;
        break;
      case THIRD_BYTES: {
        const length = readLength(at + 1);
        if (next == 0) return false;
        at = next + length;
        if (at > end) return false;
        for (let inner = next; inner < at; inner += 9) {
          const tag = <u32> load<u8>(inner);
          if ((tag != FIRST_DOUBLE && tag != SECOND_DOUBLE) || inner + 9 > at) return false;
        }
        points++;
        break;
      }
      case FOURTH_BYTES:
        at = walkTime(at + 1, end);
        break;
      default:
        return false;
    }
    if (at == 0) return false;
  }
  return at == end;
}

function walkHistogram(at: usize, end: usize): bool {
  let isInfinite = false;
  let hasFloats = false;
  let count: u64 = 0;
  let zeros: u64 = 0;
  let sum: f64 = 0;
  let schema: u32 = 0;
  let threshold: f64 = 0;
  clearSides();
  while (at < end) {
    switch (<u32> load<u8>(at)) {
      case THIRD_BYTES: {
        // Nothing is shown behind the last one.
        if (isInfinite) return false;
        const length = readLength(at + 1);
        if (next == 0 || next + length > end) return false;
        at = walkBucket(next, next + length);
        isInfinite = bound == Infinity;
        points++;
        break;
      }
      case FIRST_VARINT:
        count = readVarint(at + 1);
        at = next;
        break;
      case SECOND_DOUBLE:
        sum = load<f64>(at + 1);
        at += 9;
        break;
      case FOURTH_DOUBLE:
        hasFloats = true;
        at += 9;
        break;
      case HISTOGRAM_START:
        at = walkTime(at + 1, end);
        break;
      case SCHEMA:
        schema = <u32> readVarint(at + 1);
        at = next;
        break;
      case ZERO_THRESHOLD:
        threshold = load<f64>(at + 1);
        at += 9;
        break;
      case ZERO_COUNT:
        zeros = readVarint(at + 1);
        at = next;
        break;
      case NEGATIVE_SPAN:
        at = walkSpan(at + 1, end, NEGATIVE);
        break;
      case POSITIVE_SPAN:
        at = walkSpan(at + 1, end, POSITIVE);
        break;
      case NEGATIVE_DELTA:
        at = walkDelta(at + 1, NEGATIVE);
        break;
      case POSITIVE_DELTA:
        at = walkDelta(at + 1, POSITIVE);
        break;
      case NEGATIVE_DELTAS:
        at = walkDeltas(at + 1, end, NEGATIVE);
        break;
      case POSITIVE_DELTAS:
        at = walkDeltas(at + 1, end, POSITIVE);
        break;
      case EXEMPLARS:
        if (load<u8>(at, 1) != 1) return false;
        at = walkExemplar(at + 2, end);
        break;
      default:
        return false;
    }
    if (at == 0) return false;
  }
  if (at != end) return false;
  isNative = hasSpans() || threshold > 0 || zeros > 0;
  if (!isNative) {
    if (!isInfinite) points++;
    return true;
  }
  if (points > 0 && !isInfinite) points++;
  // Zigzag: from -4 to 8.
  const isKnown = (schema & 1) == 0 ? schema <= 16 : schema <= 7;
  if (!takesNative || hasFloats || !isKnown || count > MOST_COUNT || zeros > count) return false;
  if (!(threshold >= 0 && threshold < Infinity)) return false;
  return countsAll(count - zeros, isNaN(sum));
}

/** Tags of a native histogram's fields. */
const SCHEMA: u32 = 0x28;
const ZERO_THRESHOLD: u32 = 0x31;
const ZERO_COUNT: u32 = 0x38;
const NEGATIVE_SPAN: u32 = 0x4a;
const NEGATIVE_DELTA: u32 = 0x50;
const NEGATIVE_DELTAS: u32 = 0x52;
const POSITIVE_SPAN: u32 = 0x62;
const POSITIVE_DELTA: u32 = 0x68;
const POSITIVE_DELTAS: u32 = 0x6a;
/** The first byte of two. */
const EXEMPLARS: u32 = 0x82;

/** What a double holds exactly. */
const MOST_COUNT: u64 = 9007199254740991;
/** Of one sign; and how far apart they may be, which is less than indexes may reach. */
const MOST_BUCKETS: u32 = 32768;
const MOST_OFFSET: u64 = 65536;

/** One sign of a native histogram: its spans, the buckets that they have, its buckets and what they count. */
@unmanaged
class Side {
  spans: u32;
  wanted: u32;
  buckets: u32;
  /** The bucket's that was read last, and all of them. */
  count: i64;
  observations: i64;
}

const NEGATIVE: Side = changetype<Side>(memory.data(32));
const POSITIVE: Side = changetype<Side>(memory.data(32));

function clearSides(): void {
  memory.fill(changetype<usize>(NEGATIVE), 0, offsetof<Side>());
  memory.fill(changetype<usize>(POSITIVE), 0, offsetof<Side>());
}

function hasSpans(): bool {
  return (NEGATIVE.spans | POSITIVE.spans) != 0;
}

/** Whether there are as many buckets as the spans have, which count the observations. */
function countsAll(observations: u64, hasMore: bool): bool {
  if (NEGATIVE.wanted != NEGATIVE.buckets || POSITIVE.wanted != POSITIVE.buckets) return false;
  nativeBuckets = NEGATIVE.buckets + POSITIVE.buckets;
  const counted = <u64> (NEGATIVE.observations + POSITIVE.observations);
  return hasMore ? counted <= observations : counted == observations;
}

/** Behind the span whose length comes next, or 0. */
function walkSpan(at: usize, parentEnd: usize, side: Side): usize {
  const length = <usize> load<u8>(at);
  const end = at + 1 + length;
  if (length >= 0x80 || end > parentEnd) return 0;
  let offset: u64 = 0;
  let buckets: u64 = 0;
  for (at++; at < end; at = next) {
    const tag = <u32> load<u8>(at);
    const value = readVarint(at + 1);
    if (next == 0) return 0;
    if (tag == FIRST_VARINT) offset = value;
    else if (tag == SECOND_VARINT) buckets = value;
    else return 0;
  }
  // Zigzag: only the first one may be negative.
  if (at != end || offset > MOST_OFFSET || buckets > MOST_BUCKETS) return 0;
  if (side.spans > 0 && (offset & 1) != 0) return 0;
  side.spans++;
  side.wanted += <u32> buckets;
  return side.spans <= MOST_BUCKETS && side.wanted <= MOST_BUCKETS ? end : 0;
}

/** Behind how much more the next bucket counts than the one before, or 0. */
function walkDelta(at: usize, side: Side): usize {
  const delta = readVarint(at);
  if (next == 0) return 0;
  side.count += <i64> (delta >> 1) ^ -<i64> (delta & 1);
  if (side.count < 0 || side.count > <i64> MOST_COUNT) return 0;
  side.observations += side.count;
  side.buckets++;
  return side.buckets <= MOST_BUCKETS && side.observations <= <i64> MOST_COUNT ? next : 0;
}

/** The same of many, whose length comes next. */
function walkDeltas(at: usize, parentEnd: usize, side: Side): usize {
  const length = readLength(at);
  if (next == 0) return 0;
  at = next;
  const end = at + length;
  if (end > parentEnd) return 0;
  while (at < end) {
    at = walkDelta(at, side);
    if (at == 0) return 0;
  }
  return at == end ? at : 0;
}

/** The bound of the bucket that was read last. */
let bound: f64 = 0;

function walkBucket(at: usize, end: usize): usize {
  bound = 0;
  while (at < end) {
    switch (<u32> load<u8>(at)) {
      case FIRST_VARINT:
        at = skipVarint(at + 1, COUNT_BYTES);
        break;
      case SECOND_DOUBLE:
        bound = load<f64>(at + 1);
        at += 9;
        break;
      case THIRD_BYTES:
        at = walkExemplar(at + 1, end);
        break;
      case FOURTH_DOUBLE:
        at += 9;
        break;
      default:
        return 0;
    }
    if (at == 0) return 0;
  }
  return at == end ? at : 0;
}

/** Behind the exemplar whose length comes next, or 0. */
function walkExemplar(at: usize, parentEnd: usize): usize {
  const length = readLength(at);
  if (next == 0) return 0;
  at = next;
  const end = at + length;
  if (end > parentEnd) return 0;
  let labels: u32 = 0;
  while (at < end) {
    switch (<u32> load<u8>(at)) {
      case FIRST_BYTES:
        at = walkLabel(at + 1, end);
        if (at == 0 || ++labels > MOST_LABELS || !isPlainName()) return 0;
        break;
      case SECOND_DOUBLE:
        at += 9;
        break;
      case THIRD_BYTES:
        at = walkTime(at + 1, end);
        if (at == 0) return 0;
        break;
      default:
        return 0;
    }
  }
  return at == end ? at : 0;
}

/** Behind the timestamp whose length comes next, or 0. */
function walkTime(at: usize, parentEnd: usize): usize {
  const length = <usize> load<u8>(at);
  if (length >= 0x80) return 0;
  const end = at + 1 + length;
  if (end > parentEnd) return 0;
  for (at++; at < end;) {
    const tag = <u32> load<u8>(at);
    if (tag != FIRST_VARINT && tag != SECOND_VARINT) return 0;
    at = skipVarint(at + 1, TIME_BYTES);
    if (at == 0) return 0;
  }
  return at == end ? at : 0;
}

/** A length below 2 MiB; \`next\` is behind it, or 0. */
// @ts-ignore: decorator
@inline
function readLength(at: usize): u32 {
  const first = <u32> load<u8>(at);
  if (first < 0x80) {
    next = at + 1;
    return first;
  }
  return readLongLength(at, first);
}

function readLongLength(at: usize, first: u32): u32 {
  const second = <u32> load<u8>(at, 1);
  const low = (first & 0x7f) | (second & 0x7f) << 7;
  if (second < 0x80) {
    next = at + 2;
    return low;
  }
  const third = <u32> load<u8>(at, 2);
  next = third < 0x80 ? at + 3 : 0;
  return low | third << 14;
}

/** Behind a varint of at most \`most\` bytes, or 0. */
// @ts-ignore: decorator
@inline
function skipVarint(at: usize, most: u32): usize {
  if (load<u8>(at) < 0x80) return at + 1;
  for (let i: u32 = 1; i < most; i++) if (load<u8>(at + i) < 0x80) return at + i + 1;
  return 0;
}

/** A varint of 63 bits; \`next\` is behind it, or 0. */
// @ts-ignore: decorator
@inline
function readVarint(at: usize): u64 {
  const first = <u64> load<u8>(at);
  if (first < 0x80) {
    next = at + 1;
    return first;
  }
  return readLongVarint(at, first & 0x7f);
}

function readLongVarint(at: usize, low: u64): u64 {
  let value = low;
  for (let i: usize = 1; i < COUNT_BYTES; i++) {
    const byte = <u64> load<u8>(at + i);
    value |= (byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      next = at + i + 1;
      return value;
    }
  }
  next = 0;
  return value;
}
