/** An exemplar as Prometheus's parser tells it: labels, value, milliseconds. */
export interface Exemplar {
  readonly l: string;
  readonly v: string;
  readonly t?: number;
}

/** A native histogram: its buckets that are not empty as `index:count`. */
export interface Native {
  readonly float: boolean;
  readonly gauge: boolean;
  readonly schema: number;
  readonly count: string;
  readonly sum: string;
  readonly zeroThreshold: string;
  readonly zeroCount: string;
  readonly positive: readonly string[];
  readonly negative: readonly string[];
}

/** What Prometheus's parser gives one after the other; times in milliseconds. */
export interface Entry {
  readonly k: "help" | "type" | "unit" | "series" | "histogram";
  /** A family's name and what is said of it. */
  readonly n?: string;
  readonly x?: string;
  /** A series, its value, timestamp, start time. */
  readonly s?: string;
  readonly v?: string;
  readonly t?: number;
  readonly st?: number;
  readonly h?: Native;
  readonly e?: readonly Exemplar[];
}

type Label = readonly [name: string, value: string];

/** A sample line of the lifted dialect, read by the book: one of blanks and quotes where they belong. */
export interface LiftedSample {
  readonly name: string;
  readonly labels: readonly Label[];
  readonly value: string;
  readonly timestamp?: string;
  readonly start?: string;
  readonly exemplars: readonly string[];
}

/** What lifted lines say as Prometheus's parser would tell it. Throws at a line that is none. */
export function entriesOf(lines: readonly string[]): Entry[] {
  let gauge = false;
  const entries: Entry[] = [];
  for (const line of lines) {
    const metadata = /^# (HELP|TYPE|UNIT) ("(?:[^"\\]|\\.)*"|[a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/.exec(
      line,
    );
    if (metadata !== null) {
      const [, kind, name, text] = metadata;
      const n = name.startsWith('"') ? unescape(name.slice(1, -1)) : name;
      const k = kind.toLowerCase() as Entry["k"];
      entries.push({ k, n, x: k === "help" ? unescape(text) : text });
      if (k === "type") gauge = text === "gaugehistogram";
    } else entries.push(sampleEntry(readSample(line), gauge));
  }
  return entries;
}

function sampleEntry(sample: LiftedSample, gauge: boolean): Entry {
  const s = seriesText([["__name__", sample.name], ...sample.labels]);
  const e = sample.exemplars.map(exemplarOf);
  const rest = {
    ...(sample.timestamp === undefined ? {} : { t: milliseconds(sample.timestamp) }),
    ...(sample.start === undefined ? {} : { st: milliseconds(sample.start) }),
    ...(e.length === 0 ? {} : { e }),
  };
  return sample.value.startsWith("{")
    ? { k: "histogram", s, ...rest, h: nativeOf(sample.value, gauge) }
    : { k: "series", s, v: number(sample.value), ...rest };
}

/** The parts of a sample line. Throws where it is none. */
export function readSample(line: string): LiftedSample {
  const series = /^([a-zA-Z_:][a-zA-Z0-9_:]*)?(?:\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\})? /.exec(line);
  if (series === null) throw new Error(`no sample: ${line}`);
  const parts = series[2]?.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? [];
  const quotedName = series[1] === undefined ? parts.shift() : undefined;
  const name = series[1] ?? unescape(quotedName!.slice(1, -1));
  const tail = /^(\{[^ ]*\}|[^ ]+)(?: (-?[0-9.]+))?(?: st@(-?[0-9.]+))?((?: # \{.*)?)$/.exec(
    line.slice(series[0].length),
  );
  if (tail === null) throw new Error(`no value: ${line}`);
  const [, value, timestamp, start, exemplars] = tail;
  return {
    name,
    labels: labelsOf(parts),
    value,
    timestamp,
    start,
    exemplars: exemplars.match(/(?<= # )\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\} [^ ]+(?: -?[0-9.]+)?/g) ??
      [],
  };
}

function labelsOf(parts: readonly string[]): Label[] {
  return parts.map((part): Label => {
    const [, name, value] = /^("(?:[^"\\]|\\.)*"|[a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"$/.exec(
      part,
    )!;
    return [name.startsWith('"') ? unescape(name.slice(1, -1)) : name, unescape(value)];
  });
}

function exemplarOf(text: string): Exemplar {
  const [, labels, value, time] = /^\{(.*)\} ([^ ]+)(?: (-?[0-9.]+))?$/.exec(text)!;
  const pairs = labelsOf(labels.match(/(?:[^",]|"(?:[^"\\]|\\.)*")+/g) ?? []);
  const exemplar = { l: seriesText(pairs), v: number(value) };
  return time === undefined ? exemplar : { ...exemplar, t: milliseconds(time) };
}

function nativeOf(text: string, gauge: boolean): Native {
  const fields = new Map(
    text.slice(1, -1).match(/[a-z_]+:(?:\[[^\]]*\]|[^,]*)/g)!.map((field) => {
      const colon = field.indexOf(":");
      return [field.slice(0, colon), field.slice(colon + 1)] as const;
    }),
  );
  const float = !/^[0-9]+$/.test(fields.get("count")!);
  const count = (name: string) => float ? number(fields.get(name)!) : fields.get(name)!;
  return {
    float,
    gauge,
    schema: Number(fields.get("schema")),
    count: count("count"),
    sum: number(fields.get("sum")!),
    zeroThreshold: number(fields.get("zero_threshold")!),
    zeroCount: count("zero_count"),
    positive: buckets(fields.get("positive_spans")!, fields.get("positive_buckets")!),
    negative: buckets(fields.get("negative_spans")!, fields.get("negative_buckets")!),
  };
}

function buckets(spans: string, counts: string): string[] {
  const list = (text: string) => text === "[]" ? [] : text.slice(1, -1).split(",");
  const values = list(counts);
  const filled: string[] = [];
  let index = 0;
  for (const [offset, length] of list(spans).map((span) => span.split(":").map(Number))) {
    index += offset;
    for (let i = 0; i < length; i++, index++) {
      const value = number(values.shift()!);
      if (value !== "0") filled.push(`${index}:${value}`);
    }
  }
  if (values.length > 0) throw new Error(`more buckets than spans have: ${counts}`);
  return filled;
}

/** A number as two spellings of the same one agree. */
export function number(text: string): string {
  if (text === "+Inf" || text === "Infinity") return "Infinity";
  if (text === "-Inf") return "-Infinity";
  const value = Number(text);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Milliseconds, cut off, of seconds as lines have them; as near as a double comes. */
function milliseconds(seconds: string): number {
  const [whole, decimals = ""] = seconds.split(".");
  const digits = `${whole}${decimals.padEnd(3, "0").slice(0, 3)}`;
  return Number(digits) + 0;
}

/** A series as Go's `labels.Labels` writes it: sorted by name. */
function seriesText(labels: readonly Label[]): string {
  const sorted = [...labels].sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
  return `{${
    sorted.map(([name, value]) => {
      const quoted = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : JSON.stringify(name);
      return `${quoted}=${JSON.stringify(value)}`;
    }).join(", ")
  }}`;
}

function unescape(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, c) => c === "n" ? "\n" : c);
}
