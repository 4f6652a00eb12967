import type { Engine } from "../../../src/engine/engine.ts";
import type { Planner } from "../../../src/engine/planner.ts";

/** Calls between the kernel and TypeScript. */
export interface Calls {
  /** Lines for which the planner was asked. */
  planned: number;
  /** Calls of `take`, each for a block of lines or the rest of one. */
  take: number;
  /** What the kernel calls: numbers that it does not read or write itself, and families. */
  number: number;
  format: number;
  enter: number;
}

type Imports = Record<string, Record<string, (...args: unknown[]) => unknown>>;

const NO_CALLS: Calls = { planned: 0, take: 0, number: 0, format: 0, enter: 0 };

/** Lets `make` make an engine; what is returned tells its calls since it was asked last. */
export function countedCalls(make: () => Engine): () => Calls {
  let calls = { ...NO_CALLS };
  const { Instance } = WebAssembly;
  WebAssembly.Instance = new Proxy(Instance, {
    construct(_, [module, imports]: [WebAssembly.Module, Imports]) {
      const weir: Record<string, (...args: unknown[]) => unknown> = {};
      for (const [name, call] of Object.entries(imports.weir)) {
        weir[name] = (...args) => {
          calls[name as keyof Calls]++;
          return call(...args);
        };
      }
      const { exports } = new Instance(module, { weir });
      const take = exports.take as (...args: unknown[]) => unknown;
      const counted = (...args: unknown[]) => {
        calls.take++;
        return take(...args);
      };
      return { exports: { ...exports, take: counted } };
    },
  });
  try {
    countPlanned(make().planner, () => calls.planned++);
  } finally {
    WebAssembly.Instance = Instance;
  }
  return () => {
    const since = calls;
    calls = { ...NO_CALLS };
    return since;
  };
}

function countPlanned(planner: Planner, count: () => void): void {
  const { plan, planOnce } = planner;
  planner.plan = (...args) => {
    count();
    return plan.apply(planner, args);
  };
  planner.planOnce = (...args) => {
    count();
    return planOnce.apply(planner, args);
  };
}
