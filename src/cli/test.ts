import type { Environment } from "../config/env.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { readNamedFile } from "../config/parse_text.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { diffExpositions, type ExpositionDiff } from "../testing/exposition_diff.ts";
import { readTestFile } from "../testing/read_cases.ts";
import { planTest, runTest, type TestPlan } from "../testing/run_case.ts";
import type { Outcome } from "./outcome.ts";

export interface TestOptions {
  readonly asJson?: boolean;
  /** For the variables of config files that tests name. */
  readonly env?: Environment;
}

/**
 * Runs the tests of all files. The status is 0 when all pass, 1 when one fails, 2 when a file cannot
 * be read or one of its tests is invalid: then none is run.
 */
export async function test(
  files: readonly string[],
  runtime: Pick<Runtime, "readFile">,
  version: string,
  { asJson = false, env = {} }: TestOptions = {},
): Promise<Outcome> {
  const plans: { readonly file: string; readonly plan: TestPlan }[] = [];
  const problems: string[] = [];
  for (const file of files) {
    try {
      const bytes = await readNamedFile(file, runtime);
      for (const test of await readTestFile(file, bytes)) {
        await planTest(test, { bytes, runtime, version, env }).then(
          (plan) => plans.push({ file, plan }),
          (error) => problems.push(...problemsOf(error)),
        );
      }
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  if (problems.length > 0) return invalid([...new Set(problems)], asJson);
  const results = plans.map(({ file, plan }) => ({ file, ...resultOf(plan) }));
  const status = results.every(({ passed }) => passed) ? 0 : 1;
  const notLoaded = new Set(plans.flatMap(({ plan }) => plan.notLoaded));
  const stderr = [...notLoaded].map((id) =>
    `policy provider ${id} is not loaded: it needs the network`
  );
  return { status, stdout: asJson ? resultJson(results) : resultText(results), stderr };
}

function problemsOf(error: unknown): readonly string[] {
  if (error instanceof ConfigError) return error.problems;
  throw error;
}

function invalid(problems: readonly string[], asJson: boolean): Outcome {
  const stdout = asJson ? [JSON.stringify({ status: "invalid", problems }, null, 2)] : [];
  return { status: 2, stdout, stderr: asJson ? [] : problems };
}

interface Result {
  readonly file: string;
  readonly name: string;
  readonly passed: boolean;
  readonly diff: ExpositionDiff;
  /** What ended the scrape, as a limit whose action is `fail` does. */
  readonly error?: string;
}

function resultOf(plan: TestPlan): Omit<Result, "file"> {
  const { name, expect, ordered = false } = plan.test;
  try {
    const diff = diffExpositions(expect, runTest(plan), ordered);
    return { name, passed: diff.lines.length === 0, diff };
  } catch (error) {
    return { name, passed: false, diff: { lines: [] }, error: messageOf(error) };
  }
}

const LEGEND = "(- expected, but not there; + there, but not expected)";

function resultText(results: readonly Result[]): string[] {
  const failed = results.filter(({ passed }) => !passed);
  const lines = failed.flatMap(({ file, name, diff, error }) => [
    `FAILED ${file}: ${name}`,
    ...error === undefined ? [] : [`  the scrape fails: ${error}`],
    ...diff.misplaced === undefined ? [] : [`  line ${diff.misplaced}, in another order:`],
    ...diff.lines.map(({ sign, text }) => `  ${sign} ${text}`),
  ]);
  if (failed.some(({ diff }) => diff.lines.length > 0)) lines.push(LEGEND);
  return [...lines, `${results.length - failed.length} passed, ${failed.length} failed`];
}

/** The lines of one JSON document, whose keys stay as they are: docs/rule_tests.md lists them. */
function resultJson(results: readonly Result[]): string[] {
  const failed = results.filter(({ passed }) => !passed).length;
  const document = {
    status: failed === 0 ? "passed" : "failed",
    passed: results.length - failed,
    failed,
    tests: results.map(({ file, name, passed, diff, error }) => ({
      file,
      name,
      status: passed ? "passed" : "failed",
      missing: textsOf(diff, "-"),
      unexpected: textsOf(diff, "+"),
      misplaced_line: diff.misplaced,
      error,
    })),
  };
  return [JSON.stringify(document, null, 2)];
}

function textsOf({ lines }: ExpositionDiff, wanted: "-" | "+"): string[] {
  return lines.filter(({ sign }) => sign === wanted).map(({ text }) => text);
}
