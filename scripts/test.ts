/**
 * `npm test`: builds the binary, runs the tests under Bun (all of them) and under Deno (all but
 * `test/e2e`, which drive the binary), and ends with what failed, once more and with what was said
 * of it, and one line `N passed, N failed` over both. Exits with 1 when a test failed or a runner ran none. With `CI=true` a skipped test counts as
 * failed: what CI does not run is not tested anywhere.
 */
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import process from "node:process";

const root = resolve(import.meta.dirname!, "..");
const bin = join(root, "node_modules", ".bin");

/** Of what is printed before the name of a test that failed, as many lines are shown at the end. */
const linesSaid = 40;

const bunEnd = /^\((?:pass|skip|todo|fail(?=\) (.*)))\)/;

interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** A test that failed, and the last lines that were printed before its name was. */
interface Failure {
  readonly name: string;
  readonly said: readonly string[];
}

interface Runner {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Reads the totals out of the runner's output; undefined where it printed none. */
  readonly totals: (output: string) => Totals | undefined;
  /** A line that ends a test; its first group is the name of one that failed. */
  readonly end: RegExp;
}

// No test fails for its time, which says more of a machine's other work than of the code: the
// longest are seconds, and what hangs ends after these minutes. Files run in processes of a few each:
// in one for all of them, code that is compiled by and by is slower by the hundredth file, up to ten
// times.
const patience = ["--timeout", "600000"];
/** What starts servers and browsers, and has the machine to itself. */
const driven = ["test/e2e", "test/deploy"];

const runners: readonly Runner[] = [
  {
    name: "bun",
    command: "bun",
    args: [
      "test",
      ...patience,
      "--parallel=2",
      ...driven.map((folder) => `--path-ignore-patterns=${folder}/**`),
      "./test",
    ],
    totals: bunTotals,
    end: bunEnd,
  },
  {
    name: "bun, end to end",
    command: "bun",
    args: ["test", ...patience, ...driven.map((folder) => `./${folder}`)],
    totals: bunTotals,
    end: bunEnd,
  },
  {
    name: "deno",
    command: "deno",
    args: ["test", "-A", "--no-check", "--ignore=test/e2e", "test"],
    totals: denoTotals,
    end: /^(?:(.*) \.\.\. FAILED|.* \.\.\. (?:ok|ignored)) /,
  },
];

async function main(): Promise<void> {
  const build = await run("bun", ["scripts/build.ts"]);
  if (build.status !== 0) {
    console.log("the build failed: no test was run");
    finish({ passed: 0, failed: 1, skipped: 0 });
    return;
  }
  const all: Totals[] = [];
  const failures: Failure[] = [];
  for (const runner of runners) {
    const { totals, failed } = await runTests(runner);
    all.push(totals);
    failures.push(...failed);
  }
  showFailures(failures);
  finish({
    passed: sum(all.map((totals) => totals.passed)),
    failed: sum(all.map((totals) => totals.failed)),
    skipped: sum(all.map((totals) => totals.skipped)),
  });
}

async function runTests(
  { name, command, args, totals: read, end }: Runner,
): Promise<{ totals: Totals; failed: readonly Failure[] }> {
  const { status, output } = await run(command, args);
  const found = read(output) ?? { passed: 0, failed: 0, skipped: 0 };
  // A file that cannot be loaded, or no test at all, is a failure that the totals may not show.
  const silentFailure = found.failed === 0 && (status !== 0 || found.passed === 0);
  const totals = { ...found, failed: silentFailure ? 1 : found.failed };
  const { passed, failed, skipped } = totals;
  const note = silentFailure ? ` (exit status ${status}, counted as a failure)` : "";
  console.log(`runner ${name}: passed=${passed} failed=${failed} skipped=${skipped}${note}`);
  return { totals, failed: failuresIn(name, output, end) };
}

function failuresIn(runner: string, output: string, end: RegExp): Failure[] {
  const failures: Failure[] = [];
  let said: string[] = [];
  for (const line of output.split("\n")) {
    const ended = line.match(end);
    if (ended === null) {
      said.push(line);
      continue;
    }
    if (ended[1] !== undefined) {
      failures.push({ name: `${runner}: ${ended[1]}`, said: said.slice(-linesSaid) });
    }
    said = [];
  }
  return failures;
}

/** Whoever sees only the end of a long output sees here why it failed. */
function showFailures(failures: readonly Failure[]): void {
  for (const { name, said } of failures) {
    console.log(`\n== failed: ${name}`);
    for (const line of said) console.log(`   ${line}`);
  }
  if (failures.length > 1) console.log();
  for (const { name } of failures) console.log(`failed: ${name}`);
}

/** Prints the last line and sets the exit status. */
function finish({ passed, failed, skipped }: Totals): void {
  const inCi = process.env.CI === "true";
  if (inCi && skipped > 0) console.log(`CI: skipped=${skipped}, each counted as a failure`);
  const failures = failed + (inCi ? skipped : 0);
  const tail = !inCi && skipped > 0 ? `, ${skipped} skipped` : "";
  console.log(`${passed} passed, ${failures} failed${tail}`);
  process.exitCode = failures === 0 && passed > 0 ? 0 : 1;
}

/** Runs a program of node_modules/.bin in the repository, showing its output as it comes. */
function run(
  command: string,
  args: readonly string[],
): Promise<{ status: number; output: string }> {
  return new Promise((done, fail) => {
    const child = spawn(join(bin, command), args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1" },
    });
    let output = "";
    for (
      const [from, to] of [[child.stdout, process.stdout], [child.stderr, process.stderr]] as const
    ) {
      from.setEncoding("utf8");
      from.on("data", (text: string) => {
        output += text;
        to.write(text);
      });
    }
    child.on("error", fail);
    child.on("close", (status) => done({ status: status ?? 1, output }));
  });
}

/** Bun ends with lines such as ` 12 pass`, ` 1 skip`, ` 0 fail`. */
function bunTotals(output: string): Totals | undefined {
  const count = (word: string) =>
    Number(output.match(new RegExp(`^ *(\\d+) ${word}$`, "gm"))?.at(-1)?.trim().split(" ")[0] ?? 0);
  if (!/^ *\d+ pass$/m.test(output)) return undefined;
  return { passed: count("pass"), failed: count("fail"), skipped: count("skip") + count("todo") };
}

/**
 * Deno ends with a line such as `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2 steps) (3s)`. A
 * `describe` is one test and what it holds are its steps; a skipped step is a skipped test here.
 */
function denoTotals(output: string): Totals | undefined {
  const line = output.match(/^(?:ok|FAILED) \| \d+ passed.*$/gm)?.at(-1);
  if (line === undefined) return undefined;
  const count = (pattern: RegExp) => Number(line.match(pattern)?.[1] ?? 0);
  return {
    passed: count(/(\d+) passed/),
    failed: count(/(\d+) failed/),
    skipped: count(/(\d+) ignored/) + count(/ignored \((\d+) steps?\)/),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

await main();
