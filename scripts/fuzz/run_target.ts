import process from "node:process";
import { random } from "../../test/support/random.ts";
import { Broken, type FuzzInput, type FuzzTarget } from "./fuzz_target.ts";

export interface Breach {
  /** The rule that did not hold, or `crash`. */
  readonly rule: string;
  readonly detail: string;
}

export interface Finding extends Breach {
  readonly target: string;
  readonly seed: number;
  readonly input: FuzzInput;
}

export interface FuzzBounds {
  /** The first run's; each run takes the next. */
  readonly seed: number;
  readonly runs: number;
  readonly seconds: number;
  /** After so many findings the target is left: more of them seldom say more. */
  readonly findings: number;
}

export interface FuzzFigures {
  readonly runs: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
}

/** Told of each run before it begins, and of the end by undefined. */
export type Watch = (seed: number | undefined) => void;

/** Runs a target until one of the bounds is reached. */
export async function runTarget(
  target: FuzzTarget,
  bounds: FuzzBounds,
  watch: Watch = () => {},
): Promise<FuzzFigures> {
  const startedAt = performance.now();
  const elapsed = () => (performance.now() - startedAt) / 1000;
  const findings: Finding[] = [];
  let runs = 0;
  while (runs < bounds.runs && elapsed() < bounds.seconds && findings.length < bounds.findings) {
    const seed = bounds.seed + runs++;
    watch(seed);
    const input = inputOf(target, seed);
    const breach = await breachOf(target, input);
    const isNew = !findings.some(({ rule }) => rule === breach?.rule);
    if (breach !== undefined && isNew) {
      findings.push({ ...breach, target: target.name, seed, input });
    }
  }
  watch(undefined);
  return { runs, seconds: elapsed(), findings };
}

export function inputOf(target: FuzzTarget, seed: number): FuzzInput {
  return target.generate(random(seed));
}

/** What does not hold for this input, if anything. */
export async function breachOf(
  target: FuzzTarget,
  input: FuzzInput,
): Promise<Breach | undefined> {
  const warnings: string[] = [];
  const emitWarning = process.emitWarning;
  process.emitWarning = (warning: string | Error) => void warnings.push(String(warning));
  try {
    await target.check(input);
    // A library that warns may quote what it was given, and nobody asked it to.
    return warnings.length === 0 ? undefined : { rule: "no warning", detail: warnings.join("\n") };
  } catch (error) {
    if (error instanceof Broken) return { rule: error.rule, detail: error.message };
    return { rule: "crash", detail: error instanceof Error ? `${error.stack}` : String(error) };
  } finally {
    process.emitWarning = emitWarning;
  }
}
