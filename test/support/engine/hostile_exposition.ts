type Next = (largest: number) => number;

const pick = <Item>(next: Next, items: readonly Item[]): Item => items[next(items.length - 1)];

const NAMES = [
  "m",
  "m_sum",
  "m_bucket",
  "m_count",
  "n_total",
  "long_metric_name_of_a_family",
  "q.r",
];
/** In one exposition: a histogram beside another type of the name would be a family of its own. */
const TYPES = [["counter", "gauge", "summary", "untyped", "info", "nonsense"], [
  "histogram",
  "nonsense",
]];
const LABELS = ["a", "path", "le", "quantile", "namespace", "a_label_with_a_long_name", `"k.v"`];
const VALUES = [
  "x",
  "x",
  "y",
  "",
  "GET",
  "/api/v1/resources/{id}/details",
  "0.5",
  "1",
  "+Inf",
  "ö ü",
  "a,b={c} # d",
  String.raw`q\"uote`,
  String.raw`back\\slash`,
  String.raw`new\nline`,
  String.raw`odd\x`,
  "nul\0",
  "é".repeat(40),
];
const NUMBERS = [
  "0",
  "1",
  "7",
  "-3",
  "+5",
  "-0",
  "0.1",
  "0.2",
  "12.5",
  "1.",
  ".5",
  "1e3",
  "1.234567e+06",
  "1e-7",
  "5E2",
  "1e400",
  "4.35",
  "0.30000000000000004",
  "12345678901234567890",
  "9007199254740993",
  "18446744073709551621",
  "179769313486231570000",
  "00012",
  "NaN",
  "nan",
  "+Inf",
  "-Inf",
  "Inf",
  "Infinity",
];
const BROKEN = [
  `m{a="x" 1`,
  `m{a="x} 1`,
  `m{a="x"} `,
  `m{a="x"} one`,
  `m{a="x"} 1 2 3`,
  `m{a="x"} 0x10`,
  `m{a="x"} 1e`,
  `m{a="x"} +`,
  `m{a="x"} -NaN`,
  `m{a="x"} 1_0`,
  `m{a="x",a="y"} 1`,
  `m{="x"} 1`,
  `m{a=x} 1`,
  `1m 1`,
  `m`,
  `\0`,
  `m\0{a="x"} 1`,
  `{a="x"} 1`,
  `{"a"="x"} 1`,
  `"`,
];
const TAILS = [
  ...["", "", "", "", "", "", " "],
  ...[" 1700000000000", " 1700000000000.50", " 0017", " 1.7e12", " -1", " 99999999999999999999"],
  ...[' # {id="}"} 1', " # {} 0.5 1.0", ' 1.5 # {a="b\\"",c="d"} 7 1700000000.125', " # {id=}"],
];
const COMMENTS = ["", " ", "#", "# note", "# EOF", "# HELP", "# TYPE m", "#m 1", "\t# x"];

/** Up to 80 lines, many of them alike, and everything that a parser can stumble over. */
export function hostileExposition(next: Next): Uint8Array<ArrayBuffer> {
  const types = pick(next, TYPES);
  const lines: string[] = [];
  for (let blocks = next(6); blocks >= 0; blocks--) {
    if (next(3) > 0) lines.push(`# TYPE ${pick(next, NAMES)} ${pick(next, types)}`);
    if (next(3) === 0) lines.push(`# HELP ${pick(next, NAMES)} Text.`);
    const templates = Array.from({ length: 1 + next(3) }, () => template(next));
    for (let samples = next(24); samples >= 0; samples--) {
      const kind = next(30);
      if (kind === 0) lines.push(pick(next, BROKEN));
      else if (kind === 1) lines.push(pick(next, COMMENTS));
      else lines.push(filled(next, pick(next, templates)));
    }
  }
  const newline = pick(next, ["\n", "\n", "\n", "\r\n"]);
  const bytes = new TextEncoder().encode(lines.join(newline) + (next(3) > 0 ? newline : ""));
  // Bytes that are no UTF-8, and bytes that mean something where none is wanted.
  for (let damage = next(5) - 2; damage > 0 && bytes.length > 0; damage--) {
    bytes[next(bytes.length - 1)] = pick(next, [0xff, 0xc3, 0, 0x22, 0x5c, 0x0a, 0x0d, 0x20, 0x7d]);
  }
  return bytes;
}

interface Template {
  readonly open: string;
  readonly labels: readonly string[];
  readonly separator: string;
  readonly close: string;
  readonly tail: string;
}

function template(next: Next): Template {
  const name = pick(next, NAMES);
  const labels = LABELS.filter(() => next(1) === 0);
  if (next(40) === 0) { for (let i = 0; i < 300; i++) labels.push(`l${i}`); }
  if (next(4) === 0) labels.reverse();
  const isQuoted = name.includes(".");
  if (next(7) === 0) labels.length = 0;
  const isBare = labels.length === 0 && !isQuoted && next(3) > 0;
  const blank = pick(next, ["", "", "", " ", "\t"]);
  return {
    open: blank +
      (isQuoted
        ? `{"${name}"${labels.length > 0 ? "," : ""}`
        : isBare
        ? `${name}${blank}`
        : `${name}${blank}{`),
    labels,
    separator: pick(next, [",", ",", ",", ", ", " , "]),
    close: isBare
      ? " "
      : pick(next, ["", "", ",", " "]).replace(",", labels.length > 0 ? "," : "") + "}" +
        pick(next, [" ", " ", " ", "  ", "\t", ""]),
    tail: pick(next, TAILS),
  };
}

function filled(next: Next, { open, labels, separator, close, tail }: Template): string {
  const written = labels.map((label) => `${label}="${pick(next, VALUES)}"`).join(separator);
  return open + written + close + pick(next, NUMBERS) + tail;
}
