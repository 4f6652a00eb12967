import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lockedPackage, type PackageLock, productionPackages } from "./locked_packages.ts";

/**
 * The licences of everything that is built into the binaries, which ask to go with every copy: of
 * each bundled package its licence and notice files as they are installed below `root`, and Bun's
 * own list of what it links. Throws when a package has no such file, or when what is installed is
 * not what the lock file names.
 */
export function thirdPartyLicenses(root: string, lock: PackageLock): string {
  const sections = productionPackages(lock).map(({ path, name, version, license }) => {
    assertInstalled(root, path, version);
    const folder = join(root, path);
    const files = readdirSync(folder).filter((file) => LICENSE_FILE.test(file)).sort();
    if (files.length === 0) throw new Error(`${path}: found no licence file, wanted one`);
    const texts = files.map((file) => readFileSync(join(folder, file), "utf8"));
    return section(`${name} ${version} (${license})`, texts.join("\n"));
  });
  return [INTRODUCTION, ...sections, bunSection(root, lock)].join("\n");
}

/** Bun's packages hold no licence: its documentation does, which comes with its types. */
function bunSection(root: string, lock: PackageLock): string {
  const { version, license } = lockedPackage(lock, "node_modules/bun");
  assertInstalled(root, "node_modules/bun-types", version);
  const page = join(root, "node_modules", "bun-types", "docs", "project", "license.mdx");
  const text = readFileSync(page, "utf8").replace(/^---\n[^]*?\n---\n/, "");
  return section(`bun ${version} (${license}, and those of what it links)`, text);
}

function assertInstalled(root: string, path: string, version: string): void {
  const installed = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8")).version;
  if (installed !== version) {
    throw new Error(`${path}: found ${installed}, wanted ${version}: run npm ci`);
  }
}

function section(title: string, text: string): string {
  return `${"=".repeat(80)}\n${title}\n${"=".repeat(80)}\n\n${text.trim()}\n`;
}

const LICENSE_FILE = /^(licen[cs]e|notice|copying)(\.|$)/i;

const INTRODUCTION = `Weir is licensed under the Apache License, version 2.0. Its binaries contain
the works below, each under its own licence.
`;
