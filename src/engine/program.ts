import { MAX_IDLE_ENGINES, MOST_WHOLE_TABLE_BYTES } from "../bounds.ts";
import { memoryBounds } from "../memory_bounds.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import { SHORTFALL_NAMES } from "../exposition/own_families.ts";
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
  /**
   * Bytes of the series of a scrape that are held until all of it has come: more as soon as a family
   * did not stand together in one that had more.
   */
  wholeTableBytes: number = memoryBounds.wholeTableBytes;
  readonly #idle: Engine[] = [];
  readonly #isGateway: boolean;
  #engine: Engine | undefined;

  /** `isGateway`: lines of many targets go into a table that is kept elsewhere. */
  constructor(rules: PlannerRules, isGateway = false) {
    this.planner = new Planner(rules);
    this.#isGateway = isGateway;
  }

  /** The one engine that all targets of a gateway share. */
  get engine(): Engine {
    return this.#engine ??= this.#newEngine();
  }

  /** The next target of a gateway gets another one, which has learnt nothing. */
  letEngineGo(): void {
    this.#engine = undefined;
  }

  /** An engine for one exposition. Throws where the runtime has no WebAssembly with SIMD. */
  take(): Engine {
    return this.#idle.pop() ?? this.#newEngine();
  }

  #newEngine(): Engine {
    const kernel = new Kernel(module ??= compileKernel());
    if (!this.#isGateway) return new Engine(kernel, this.planner, SHORTFALLS);
    kernel.exports.setRecords(1);
    return new Engine(kernel, this.planner, START_TIMES);
  }

  /**
   * Gives one back whose exposition has ended. Its memory cannot shrink: one that has grown much is
   * let go. False then: the memory is garbage.
   */
  release(engine: Engine): boolean {
    const isLarge = engine.bytes > memoryBounds.idleEngineBytes;
    if (isLarge || this.#idle.length >= MAX_IDLE_ENGINES) return false;
    this.#idle.push(engine);
    return true;
  }
}

let module: WebAssembly.Module | undefined;

/** What a Weir before one target adds to what it says itself. */
const SHORTFALLS: ReadonlySet<string> = new Set(SHORTFALL_NAMES);
/** What gateways look at in every target. */
const START_TIMES: ReadonlySet<string> = new Set(["process_start_time_seconds"]);

/** What is in force for one kind of scrape; its identity is the program's. */
type Rules = Omit<PlannerRules, "policies">;

const NO_RULES: Rules = { rules: undefined, aggregation: undefined };
const NO_POLICIES = {};

/** Programs by their rules and policies: up to four, by whether they are a gateway's and count policies. */
const programs = new WeakMap<object, WeakMap<object, (Program | undefined)[]>>();

/** The program of what is in force; the same one as long as both are the same. */
export function programOf(rules: Rules | undefined, policies: PolicyEngine | undefined): Program {
  return known(rules ?? NO_RULES, policies, true, false);
}

/**
 * One of its own for a dry run, in which somebody watches what the rules do. There is no next scrape
 * that could hold more.
 */
export function watchedProgramOf(
  { rules, aggregation }: Rules = NO_RULES,
  policies: PolicyEngine | undefined,
): Program {
  const program = new Program({ rules, aggregation, policies, isWatched: true });
  program.wholeTableBytes = MOST_WHOLE_TABLE_BYTES;
  return program;
}

/** The same for samples whose policies another program counts. */
export function uncountedProgramOf(
  rules: Rules | undefined,
  policies: PolicyEngine | undefined,
): Program {
  return known(rules ?? NO_RULES, policies, false, false);
}

/** The program of a gateway's table; `countsPolicies` is false for those of subsets. */
export function gatewayProgramOf(
  rules: Rules,
  policies: PolicyEngine | undefined,
  countsPolicies: boolean,
): Program {
  return known(rules, policies, countsPolicies, true);
}

function known(
  of: Rules,
  policies: PolicyEngine | undefined,
  countsPolicies: boolean,
  isGateway: boolean,
): Program {
  let ofRules = programs.get(of);
  if (ofRules === undefined) programs.set(of, ofRules = new WeakMap());
  let row = ofRules.get(policies ?? NO_POLICIES);
  if (row === undefined) ofRules.set(policies ?? NO_POLICIES, row = []);
  const { rules, aggregation } = of;
  return row[2 * Number(isGateway) + Number(countsPolicies)] ??= new Program(
    { rules, aggregation, policies, countsPolicies },
    isGateway,
  );
}
