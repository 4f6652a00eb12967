import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { temporaryFolder } from "./temporary_folder.ts";

/** The path of a policy file that drops what each of these matcher lists matches. */
export function dropPolicies(
  context: TestContext,
  ...matchers: readonly Readonly<Record<string, unknown>>[][]
): string {
  const path = join(temporaryFolder(context), "policies.json");
  writeDropPolicies(path, ...matchers);
  return path;
}

export function writeDropPolicies(
  path: string,
  ...matchers: readonly Readonly<Record<string, unknown>>[][]
): void {
  const policies = matchers.map((match, index) => ({
    id: `drop-${index}`,
    name: `Drop ${index}`,
    metric: { match, keep: false },
  }));
  writeFileSync(path, JSON.stringify({ policies }));
}
