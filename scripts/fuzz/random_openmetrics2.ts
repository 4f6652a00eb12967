import type { Crowd } from "./crowd.ts";
import { bytesOf, type Next, pick, seldom, times } from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";

const TYPES = [
  "counter",
  "gauge",
  "histogram",
  "gaugehistogram",
  "summary",
  "info",
  "stateset",
  "unknown",
  "",
] as const;
type Type = (typeof TYPES)[number];

const NAMES = ["f", "go:x", "a_b_total", '"ö.x"', String.raw`"q\"\\\n"`, "x_bucket", "x_count"];
const LABELS = ["path", "code", "a", "le", "quantile", '"k.v"', '"ö"'];
const VALUES = ["", "1", "/a", String.raw`q\"u`, String.raw`b\\\n`, "ö,}", " # {", "} {count:1"];
const NUMBERS = [
  "0",
  "1",
  "2.5",
  "-3",
  "+7",
  "1e3",
  "+Inf",
  "-Inf",
  "9007199254740993",
  "5.",
  ".5",
];
const ODD_NUMBERS = ["nan", "infinity", "1e", "1e999", "", "-", "NaN", "-1"];
const BOUNDS = ["-Inf", "-1", "-0", "1e-3", "0.5", "1", "2.50", "1e6", "123456789", "+Inf"];

/** Right ones, wrong ones, and ones with something done to them. */
export function randomOpenMetrics2(
  next: Next,
  crowd: Crowd | undefined,
): Uint8Array<ArrayBuffer> {
  const isHostile = seldom(next, 3);
  const names = [...NAMES.filter(() => seldom(next, 2)), ...crowd?.names ?? []];
  const style = {
    isHostile,
    labels: crowd?.labels ?? LABELS,
    values: crowd?.values ?? VALUES,
  };
  let text = names.map((name) => family(next, name, style)).join("") +
    (isHostile && seldom(next, 4) ? "" : "# EOF\n");
  if (isHostile && seldom(next, 4)) text = text.slice(0, -1);
  if (isHostile && seldom(next, 6)) text += family(next, "late", style);
  return isHostile && seldom(next, 2) ? mutated(next, bytesOf(text), 3) : bytesOf(text);
}

/** What samples are made of. */
interface Style {
  readonly isHostile: boolean;
  readonly labels: readonly string[];
  readonly values: readonly string[];
}

