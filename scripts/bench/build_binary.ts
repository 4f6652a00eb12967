import { spawnSync } from "node:child_process";
import { join } from "node:path";
import process from "node:process";

const BUILD = join(import.meta.dirname!, "..", "build.ts");

/**
 * Compiles Weir into `dist`, or `entry` with the same flags into `outdir`, and returns the path of
 * what was made. Throws when it could not be made.
 */
export function buildBinary(outdir?: string, entry?: string): string {
  const args = [BUILD];
  if (outdir !== undefined) args.push("--outdir", outdir);
  if (entry !== undefined) args.push("--entry", entry);
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`scripts/build.ts ended with ${status}: ${stderr}`);
  return join(outdir ?? join(BUILD, "..", "..", "dist"), "weir");
}
