/**
 * Returns a text as it stands in an SVG document, without characters that XML does not have, or that
 * turn the direction of what follows.
 */
export function escaped(text: string): string {
  return text.toWellFormed().replace(HIDDEN, "\ufffd").replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
