/** Values that are undefined leave their field out; an Error stands as its message. */
export type LogFields = Readonly<Record<string, unknown>>;

export interface LogLine {
  /** Unix time in milliseconds. */
  readonly timestampMs: number;
  readonly level: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** `ts=… level=… msg=… key=value`, without a line end. */
export function toLogfmt(line: LogLine): string {
  return entriesOf(line)
    .map(([key, value]) => `${logfmtKey(key)}=${logfmtValue(value)}`)
    .join(" ");
}

/** One JSON object with `ts`, `level` and `msg` before the fields, without a line end. */
export function toJson(line: LogLine): string {
  return escapeControls(JSON.stringify(Object.fromEntries(entriesOf(line))));
}

/** Flat, in the order of writing, with values that both formats can show. */
function entriesOf(line: LogLine): [string, JsonValue][] {
  const entries: [string, JsonValue][] = [
    ["ts", new Date(line.timestampMs).toISOString()],
    ["level", line.level],
    ["msg", line.message],
  ];
  for (const [key, value] of Object.entries(line.fields)) {
    if (value === undefined) continue;
    entries.push([reservedKeys.has(key) ? `${key}_` : key, plainValue(value)]);
  }
  return entries;
}

const reservedKeys = new Set(["ts", "level", "msg"]);

type JsonValue = string | number | boolean | null | object;

function plainValue(value: unknown): JsonValue {
  if (value === null) return null;
  if (value instanceof Error) return value.message || value.name;
  if (typeof value === "string" || typeof value === "boolean") return value;
  // JSON has no word for NaN and the infinities, and would say null.
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value !== "object") return String(value);
  try {
    return JSON.parse(JSON.stringify(value, bigintAsText)) ?? null;
  } catch {
    // A cycle, or a toJSON that throws: the line matters more than this field.
    return String(value);
  }
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

/** Keys cannot be quoted in logfmt. */
function logfmtKey(key: string): string {
  return key.replace(unsafeInKey, "_") || "_";
}

/** Quoted when empty or when a bare value would be split or misread. */
function logfmtValue(value: JsonValue): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return unsafeBare.test(text) ? escapeControls(JSON.stringify(text)) : text;
}

/** JSON.stringify leaves DEL, the C1 controls and the line separators, which terminals obey. */
function escapeControls(json: string): string {
  return json.replace(
    unescapedControls,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const unescapedControls = /[\u007f-\u009f\u2028\u2029]/g;
// deno-lint-ignore no-control-regex
const unsafeInKey = /[\u0000-\u0020="\u007f-\u009f\u2028\u2029]/g;
// deno-lint-ignore no-control-regex
const unsafeBare = /^$|[\u0000-\u0020="\\\u007f-\u009f\u2028\u2029\ud800-\udfff\ufffd]/;
