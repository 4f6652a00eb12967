/** Returns what a string of PromQL says: in quotes with Go's escapes, or in backquotes as it stands. */
export function promqlString(quoted: string): string {
  const inner = quoted.slice(1, -1);
  return quoted.startsWith("`") ? inner : inner.replace(ESCAPE, (_, hex, octal, one) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex.slice(1), 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    return CONTROLS[one] ?? one;
  });
}

const ESCAPE = /\\(?:(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})|([0-7]{3})|(.))/gs;

const CONTROLS: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};
