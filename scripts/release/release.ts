/**
 * `npm run release`: makes a release in `dist/release`: the four Linux binaries, each also as `.gz`;
 * Debian packages; what the binary writes for those who install it; `weir.cdx.json` (what the
 * binaries consist of, CycloneDX 1.6), `THIRD-PARTY-LICENSES.txt`, and `SHA256SUMS` over all of these.
 * The same sources give the same files; SOURCE_DATE_EPOCH (Unix seconds) puts a time into the bill.
 * A release has a commit and a heading in CHANGELOG.md; `--draft` makes one that has not. `--papers`
 * writes only bill and licences, `--outdir DIR` replaces the folder. Exits with 1 when anything of it
 * could not be made.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { revision, sourceSeconds } from "../compile.ts";
import { crossTargets } from "../cross_targets.ts";
import { billOfMaterials } from "./bill_of_materials.ts";
import { debianPackage } from "./debian_package.ts";
import { writtenBy } from "./extras.ts";
import { releaseObstacle } from "./releasable.ts";
import { thirdPartyLicenses } from "./third_party_licenses.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const papers = ["weir.cdx.json", "THIRD-PARTY-LICENSES.txt"] as const;
const binaries = crossTargets.map(({ file }) => file);

function main(): void {
  const { values: { papers: onlyPapers, draft, outdir } } = parseArgs({
    options: {
      papers: { type: "boolean", default: false },
      draft: { type: "boolean", default: false },
      outdir: { type: "string", default: join(root, "dist", "release") },
    },
  });
  mkdirSync(outdir, { recursive: true });
  if (onlyPapers) return writePapers(outdir, []);

  const { version } = readJson("package.json");
  const changelog = readFileSync(join(root, "CHANGELOG.md"), "utf8");
  const obstacle = draft ? undefined : releaseObstacle(version, revision(), changelog);
  if (obstacle !== undefined) throw new Error(obstacle);

  // Another release's files would be taken for this one's.
  for (const file of releaseFiles(outdir)) rmSync(join(outdir, file));
  const extras = buildBinaries(outdir);
  writePapers(outdir, binaries.map((file) => ({ file, sha256: sha256(outdir, file) })));
  buildPackages(outdir, extras);
  writeSums(outdir);
}

/**
 * Builds the binaries, compresses them, and has this machine's own write what it writes. Returns the
 * last by its path in a package. Throws when one was not made: a release has all of them.
 */
function buildBinaries(outdir: string): Record<string, string> {
  const args = [join(root, "scripts", "build.ts"), "--all", "--outdir", outdir];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) throw new Error(`scripts/build.ts ended with ${status}`);
  const missing = binaries.filter((file) => !existsSync(join(outdir, file)));
  if (missing.length > 0) throw new Error(`not made: ${missing.join(", ")}`);
  for (const file of binaries) {
    const bytes = readFileSync(join(outdir, file));
    writeFileSync(join(outdir, `${file}.gz`), gzipSync(bytes, { level: 9 }));
  }

  const own = join(outdir, "weir");
  const extras = writtenBy(own);
  for (const { file, text } of extras) writeFileSync(join(outdir, file), text);
  // One of the four, once more.
  rmSync(own);
  return Object.fromEntries(extras.map(({ path, text }) => [path, text]));
}

function buildPackages(outdir: string, extras: Record<string, string>): void {
  for (const { arch, libc, file } of crossTargets) {
    if (libc !== "glibc") continue;
    debianPackage({
      manifest: readJson("package.json"),
      arch,
      binary: join(outdir, file),
      papers: papers.map((paper) => join(outdir, paper)),
      extras,
      time: sourceSeconds() ?? 0,
    }, outdir);
  }
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

function writeSums(outdir: string): void {
  const lines = releaseFiles(outdir).map((file) => `${sha256(outdir, file)}  ${file}\n`);
  writeFileSync(join(outdir, "SHA256SUMS"), lines.join(""));
  console.log(lines.join("").trimEnd());
}

/** What is a release's in that folder. */
function releaseFiles(outdir: string): string[] {
  const name = /^(weir([-_.].*)?|_weir|THIRD-PARTY-LICENSES\.txt|SHA256SUMS)$/;
  return readdirSync(outdir).filter((file) => name.test(file)).sort();
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
