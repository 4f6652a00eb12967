/** The main list of a relabel file that is written one rule below the other. */
export interface RuleLines {
  readonly lines: readonly string[];
  readonly items: readonly RuleItem[];
  /** Where the next rule would stand: the number of lines before it. */
  readonly end: number;
  /** What stands before each rule. */
  readonly indent: string;
}

/** One rule with its lines, counted from 0; `end` is that of the first line behind it. */
export interface RuleItem {
  readonly start: number;
  readonly end: number;
  /** Undefined where it is written in a way that is left alone. */
  readonly fields: ReadonlyMap<string, RuleField> | undefined;
}

export interface RuleField {
  readonly line: number;
  readonly value: string | readonly string[];
  /** What stands before the value, and the comment behind it. */
  readonly before: string;
  readonly after: string;
}

const MAIN = /^metric_relabel_configs:[ \t]*(\[[ \t]*\])?[ \t]*(?:#.*)?$/;
const BLANK = /^\s*(?:#|$)/;

/**
 * Reads where the rules of a text stand: of a relabel file, or of a bare list. Undefined where they do
 * not stand one below the other.
 */
export function readRuleLines(text: string): RuleLines | undefined {
  if (text.trim() === "") return linesFrom(["metric_relabel_configs:"], 1, 1);
  const lines = text.replace(/\n+$/, "").split("\n");
  const key = lines.findIndex((line) => MAIN.test(line));
  if (key >= 0) {
    lines[key] = lines[key].replace(/\[[ \t]*\][ \t]*/, "");
    const next = lines.findIndex((line, index) => index > key && /^[^\s#-]/.test(line));
    return linesFrom(lines, key + 1, next < 0 ? lines.length : next);
  }
  const first = lines.findIndex((line) => !BLANK.test(line) && !line.startsWith("---"));
  if (first < 0) {
    return linesFrom([...lines, "metric_relabel_configs:"], lines.length + 1, lines.length + 1);
  }
  return /^\s*- /.test(lines[first]) ? linesFrom(lines, first, lines.length) : undefined;
}

function linesFrom(lines: readonly string[], start: number, end: number): RuleLines | undefined {
  while (end > start && lines[end - 1].trim() === "") end--;
  const first = lines.slice(start, end).find((line) => !BLANK.test(line)) ?? "- ";
  const indent = /^( *)-(?: |$)/.exec(first)?.[1];
  if (indent === undefined) return undefined;
  const starts = lines.flatMap((line, index) =>
    index >= start && index < end && line.startsWith(`${indent}-`) ? [index] : []
  );
  const items = starts.map((from, index): RuleItem => {
    let to = starts[index + 1] ?? end;
    while (to > from + 1 && BLANK.test(lines[to - 1])) to--;
    return { start: from, end: to, fields: fieldsOf(lines, from, to, indent.length) };
  });
  return { lines, items, end, indent };
}

/** The fields of a rule that is a map of texts and of lists in one line, a field a line. */
function fieldsOf(
  lines: readonly string[],
  start: number,
  end: number,
  indent: number,
): RuleItem["fields"] {
  const fields = new Map<string, RuleField>();
  let depth: number | undefined;
  for (let line = start; line < end; line++) {
    if (BLANK.test(lines[line])) continue;
    const match = /^((?: *- +| +)(?=[a-z_]))([a-z_]+):(?: +(.*))?$/.exec(lines[line]);
    if (match === null || fields.has(match[2])) return undefined;
    const [, margin, key, rest = ""] = match;
    const isFirst = margin.indexOf("-") === indent;
    depth ??= isFirst ? margin.length : undefined;
    if (margin.length !== depth || isFirst !== (line === start)) return undefined;
    const value = valueOf(rest);
    if (value === undefined) return undefined;
    fields.set(key, { line, before: `${margin}${key}: `, ...value });
  }
  return fields;
}

const QUOTED = /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|\[[^\]#]*\])(\s+#.*)?\s*$/;

function valueOf(text: string): Pick<RuleField, "value" | "after"> | undefined {
  const quoted = QUOTED.exec(text);
  if (quoted !== null) {
    const value = quoted[1].startsWith("[") ? listOf(quoted[1]) : scalarOf(quoted[1]);
    return value === undefined ? undefined : { value, after: quoted[2] ?? "" };
  }
  const [, plain, after = ""] = /^(.*?)(\s+#.*)?\s*$/.exec(text)!;
  const value = scalarOf(plain);
  return value === undefined ? undefined : { value, after };
}

function listOf(text: string): readonly string[] | undefined {
  const inner = text.slice(1, -1).trim();
  if (inner === "") return [];
  const parts = inner.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,"']+|,/g) ?? [];
  const values = parts.filter((part) => part !== ",").map((part) => scalarOf(part.trim()));
  const isWhole = values.length * 2 - 1 === parts.filter((part) => part.trim() !== "").length;
  return !isWhole || values.includes(undefined)
    ? undefined
    : values.flatMap((value) => value ?? []);
}

function scalarOf(text: string): string | undefined {
  if (text.startsWith('"')) {
    try {
      return JSON.parse(text);
    } catch {
      return undefined;
    }
  }
  if (/^'.*'$/.test(text)) return text.slice(1, -1).replaceAll("''", "'");
  const isPlain = text !== "" && !/^[-?:,[\]{}#&*!|>'"%@`]|: |:$| #/.test(text);
  return isPlain ? text : undefined;
}
