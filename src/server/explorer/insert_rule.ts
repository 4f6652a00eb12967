const MAIN = /^metric_relabel_configs:[ \t]*(\[[ \t]*\])?[ \t]*(?:#.*)?$/;

/**
 * Returns the text of a relabel file with one rule more at the end of its main list; undefined where
 * the list is not written one rule below the other. `rule` is an item of a YAML list.
 */
export function insertRule(text: string, rule: string): string | undefined {
  if (text.trim() === "") return `metric_relabel_configs:\n${rule}\n`;
  const lines = text.replace(/\n+$/, "").split("\n");
  const key = lines.findIndex((line) => MAIN.test(line));
  if (key >= 0) {
    lines[key] = lines[key].replace(/\[[ \t]*\][ \t]*/, "");
    const next = lines.findIndex((line, index) => index > key && /^[^\s#-]/.test(line));
    return inserted(lines, key + 1, next < 0 ? lines.length : next, rule);
  }
  const first = lines.findIndex((line) => !/^\s*(#|$)|^---/.test(line));
  return /^\s*- /.test(lines[first] ?? "") ? inserted(lines, first, lines.length, rule) : undefined;
}

/** Puts the rule after the items from `start` to `end`, as far in as they are. */
function inserted(lines: string[], start: number, end: number, rule: string): string {
  const item = lines.slice(start, end).find((line) => /^\s*- /.test(line));
  const indent = /^\s*/.exec(item ?? "")![0];
  while (end > start && lines[end - 1].trim() === "") end--;
  lines.splice(end, 0, ...rule.split("\n").map((line) => indent + line));
  return `${lines.join("\n")}\n`;
}
