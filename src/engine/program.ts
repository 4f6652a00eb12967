import { MAX_IDLE_ENGINES, MAX_IDLE_ENGINE_BYTES } from "../bounds.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { Engine } from "./engine.ts";
import { compileKernel, Kernel } from "./kernel.ts";
import { Planner, type PlannerRules } from "./planner.ts";

/**
 * The policies, rules and aggregation of one configuration, made ready for lines: their planner, and
 * the engines that have learnt from it. Lives as long as those; what an engine has learnt is there
 * for the next scrape.
 */
export class Program {
  readonly planner: Planner;
  readonly #idle: Engine[] = [];

  constructor(rules: PlannerRules) {
    this.planner = new Planner(rules);
  }

  /** An engine for one exposition. Throws where the runtime has no WebAssembly with SIMD. */
  take(): Engine {
    return this.#idle.pop() ?? new Engine(new Kernel(module ??= compileKernel()), this.planner);
  }

  /**
   * Gives one back whose exposition has ended. Its memory cannot shrink: one that has grown much is
   * let go.
   */
  release(engine: Engine): void {
    if (engine.bytes > MAX_IDLE_ENGINE_BYTES || this.#idle.length >= MAX_IDLE_ENGINES) return;
    this.#idle.push(engine);
  }
}

let module: WebAssembly.Module | undefined;

/** What is in force for one kind of scrape; its identity is the program's. */
type Rules = Omit<PlannerRules, "policies">;

const NO_RULES: Rules = { rules: undefined, aggregation: undefined };
const NO_POLICIES = {};
const counted = new WeakMap<object, WeakMap<object, Program>>();
const uncounted = new WeakMap<object, WeakMap<object, Program>>();

/** The program of what is in force; the same one as long as both are the same. */
export function programOf(rules: Rules | undefined, policies: PolicyEngine | undefined): Program {
  return known(counted, rules ?? NO_RULES, policies, true);
}

/** The same for samples whose policies another program counts. */
export function uncountedProgramOf(rules: Rules, policies: PolicyEngine | undefined): Program {
  return known(uncounted, rules, policies, false);
}

function known(
  programs: WeakMap<object, WeakMap<object, Program>>,
  of: Rules,
  policies: PolicyEngine | undefined,
  countsPolicies: boolean,
): Program {
  let ofRules = programs.get(of);
  if (ofRules === undefined) programs.set(of, ofRules = new WeakMap());
  let program = ofRules.get(policies ?? NO_POLICIES);
  if (program === undefined) {
    const { rules, aggregation } = of;
    program = new Program({ rules, aggregation, policies, countsPolicies });
    ofRules.set(policies ?? NO_POLICIES, program);
  }
  return program;
}
