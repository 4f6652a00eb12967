/**
 * Writes `src/config/key_descriptions.ts`: what the tables of docs/configuration.md say of each key of a
 * config file, for the JSON Schema that `weir schema` prints. The tables are where keys are described;
 * a test holds the file to them.
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const DOCS = new URL("../docs/configuration.md", import.meta.url);
const TARGET = new URL("../src/config/key_descriptions.ts", import.meta.url);

/** The tables of keys in the order in which they stand, by what has the keys. */
const TABLES = ["file", "provider", "upstream", "aggregation"];

/** Returns the source of the file. */
export function keyDescriptions(docs: string): string {
  const tables: [string, string][][] = [];
  for (const line of docs.split("\n")) {
    const cells = line.split(/(?<!\\) ?\| ?/).slice(1, -1).map((cell) => cell.trim());
    if (cells[0] === "key" && cells.at(-1) === "meaning") tables.push([]);
    const [, key] = /^`([\w.]+)`$/.exec(cells[0] ?? "") ?? [];
    if (key !== undefined && tables.length > 0 && isInTable(cells)) {
      tables.at(-1)!.push([key, sentence(cells)]);
    }
  }
  const maps = tables.map((rows, index) => {
    const entries = rows.filter(([, text]) => text !== "")
      .map(([key, text]) => `    ${JSON.stringify(key)}:\n      ${JSON.stringify(text)},\n`);
    return `  ${TABLES[index]}: {\n${entries.join("")}  },\n`;
  });
  return "// Written by scripts/build_key_descriptions.ts from the tables of docs/configuration.md.\n\n" +
    "/** What each key of a config file means, by what has the key. */\n" +
    `export const KEY_DESCRIPTIONS = {\n${maps.join("")}} as const;\n`;
}

function isInTable(cells: readonly string[]): boolean {
  return cells.length >= 2 && cells.length <= 4;
}

/** Markdown's links as their texts; of tables with a default, that too. */
function sentence(cells: readonly string[]): string {
  const meaning = cells.at(-1)!.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").replaceAll("`", "");
  const standard = cells.length > 2 ? cells.at(-2)!.replaceAll("`", "") : "";
  const isTold = standard !== "" && !/see above|required/.test(standard);
  return isTold && meaning !== "" ? `${meaning} (default: ${standard})` : meaning;
}

if (import.meta.main) {
  writeFileSync(TARGET.pathname, keyDescriptions(readFileSync(DOCS.pathname).toString()));
  process.stdout.write(`wrote ${TARGET.pathname}\n`);
}
