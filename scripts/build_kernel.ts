/**
 * `npm run kernel` compiles `src/engine/assembly` and puts the module's bytes into
 * `src/engine/kernel_bytes.ts`. With `--check` nothing is written: exits with 1 when the embedded
 * bytes are not what the sources build.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

const root = resolve(import.meta.dirname!, "..");
const embedded = join(root, "src", "engine", "kernel_bytes.ts");

const flags = [
  "-Os",
  "--noAssert",
  "--runtime",
  "stub",
  "--enable",
  "simd,bulk-memory",
  // 64 KiB each: the parts of fixed size, and room for a line's key behind them.
  "--initialMemory",
  "4",
];

/** The module's bytes. Throws with the compiler's messages when the sources are wrong. */
function compile(): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "weir-kernel-"));
  try {
    const file = join(folder, "kernel.wasm");
    const compiler = join(root, "node_modules", "assemblyscript", "bin", "asc.js");
    const args = [compiler, "src/engine/assembly/kernel.ts", "-o", file, ...flags];
    const run = spawnSync("node", args, { cwd: root, encoding: "utf8" });
    if (run.status !== 0) throw new Error(run.stderr || String(run.error));
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sourceOf(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString("base64").match(/.{1,96}/g)!;
  return [
    "// Built by `npm run kernel` from src/engine/assembly: not to be edited.",
    "",
    `/** The kernel's WebAssembly module, ${bytes.length} bytes in base64. */`,
    "export const KERNEL_BASE64 = `",
    ...lines,
    "`;",
    "",
  ].join("\n");
}

function main(): number {
  const source = sourceOf(compile());
  if (!process.argv.includes("--check")) {
    writeFileSync(embedded, source);
    return 0;
  }
  if (readFileSync(embedded, "utf8") === source) return 0;
  console.error(`${embedded} is not what src/engine/assembly builds: run \`npm run kernel\``);
  return 1;
}

process.exitCode = main();
