import { ConfigError, messageOf } from "../problems/config_error.ts";
import { readNamedFile } from "../config/parse_text.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { diffExpositions } from "../testing/exposition_diff.ts";
import { readTestFile } from "../testing/read_cases.ts";
import { planTest, runTest, type TestPlan } from "../testing/run_case.ts";
import type { Outcome } from "./outcome.ts";

/**
 * Runs the tests of all files. The status is 0 when all pass, 1 when one fails, 2 when a file cannot
 * be read or one of its tests is invalid: then none is run.
 */
export async function test(
  files: readonly string[],
  runtime: Pick<Runtime, "readFile">,
  version: string,
): Promise<Outcome> {
  const plans: { readonly file: string; readonly plan: TestPlan }[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      const tests = await readTestFile(file, await readNamedFile(file, runtime));
      for (const test of tests) {
        await planTest(test, version).then(
          (plan) => plans.push({ file, plan }),
          (error) => problems.push(...problemsOf(error)),
        );
      }
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  if (problems.length > 0) return { status: 2, stdout: [], stderr: problems };

  const stdout: string[] = [];
  let failed = 0;
  for (const { file, plan } of plans) {
    const differences = differencesOf(plan);
    if (differences.length === 0) continue;
    failed++;
    stdout.push(`FAILED ${file}: ${plan.test.name}`);
    stdout.push(...differences.map((line) => `  ${line}`));
  }
  stdout.push(`${plans.length - failed} passed, ${failed} failed`);
  return { status: failed === 0 ? 0 : 1, stdout, stderr: [] };
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  throw error;
}

/** A pipeline that ends in an error (a limit whose action is `fail`) is a difference, too. */
function differencesOf(plan: TestPlan): string[] {
  const { expect, ordered = false } = plan.test;
  try {
    return diffExpositions(expect, runTest(plan), ordered);
  } catch (error) {
    return [`the scrape fails: ${messageOf(error)}`];
  }
}
