import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { bytesOf, type FuzzInput } from "./fuzz_target.ts";
import type { Finding } from "./run_target.ts";

const root = resolve(import.meta.dirname!, "../..");

export const casesFolder: string = join(root, "test/cases/fuzz");

/** Beside the input's files: what was broken when the case was found. */
const NOTE = "finding.json";

export interface KeptCase {
  /** `target/name`. */
  readonly name: string;
  readonly target: string;
  readonly input: FuzzInput;
}

/** Writes a finding as a folder of its own, which the tests run from then on; returns the folder. */
export function keepFinding(finding: Finding, folder = casesFolder): string {
  const { target, seed, rule, detail, input } = finding;
  const path = join(folder, target, `${rule.replace(/\W+/g, "_")}_${seed}`);
  mkdirSync(path, { recursive: true });
  for (const [file, bytes] of Object.entries(input)) writeFileSync(join(path, file), bytes);
  const lines = detail.replaceAll(`${root}/`, "").slice(0, 2_000).split("\n");
  const note = { seed, broke: rule, detail: lines.slice(0, 20) };
  writeFileSync(join(path, NOTE), bytesOf(`${JSON.stringify(note, null, 2)}\n`));
  return path;
}

/** All cases that were kept, by name. */
export function keptCases(folder = casesFolder): KeptCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).sort().flatMap((target) =>
    readdirSync(join(folder, target)).sort().map((name) => {
      const path = join(folder, target, name);
      const files = readdirSync(path).filter((file) => file !== NOTE);
      const input = files.map((file) => [file, new Uint8Array(readFileSync(join(path, file)))]);
      return { name: `${target}/${name}`, target, input: Object.fromEntries(input) };
    })
  );
}