function family(next: Next, given: string, style: Style): string {
  const { isHostile } = style;
  const type = pick(next, TYPES);
  const name = type === "info" ? "f_info" : given;
  const metadata = [];
  if (!seldom(next, 3)) {
    metadata.push(`# HELP ${name} ${pick(next, ["Text.", String.raw`a\\b\n\"`, ""])}\n`);
  }
  if (type !== "") metadata.push(`# TYPE ${name} ${type}\n`);
  if (type !== "info" && type !== "stateset" && seldom(next, 4)) {
    metadata.push(`# UNIT ${name} seconds\n`);
  }
  if (isHostile && seldom(next, 5)) metadata.reverse();
  if (isHostile && seldom(next, 8)) metadata.push(pick(next, ["# a comment\n", "\n", "# EOF\n"]));
  const samples = times(1 + next(4), (i) => sample(next, name, type, style, i));
  // Prometheus takes what was said to be over with a sample of another name.
  if (isHostile && seldom(next, 5)) samples.splice(next(samples.length), 0, "other 1\n");
  return metadata.concat(samples).join("");
}

function sample(next: Next, name: string, type: Type, style: Style, index: number): string {
  const { isHostile } = style;
  const bound = type === "summary" ? "quantile" : /histogram/.test(type) ? "le" : "";
  const labels = style.labels.filter((label) => label !== bound && seldom(next, 4))
    .map((label) => `${label}="${pick(next, style.values)}"`);
  if (index > 0 && !(isHostile && seldom(next, 5))) labels.push(`i="${index}"`);
  const isQuoted = name.startsWith('"');
  if (type === "stateset") labels.unshift(`${isQuoted ? name : `"${name}"`}="on"`);
  if (isQuoted) labels.unshift(name);
  const comma = labels.length > 0 && seldom(next, 9) ? "," : "";
  const series = (isQuoted ? "" : name) +
    (labels.length > 0 || seldom(next, 9) ? `{${labels}${comma}}` : "");
  const value = pick(next, isHostile && seldom(next, 6) ? TYPES : [type]);
  return `${series} ${valueOf(next, value, isHostile)}${tail(next, isHostile)}\n`;
}

function valueOf(next: Next, type: Type, isHostile: boolean): string {
  switch (type) {
    case "info":
      return "1";
    case "stateset":
      return pick(next, ["0", "1"]);
    case "summary":
      return braced(next, isHostile, [
        `count:${number(next, isHostile)}`,
        `sum:${number(next, isHostile)}`,
        `quantile:${points(next, ["0", "0.5", "0.90", "1", isHostile ? "2" : "1.0"], isHostile)}`,
      ]);
    case "histogram":
      return histogram(next, "", isHostile);
    case "gaugehistogram":
      return histogram(next, "g", isHostile);
    default:
      return number(next, isHostile);
  }
}

function histogram(next: Next, prefix: string, isHostile: boolean): string {
  const kind = next(2);
  const isFloat = seldom(next, 3);
  let total = 0;
  const count = () => {
    const counted = next(9) + (isFloat ? next(3) / 4 : 0);
    total += counted;
    return isFloat && Number.isInteger(counted) ? `${counted}.0` : String(counted);
  };
  const zero = count();
  const side = (sign: string) => {
    const spans = times(next(3), (i) => [i === 0 ? next(9) - 4 : next(3), 1 + next(2)]);
    const buckets = spans.flatMap(([, length]) => times(length, count));
    return [
      `${sign}_spans:[${spans.map((span) => span.join(":"))}]`,
      `${sign}_buckets:[${buckets}]`,
    ];
  };
  const native = [
    `schema:${pick(next, ["0", "3", "-4", "8", isHostile ? "9" : "+2"])}`,
    `zero_threshold:${pick(next, ["0", "0.001", "2.938735877055719e-39"])}`,
    `zero_count:${zero}`,
    ...side("negative"),
    ...side("positive"),
  ].filter((field) => !field.endsWith("[]") || seldom(next, 2));
  const bounds = BOUNDS.slice(0, -1).filter(() => seldom(next, 2));
  const classic = `bucket:${points(next, [...bounds, "+Inf"], isHostile)}`;
  const observed = kind > 0 ? String(total + (isHostile && seldom(next, 6) ? 1 : 0)) : "12";
  const fields = [
    `${prefix}count:${observed}`,
    `${prefix}sum:${seldom(next, 9) ? "NaN" : pick(next, NUMBERS)}`,
    ...(kind > 0 ? native : []),
    ...(kind < 2 ? [classic] : []),
  ];
  return braced(next, isHostile, fields);
}

function braced(next: Next, isHostile: boolean, fields: string[]): string {
  if (seldom(next, 5)) fields.push(fields.shift()!);
  if (isHostile && seldom(next, 5)) fields.splice(next(fields.length), next(1));
  if (isHostile && seldom(next, 5)) fields.push(pick(next, ["", "count:1", "sum:1", "x:1"]));
  return `{${fields}}`;
}

function points(next: Next, bounds: string[], isHostile: boolean): string {
  if (isHostile && seldom(next, 8)) bounds.push(pick(next, [...BOUNDS, "NaN", ""]));
  let count = 0;
  const items = bounds.map((bound) => {
    count += next(5);
    return `${bound}:${isHostile ? number(next, true) : count}`;
  });
  // "1" and "1.0" are one quantile.
  if (!isHostile) items.splice(bounds.indexOf("1.0") >>> 0, 1);
  return `[${items}]`;
}

function number(next: Next, isHostile: boolean): string {
  return pick(next, isHostile && seldom(next, 8) ? ODD_NUMBERS : NUMBERS);
}

function tail(next: Next, isHostile: boolean): string {
  const time = () => pick(next, ["1.5", "1520879607.789", "-3", "1520879607.123456789", "1e9"]);
  let text = seldom(next, 4) ? ` ${time()}` : "";
  if (seldom(next, 3)) text += ` st@${time()}`;
  if (isHostile && seldom(next, 9)) text += ` ${time()}`;
  for (let i = seldom(next, 3) ? next(3) : 0; i > 0; i--) {
    const labels = pick(next, ["", 'id="a}"', '"k.v"="ö",b=""', String.raw`id="\"\n"`]);
    text += ` # {${labels}} ${number(next, isHostile)}`;
    if (!(isHostile && seldom(next, 5))) text += ` ${time()}`;
  }
  return text;
}
