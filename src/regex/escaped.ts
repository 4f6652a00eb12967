/** Returns an RE2 pattern that matches the text and nothing else. */
export function escapedRegex(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&");
}
