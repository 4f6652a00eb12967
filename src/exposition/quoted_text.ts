/** True for a metric name that needs no quotes. */
export function isPlainMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/**
 * A metric's name as HELP and TYPE have it: Prometheus 3 quotes what is outside the classic
 * alphabet. Behind such a name's samples it stands inside the braces.
 */
export function metricNameText(name: string): string {
  return isPlainMetricName(name) ? name : `"${escapeQuoted(name)}"`;
}

/** A label's name as it is written. */
export function labelNameText(name: string): string {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : `"${escapeQuoted(name)}"`;
}

/** A text as it stands between quotes in both formats, and in OpenMetrics's HELP. */
export function escapeQuoted(text: string): string {
  return /[\\\n"]/.test(text) ? text.replace(/[\\\n"]/g, (c) => ESCAPES[c]) : text;
}

/** HELP in text 0.0.4 leaves the double quote as it is. */
export function escapeTextHelp(text: string): string {
  return text.replace(/[\\\n]/g, (c) => ESCAPES[c]);
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", '"': '\\"' };
