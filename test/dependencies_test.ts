/** What package.json asks for, and what package-lock.json pins. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";

const root = resolve(import.meta.dirname!, "..");
const [manifest, lock, deno] = ["package.json", "package-lock.json", "deno.json"]
  .map((file) => JSON.parse(readFileSync(`${root}/${file}`, "utf8")));
const wanted = Object.entries<string>({ ...manifest.dependencies, ...manifest.devDependencies });
const exact = /^\d+\.\d+\.\d+$/;

test("every version is exact but the alias that the README explains", () => {
  const ranges = wanted.filter(([, version]) => !exact.test(version));
  assert.deepEqual(ranges, [["@std/yaml", "npm:yaml@^2"]]);
  assert.match(readFileSync(`${root}/README.md`, "utf8"), /`npm:yaml@\^2`.*only range/s);
  assert.equal(deno.imports["@std/yaml"], "npm:yaml@^2");
});

test("the lock file is that of package.json, and what is installed is what it pins", () => {
  const { dependencies, devDependencies } = lock.packages[""];
  assert.deepEqual([dependencies, devDependencies], [
    manifest.dependencies,
    manifest.devDependencies,
  ]);
  for (const [name, version] of wanted) {
    const pinned = lock.packages[`node_modules/${name}`].version;
    assert.match(pinned, exact, name);
    if (exact.test(version)) assert.equal(pinned, version, name);
    const path = `${root}/node_modules/${name}/package.json`;
    assert.equal(JSON.parse(readFileSync(path, "utf8")).version, pinned, name);
  }
});

test("every package in the lock file is pinned by its contents", () => {
  const entries = Object.entries<{ integrity?: string }>(lock.packages).filter(([path]) => path);
  const loose = entries.filter(([, { integrity }]) => !integrity?.startsWith("sha512-"));
  assert.deepEqual(loose, []);
});

test("the packages that run a script when they are installed are those that may", () => {
  const entries = Object.entries<{ hasInstallScript?: boolean }>(lock.packages);
  const scripted = entries.filter(([, entry]) => entry.hasInstallScript).map(([path]) => path);
  const allowed = Object.keys(manifest.allowScripts).map((name) => `node_modules/${name}`);
  assert.deepEqual(scripted, allowed);
});
