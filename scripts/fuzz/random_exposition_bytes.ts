import { excerpt, expositions } from "./corpus.ts";
import type { Crowd } from "./crowd.ts";
import { bytesOf, type Next, pick, seldom, times } from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";

const TEXT_TYPES = ["counter", "gauge", "histogram", "summary", "untyped", ""];
const OPEN_TYPES = [...TEXT_TYPES.slice(0, 4), "unknown", "info", "stateset", "gaugehistogram", ""];
const LABELS = ["path", "code", "le", "a", "x_a", "x_b", '"k.v"', '"ö"', "__tmp", "job"];
const VALUES = [
  "",
  "1",
  "2",
  "/a",
  "GET",
  String.raw`q\"u`,
  String.raw`b\\`,
  String.raw`n\n`,
  "ö,}",
  " ",
];
const NUMBERS = [
  "0",
  "1",
  "2.5",
  "-3",
  "+7",
  "1e3",
  "NaN",
  "+Inf",
  "-Inf",
  "007",
  "9007199254740993",
];
const ODD_NUMBERS = ["0x1p-2", "1_000", "nan", "infinity", "1e", "1e999", ".5", "5.", "", "٣", "-"];
const BOUNDS = ["0.1", "1", "1.0", "1e0", "2.5", "+Inf"];

/** How one exposition is written. */
interface Style {
  readonly openMetrics: boolean;
  /** Writes what no reader has to take. */
  readonly hostile: boolean;
  /** More names, and other labels and values. */
  readonly crowd: Crowd | undefined;
}

/** Right ones, wrong ones, and real ones with something done to them. */
export function randomExpositionBytes(
  next: Next,
  openMetrics: boolean,
  crowd: Crowd | undefined,
): Uint8Array<ArrayBuffer> {
  const kind = next(9);
  if (kind < 2 && crowd === undefined) {
    const bytes = excerpt(next, expositions, 40);
    return kind === 0 ? bytes : mutated(next, bytes);
  }
  const style = { openMetrics, hostile: kind > 6, crowd };
  const names = crowd?.names ??
    times(1 + next(5), (i) => pick(next, ["f", "fa", "go:x", "a_b"]) + i);
  const blocks = names.map((name) => family(next, name, style));
  if (style.hostile) blocks.splice(next(blocks.length), 0, pick(next, HOSTILE_BLOCKS)(next));
  let text = blocks.join("");
  if (openMetrics && !(style.hostile && seldom(next, 3))) text += "# EOF\n";
  if (style.hostile && seldom(next, 3)) text = text.replaceAll("\n", "\r\n");
  if (style.hostile && seldom(next, 3)) text = text.slice(0, -1);
  return style.hostile && seldom(next, 2) ? mutated(next, bytesOf(text)) : bytesOf(text);
}

const HOSTILE_BLOCKS: readonly ((next: Next) => string)[] = [
  () => `f0{path="never closed 1\n`,
  () => `# TYPE f0 gauge\n# HELP f0 late\n# TYPE f0 counter\n`,
  () => "# HELP\n# TYPE f1\n#TYPE f1 gauge\n#\n\n \n",
  () => "# EOF\nbehind_eof 1\n",
  () => "\0\0 1\nf0\0 1\n",
  (next) => `f0{${times(next(2_000), (i) => `l${i}="${i}"`).join()}} 1\n`,
  (next) => `f1{path="${"x".repeat(seldom(next, 20) ? 1_100_000 : 5_000)}"} 1\n`,
  (next) => `${"y".repeat(seldom(next, 20) ? 1_100_000 : 5_000)}`,
  (next) => `f2${" ".repeat(next(5_000))}{ path = "1" , } \t ${pick(next, ODD_NUMBERS)}\n`,
  (next) => `{"f 3",path="1"} ${pick(next, ODD_NUMBERS)}\n{path="1","f.3"} 1\n{"f0"} 1\n{""} 1\n`,
  () => `f0{path="1",path="2"} 1\nf0{"__name__"="x"} 1\nf0{__name__="x"} 2\n`,
  () => `f0 1 2 3\nf0 1 1e3\nf0 1 # {} 1\nf0 1 # {a="} 1\n`,
];

