import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "@std/yaml";

export const deployFolder = resolve(import.meta.dirname!, "..", "..", "..", "deploy");

// deno-lint-ignore no-explicit-any -- manifests; a wrong shape fails the assertion that reads it
export type Manifest = any;

/**
 * Every YAML file in `deploy/` that stands for itself, by its path below it, in the order of the paths.
 * What Helm or Kustomize makes manifests of is not among them.
 */
export function deployFiles(): string[] {
  return globSync("**/*.yaml", { cwd: deployFolder }).sort().filter((file) =>
    !/^(helm|kustomize)\//.test(file)
  );
}

/** The documents of one file: `parse` of `@std/yaml` and of npm's yaml both read a single one. */
export function documents(file: string): Manifest[] {
  return readFileSync(join(deployFolder, file), "utf8").split(/^---\n/m).map((text) => parse(text));
}

export function byName(list: Manifest[], name: string): Manifest {
  const found = list.find((entry) => entry.name === name);
  assert.ok(found, `nothing is called ${name}`);
  return found;
}
