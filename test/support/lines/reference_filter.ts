import type { PolicyText } from "./filtered.ts";

/**
 * What a scrape has to make of an exposition, in the plainest way: lines by `split`, samples by one
 * regular expression. It knows what `random_exposition.ts` writes and the matchers used there.
 */
export function referenceFilter(
  text: string,
  policies: readonly PolicyText[],
  maxLineBytes: number,
): string {
  const types = new Map<string, string>();
  const held = new Map<string, string>();
  const seen = new Set<string>();
  const kept = new Set<string>();
  let out = "";

  const familyOf = (name: string): string | undefined => {
    if (types.has(name) || held.has(name)) return name;
    for (const [family, type] of types) {
      if (SUFFIXES[type]?.some((suffix) => name === family + suffix)) return family;
    }
    return undefined;
  };

  for (const line of text.split(/(?<=\n)/)) {
    const bare = line.replace(/\n$/, "");
    const metadata = /^# (HELP|TYPE|UNIT) (\S+)(?: (.*))?$/.exec(bare);
    if (metadata !== null) {
      const [, kind, family, rest] = metadata;
      if (seen.has(`${kind} ${family}`)) continue;
      seen.add(`${kind} ${family}`);
      if (kind === "TYPE") types.set(family, rest);
      // What comes after its samples stays there.
      if (kept.has(family) && !held.get(family)) out += line;
      else held.set(family, (held.get(family) ?? "") + line);
      continue;
    }
    if (bare.trim() === "" || bare.startsWith("#")) {
      out += line;
      continue;
    }
    const name = /^[\w:]+/.exec(bare)?.[0] ?? /^\{"([^"]+)"/.exec(bare)?.[1] ?? "";
    const family = familyOf(name);
    const isLong = new TextEncoder().encode(line.replace(/\n$/, "")).length > maxLineBytes;
    const sample = isLong ? undefined : readSample(bare, family && types.get(family));
    if (sample && policies.some((policy) => !policy.keep && matches(policy, sample))) continue;
    // What a name alone decides goes for lines that cannot be read, too.
    const named = /^\w[^ {]*/.exec(bare)?.[0];
    if (sample === undefined && !isLong && named !== undefined) {
      const unread = {
        name: named,
        labels: new Map(),
        value: NaN,
        type: typeOf(family && types.get(family)),
      };
      const onName = policies.filter(({ keep, match }) => !keep && match.every(readsNameOnly));
      if (onName.some((policy) => matches(policy, unread))) continue;
    }
    if (family !== undefined) {
      out += held.get(family) ?? "";
      held.set(family, "");
    }
    if (family !== undefined) kept.add(family);
    else if (sample !== undefined) {
      kept.add(name).add(name.replace(/_(total|created|bucket|sum|count)$/, ""));
    }
    out += line;
  }
  return out;
}

interface Sample {
  name: string;
  labels: Map<string, string>;
  value: number;
  type: string;
}

const SUFFIXES: Record<string, string[] | undefined> = {
  counter: ["_total", "_created"],
  histogram: ["_bucket", "_sum", "_count", "_created"],
  summary: ["_sum", "_count", "_created"],
};

const LABEL = String.raw`\w+="(?:[^"\\]|\\.)*"`;
const BARE = String.raw`([a-zA-Z_:][\w:]*)(?:\{((?:${LABEL},?)*)\})?`;
const QUOTED = String.raw`\{"([^"]+)"((?:,${LABEL})*)\}`;
const SAMPLE = new RegExp(String.raw`^(?:${BARE}|${QUOTED}) ([-+]?[\d.]+|NaN|[-+]Inf)( \d+)?$`);

function readSample(line: string, type: string | undefined): Sample | undefined {
  const found = SAMPLE.exec(line);
  if (found === null) return undefined;
  const labels = new Map<string, string>();
  for (
    const [, name, value] of (found[2] ?? found[4] ?? "").matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)
  ) {
    const text = value.replace(/\\(.)/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
    labels.set(name, text);
  }
  return {
    name: found[1] ?? found[3],
    labels,
    value: Number(found[5].replace("Inf", "Infinity")),
    type: typeOf(type),
  };
}

function typeOf(type: string | undefined): string {
  return { counter: "sum", histogram: "histogram", summary: "summary" }[type ?? ""] ?? "gauge";
}

function readsNameOnly(matcher: Record<string, unknown>): boolean {
  return "metric_type" in matcher || !("datapoint_attribute" in matcher);
}

function matches(policy: PolicyText, sample: Sample): boolean {
  return policy.match.every((matcher) => {
    if ("metric_type" in matcher) return sample.type === matcher.metric_type;
    if (matcher.datapoint_attribute === "value") return sample.value > Number(matcher.gt);
    const label = matcher.datapoint_attribute;
    const text = label === undefined ? sample.name : sample.labels.get(String(label)) || undefined;
    return textMatches(matcher, text) !== (matcher.negate === true);
  });
}

function textMatches(matcher: Record<string, unknown>, text: string | undefined): boolean {
  if ("exists" in matcher) return (text !== undefined) === matcher.exists;
  if (text === undefined) return false;
  if ("equals" in matcher) return text === matcher.equals;
  if ("starts_with" in matcher) return text.startsWith(String(matcher.starts_with));
  if ("contains" in matcher) return text.includes(String(matcher.contains));
  return new RegExp(String(matcher.regex)).test(text);
}
