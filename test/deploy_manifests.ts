import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "@std/yaml";

export const deployFolder = resolve(import.meta.dirname!, "..", "deploy");

// deno-lint-ignore no-explicit-any -- manifests; a wrong shape fails the assertion that reads it
export type Manifest = any;

/** The documents of one file: `parse` of `@std/yaml` and of npm's yaml both read a single one. */
export function documents(file: string): Manifest[] {
  return readFileSync(join(deployFolder, file), "utf8").split(/^---\n/m).map((text) => parse(text));
}

export function byName(list: Manifest[], name: string): Manifest {
  const found = list.find((entry) => entry.name === name);
  assert.ok(found, `nothing is called ${name}`);
  return found;
}

/** What the "restricted" Pod Security Standard asks of a container. */
export function assertRestricted({ securityContext }: Manifest): void {
  assert.equal(securityContext.runAsNonRoot, true);
  assert.equal(securityContext.allowPrivilegeEscalation, false);
  assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
  assert.deepEqual(securityContext.seccompProfile, { type: "RuntimeDefault" });
}
