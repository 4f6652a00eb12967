/** A byte order mark inside an exposition is text like any other. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * The text of a label value or quoted name with its escapes (`\\`, `\"`, `\n`) resolved. Any other
 * escape stays as it is, as in Prometheus; invalid UTF-8 becomes U+FFFD.
 */
export function decodeQuoted(bytes: Uint8Array, start: number, end: number): string {
  const text = decoder.decode(bytes.subarray(start, end));
  return text.includes("\\") ? unescapeQuoted(text) : text;
}

/** Bytes that need no unescaping, as text. */
export function decodePlain(bytes: Uint8Array, start: number, end: number): string {
  return decoder.decode(bytes.subarray(start, end));
}

function unescapeQuoted(text: string): string {
  return text.replace(/\\([\\"n])/g, (_, escaped) => escaped === "n" ? "\n" : escaped);
}
