/**
 * Returns a pattern with a name of its own for each group that has one, and what the names were. Go
 * takes a name twice, which re2js refuses.
 */
export function withUniqueNames(
  pattern: string,
): { readonly pattern: string; readonly written: ReadonlyMap<string, string> } {
  const written = new Map<string, string>();
  const renamed = pattern.replace(TOKEN, (token, opening: string | undefined, name: string) => {
    if (opening === undefined) return token;
    let unique = name;
    while (written.has(unique)) unique += "_";
    written.set(unique, name);
    return `${opening}${unique}>`;
  });
  return { pattern: renamed, written };
}

/** What may hold a `(?P<` that opens no group: quoted text, an escape, a class; and what opens one. */
const TOKEN =
  /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]?|(\(\?P?<)([^>]*)>/g;
