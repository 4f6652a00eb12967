/**
 * `npm run release`: builds the four Linux binaries into `dist/release` and writes beside them
 * `weir.cdx.json` (what they consist of, CycloneDX 1.6), `THIRD-PARTY-LICENSES.txt` and `SHA256SUMS`
 * over all of these. The same sources give the same files; SOURCE_DATE_EPOCH (Unix seconds) puts a
 * time into the first one. `--papers` writes only the first two, `--outdir DIR` replaces the folder.
 * Exits with 1 when anything of it could not be made.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { crossTargets } from "../cross_targets.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { thirdPartyLicenses } from "./third_party_licenses.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const papers = ["weir.cdx.json", "THIRD-PARTY-LICENSES.txt"] as const;
const files = crossTargets.map(({ file }) => file);

function main(): void {
  const { values } = parseArgs({
    options: {
      papers: { type: "boolean", default: false },
      outdir: { type: "string", default: join(root, "dist", "release") },
    },
  });
  mkdirSync(values.outdir, { recursive: true });
  if (values.papers) return writePapers(values.outdir, []);

  const sums = "SHA256SUMS";
  for (const file of [...files, ...papers, sums]) {
    rmSync(join(values.outdir, file), { force: true });
  }
  buildBinaries(values.outdir);
  writePapers(values.outdir, files.map((file) => ({ file, sha256: sha256(values.outdir, file) })));
  const lines = [...files, ...papers].sort()
    .map((file) => `${sha256(values.outdir, file)}  ${file}\n`);
  writeFileSync(join(values.outdir, sums), lines.join(""));
  console.log(lines.join("").trimEnd());
}

/** Throws when one of the binaries was not made: a release has all of them. */
function buildBinaries(outdir: string): void {
  const args = [join(root, "scripts", "build.ts"), "--all", "--outdir", outdir];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`scripts/build.ts ended with ${status}`);
  // This machine's own is one of the four.
  rmSync(join(outdir, "weir"));
  const missing = files.filter((file) => !existsSync(join(outdir, file)));
  if (missing.length > 0) throw new Error(`not made: ${missing.join(", ")}`);
}

function writePapers(outdir: string, binaries: { file: string; sha256: string }[]): void {
  const lock = readJson("package-lock.json");
  const bill = billOfMaterials({
    manifest: readJson("package.json"),
    lock,
    runtimes: crossTargets.map(({ runtime }) => runtime),
    binaries,
    time: sourceDate(process.env.SOURCE_DATE_EPOCH),
  });
  const texts = [JSON.stringify(bill, undefined, 2) + "\n", thirdPartyLicenses(root, lock)];
  papers.forEach((file, index) => writeFileSync(join(outdir, file), texts[index]));
}

function sourceDate(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,11}$/.test(text)) {
    throw new Error(`SOURCE_DATE_EPOCH: found ${JSON.stringify(text)}, wanted Unix seconds`);
  }
  return Number(text);
}

function sha256(folder: string, file: string): string {
  return createHash("sha256").update(readFileSync(join(folder, file))).digest("hex");
}

// deno-lint-ignore no-explicit-any -- two well-known files of npm's
function readJson(file: string): any {
  return JSON.parse(readFileSync(join(root, file), "utf8"));
}

try {
  main();
} catch (error) {
  console.error(`release: ${(error as Error).message}`);
  process.exitCode = 1;
}
