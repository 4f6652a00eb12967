/** One sample as the strict reader has it. */
export interface ReferenceSample {
  readonly name: string;
  /** By name; those with an empty value are absent, as in Prometheus. */
  readonly labels: ReadonlyMap<string, string>;
  readonly value: string;
  readonly timestamp: string | undefined;
  /** As it was written, from the `#` on. */
  readonly exemplar: string | undefined;
}

const METRIC = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = "[a-zA-Z_][a-zA-Z0-9_]*";
const QUOTED = String.raw`"(?:[^"\\\n]|\\[\\"n])*"`;
const PAIR = `(?:${LABEL}|${QUOTED})=${QUOTED}`;
const NUMBER = String.raw`(?:[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|NaN|[-+]?Inf)`;

interface Grammar {
  readonly sample: RegExp;
  readonly exemplar: RegExp;
}

/** OpenMetrics knows one space between the parts and none inside the braces. */
const OPEN_METRICS = grammar({ blank: " ", blanks: "", comma: "", time: NUMBER });
/** The text format knows any number of blanks between any two tokens, and a comma at the end. */
const TEXT = grammar({ blank: "[ \\t]+", blanks: "[ \\t]*", comma: ",?", time: "-?\\d{1,18}" });

interface Spacing {
  readonly blank: string;
  readonly blanks: string;
  readonly comma: string;
  readonly time: string;
}

function grammar({ blank, blanks: b, comma, time }: Spacing): Grammar {
  const pair = PAIR.replace("=", `${b}=${b}`);
  const pairs = `(?:${pair}(?:${b},${b}${pair})*${b}${comma}${b})?`;
  const named = `(${METRIC})${b}(?:\\{${b}(${pairs})\\})?`;
  const quoted = `\\{${b}(${QUOTED})${b}((?:,${b}${pair}${b})*${comma}${b})\\}`;
  const tail = `${b === "" ? blank : b}(${NUMBER})(?:${blank}(${time}))?`;
  return {
    sample: new RegExp(`^${b}(?:${named}|${quoted})${tail}(?: (# .*))?${b}$`),
    exemplar: new RegExp(`^# \\{${pairs}\\} ${NUMBER}(?: ${NUMBER})?$`),
  };
}

/** Reads a line without its newline; a sentence when it is none of the format's. */
export function readReferenceSample(line: string, openMetrics: boolean): ReferenceSample | string {
  const { sample, exemplar } = openMetrics ? OPEN_METRICS : TEXT;
  const found = sample.exec(line);
  if (found === null) return "is no sample";
  const [, bare, bareLabels, quotedName, quotedLabels, value, timestamp, example] = found;
  // Blanks may be left out between braces and value only.
  if (!openMetrics && bare !== undefined && bareLabels === undefined) {
    if (/^[ \t]*[a-zA-Z0-9_:]+[-+.]/.test(line)) return "has no blank before its value";
  }
  const name = bare ?? unquoted(quotedName);
  if (name === "") return "has an empty name";
  if (example !== undefined && (!openMetrics || !exemplar.test(example))) {
    return "has no valid exemplar";
  }
  const labels = new Map<string, string>();
  const names = new Set<string>();
  const pair = new RegExp(`(${LABEL}|${QUOTED})[ \\t]*=[ \\t]*(${QUOTED})`, "g");
  for (const [, label, text] of (bareLabels ?? quotedLabels ?? "").matchAll(pair)) {
    const key = label.startsWith('"') ? unquoted(label) : label;
    if (key === "" || key === "__name__") return `has the label ${JSON.stringify(key)}`;
    if (names.has(key)) return `has the label ${JSON.stringify(key)} twice`;
    names.add(key);
    if (text !== '""') labels.set(key, unquoted(text));
  }
  return { name, labels, value, timestamp, exemplar: example };
}

export function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
}
