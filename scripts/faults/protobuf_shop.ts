import { linesOf, readSample } from "./exposition_reading.ts";

/**
 * The shop's expositions in Prometheus's protobuf format, written and read by other means than Weir's.
 * Bytes are the characters of strings.
 */

const TYPES: Readonly<Record<string, number>> = { counter: 0, gauge: 1, untyped: 3, histogram: 4 };
/** The field of a Metric that has the value, by type. */
const VALUES = [3, 2, 0, 5, 7];

/** A message's fields by number: of varints and doubles the value, of all else the bytes. */
type Field = readonly [number: number, value: number | string];

/** The families of an exposition, each a MetricFamily behind its length. */
export function shopProtobuf(text: string): string {
  return shopFamilies(text).map(delimited).join("");
}

/** The same apart, without their lengths. */
export function shopFamilies(text: string): string[] {
  return text.split(/^(?=# HELP )/m).map((part) => {
    const [help, type, ...samples] = linesOf(part);
    const [, , name] = help.split(" ");
    const word = type.split(" ")[3];
    return message([
      [1, name],
      [2, help.split(" ").slice(3).join(" ")],
      [3, TYPES[word]],
      ...(word === "histogram" ? histograms(samples) : values(samples, TYPES[word])),
    ]);
  });
}

export function delimited(family: string): string {
  return varint(family.length) + family;
}

function values(lines: readonly string[], type: number): Field[] {
  return lines.map((line) => {
    const { labels, value } = readSample(line)!;
    return [4, message([...labels.map(labelField), [VALUES[type], double(1, Number(value))]])];
  });
}

/** Each is four lines: two buckets, sum and count. */
function histograms(lines: readonly string[]): Field[] {
  return lines.flatMap((_, at): Field[] => {
    if (at % 4 !== 0) return [];
    const [low, high, sum, count] = lines.slice(at, at + 4).map((line) => readSample(line)!);
    const bucket = (bound: number, value: string): Field => [
      3,
      varint(1 << 3) + varint(Number(value)) + double(2, bound),
    ];
    const histogram = message([[1, Number(count.value)]]) + double(2, Number(sum.value)) +
      message([bucket(0.5, low.value), bucket(Infinity, high.value)]);
    return [[4, message([...sum.labels.map(labelField), [7, histogram]])]];
  });
}

function labelField([name, value]: readonly [string, string]): Field {
  return [1, message([[1, name], [2, value]])];
}

export function message(fields: readonly Field[]): string {
  return fields.map(([field, value]) =>
    typeof value === "number"
      ? varint(field << 3) + varint(value)
      : varint(field << 3 | 2) + varint(value.length) + value
  ).join("");
}

export function varint(value: number): string {
  let bytes = "";
  for (; value >= 0x80; value = Math.floor(value / 0x80)) {
    bytes += String.fromCharCode(value % 0x80 | 0x80);
  }
  return bytes + String.fromCharCode(value);
}

function double(field: number, value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return varint(field << 3 | 1) + bytes.toString("latin1");
}

/** The exposition that a body is; undefined where it is none. */
export function readProtobuf(body: string): string | undefined {
  try {
    const out: string[] = [];
    for (let at = 0; at < body.length;) {
      const [length, start] = readVarint(body, at);
      if (start + length > body.length) return undefined;
      at = start + length;
      out.push(...familyLines(body.slice(start, at)));
    }
    return out.map((line) => `${line}\n`).join("");
  } catch {
    return undefined;
  }
}

function familyLines(bytes: string): string[] {
  const family = fieldsOf(bytes);
  const [name] = all(family, 1);
  const [type = 0] = all(family, 3) as number[];
  const word = Object.keys(TYPES).find((word) => TYPES[word] === type)!;
  const lines = [`# TYPE ${name} ${word}`];
  const [help] = all(family, 2);
  if (help !== undefined) lines.unshift(`# HELP ${name} ${help}`);
  for (const metric of all(family, 4)) {
    const fields = fieldsOf(String(metric));
    const labels = all(fields, 1).map((pair) => {
      const [label, value = ""] = fieldsOf(String(pair)).map(([, value]) => value);
      return `${label}="${value}"`;
    });
    const key = (suffix: string, ...more: string[]) => {
      const shown = [...labels, ...more].join(",");
      return `${name}${suffix}${shown === "" ? "" : `{${shown}}`}`;
    };
    const [value] = all(fields, VALUES[type]);
    const of = fieldsOf(String(value));
    if (word !== "histogram") lines.push(`${key("")} ${all(of, 1)[0] ?? 0}`);
    else {
      for (const one of all(of, 3)) {
        const bucket = fieldsOf(String(one));
        const bound = all(bucket, 2)[0] as number;
        const le = bound === Infinity ? "+Inf" : String(bound);
        lines.push(`${key("_bucket", `le="${le}"`)} ${all(bucket, 1)[0] ?? 0}`);
      }
      lines.push(`${key("_sum")} ${all(of, 2)[0] ?? 0}`, `${key("_count")} ${all(of, 1)[0] ?? 0}`);
    }
  }
  return lines;
}

function all(fields: readonly Field[], number: number): (number | string)[] {
  return fields.flatMap(([field, value]) => field === number ? [value] : []);
}

/** Throws where the bytes are no message. What is in groups counts as fields beside them. */
function fieldsOf(bytes: string): Field[] {
  const fields: Field[] = [];
  for (let at = 0; at < bytes.length;) {
    const [tag, start] = readVarint(bytes, at);
    const field = Math.floor(tag / 8);
    if (tag % 8 === 0) {
      const [value, end] = readVarint(bytes, start);
      fields.push([field, value]);
      at = end;
    } else if (tag % 8 === 1) {
      at = start + 8;
      fields.push([field, Buffer.from(bytes.slice(start, at), "latin1").readDoubleLE()]);
    } else if (tag % 8 === 2) {
      const [length, from] = readVarint(bytes, start);
      at = from + length;
      fields.push([field, bytes.slice(from, at)]);
    } else if (tag % 8 === 3 || tag % 8 === 4) at = start;
    else throw new Error(`wire type ${tag % 8}`);
    if (at > bytes.length) throw new Error("cut");
  }
  return fields;
}

function readVarint(bytes: string, at: number): [value: number, end: number] {
  let value = 0;
  for (let scale = 1;; scale *= 0x80) {
    if (at >= bytes.length) throw new Error("cut");
    const byte = bytes.charCodeAt(at++);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return [value, at];
  }
}