function family(next: Next, base: string, style: Style): string {
  const { openMetrics, hostile } = style;
  const type = pick(next, openMetrics ? OPEN_TYPES : TEXT_TYPES);
  const unit = openMetrics && seldom(next, 3) ? "seconds" : "";
  const name = unit === "" ? base : `${base}_${unit}`;
  let metadata = type === "" ? [] : [`# TYPE ${name} ${type}`];
  if (!seldom(next, 3)) {
    metadata.push(`# HELP ${name} ${pick(next, ["Text.", "a\\\\b\\n", "ö  x", ""])}`);
  }
  if (unit !== "") metadata.push(`# UNIT ${name} ${unit}`);
  if (hostile && seldom(next, 3)) metadata = metadata.concat(metadata).reverse();
  const lines = new Map<string, string>();
  const { crowd } = style;
  const labels = (crowd?.labels ?? LABELS).filter((label) => label !== "le" && seldom(next, 3));
  const values = crowd?.values ?? VALUES;
  for (let i = next(6); i >= 0; i--) {
    for (const [suffix, part] of parts(next, type, openMetrics)) {
      const pairs = labels.map((label) => `${label}="${pick(next, values)}"`);
      if (part !== "") pairs.splice(next(pairs.length), 0, part);
      const series = name + suffix + braced(next, pairs, openMetrics);
      const key = `${suffix} ${pairs.filter((pair) => !pair.endsWith('=""'))}`;
      lines.set(hostile && seldom(next, 9) ? String(i) : key, series + tail(next, suffix, style));
    }
  }
  return [...metadata, ...lines.values()].map((line) => `${line}\n`).join("");
}

function braced(next: Next, pairs: readonly string[], openMetrics: boolean): string {
  if (pairs.length === 0) return seldom(next, 4) ? "{}" : "";
  if (openMetrics || !seldom(next, 5)) return `{${pairs}}`;
  return ` { ${pairs.join(pick(next, [", ", " ,\t", ","]))}${pick(next, ["", ",", " , "])}}`;
}

function tail(next: Next, suffix: string, { openMetrics, hostile }: Style): string {
  const blank = openMetrics || !seldom(next, 6) ? " " : pick(next, ["\t", "  ", " \t "]);
  const value = pick(next, hostile && seldom(next, 8) ? ODD_NUMBERS : NUMBERS);
  const time = openMetrics
    ? pick(next, ["1.5", "1520879607.789", "-3"])
    : pick(next, ["1000", "-5"]);
  const stamp = seldom(next, 5) ? blank + time : "";
  const mayExemplify = openMetrics && /_(total|bucket)$/.test(suffix);
  const exemplar = mayExemplify && seldom(next, 4)
    ? ` # {id="a}"} ${pick(next, ["1", "0.5 2.5"])}`
    : "";
  return blank + value + stamp + exemplar;
}

/** Suffixes of samples, each with its `le` or `quantile`. */
function parts(next: Next, type: string, openMetrics: boolean): [suffix: string, part: string][] {
  const bound = pick(next, BOUNDS);
  switch (type) {
    case "counter":
      return openMetrics ? [["_total", ""], ["_created", ""]] : [["", ""]];
    case "histogram":
      return [["_bucket", `le="${bound}"`], ["_sum", ""], ["_count", ""]];
    case "gaugehistogram":
      return [["_bucket", `le="${bound}"`], ["_gsum", ""], ["_gcount", ""]];
    case "summary":
      return [["", `quantile="${bound}"`], ["_sum", ""], ["_count", ""]];
    case "info":
      return [["_info", ""]];
    default:
      return [["", ""]];
  }
}
