/**
 * Bundles the explorer page's script and style into `src/server/explorer_bundle.ts`, so that every
 * runtime and the binary have them as texts. `--check` writes nothing, and exits with 1 when that file
 * is not what the sources build.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";

const root = resolve(import.meta.dirname!, "..");
const bundle = join(root, "src", "server", "explorer_bundle.ts");

function main(): number {
  const text = moduleText(built("main.ts"), built("style.css"));
  if (process.argv.includes("--check")) {
    const isSame = readFileSync(bundle, "utf8") === text;
    if (!isSame) console.error(`${bundle} is not what its sources build: npm run explorer`);
    return isSame ? 0 : 1;
  }
  writeFileSync(bundle, text);
  console.log(`built ${bundle} (${text.length} characters)`);
  return 0;
}

/** A file of the explorer, with all that it imports, for browsers. Throws when it cannot be built. */
function built(name: string): string {
  const bun = join(root, "node_modules", ".bin", "bun");
  const file = join("src", "server", "explorer", name);
  const flags = ["--minify", "--target=browser", "--format=iife"];
  const run = spawnSync(bun, ["build", ...flags, file], { cwd: root, encoding: "utf8" });
  if (run.status !== 0) throw new Error(run.stderr || String(run.error));
  const text = run.stdout.trim();
  if (/<\/(?:script|style)|<!--/i.test(text)) throw new Error(`${file} would end its own element`);
  return text;
}

function moduleText(script: string, style: string): string {
  return `// Made by scripts/build_explorer.ts from src/server/explorer: \`npm run explorer\`.
export const EXPLORER_SCRIPT: string = ${JSON.stringify(script)};
export const EXPLORER_STYLE: string = ${JSON.stringify(style)};
`;
}

process.exitCode = main();
