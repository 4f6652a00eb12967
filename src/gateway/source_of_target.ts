import { askTarget } from "../upstream/target_source.ts";
import { resolveTargets, type Target } from "../upstream/targets.ts";
import type { UpstreamRequest, UpstreamSource } from "../upstream/upstream_source.ts";
import type { ReadingContext } from "./target_readings.ts";

/** `/source` of several targets: nothing says which of them is meant, or what says it is wrong. */
export class TargetChoiceError extends Error {
  override readonly name = "TargetChoiceError";
  /** Of all targets there are, as `?target=` takes them. */
  readonly addresses: readonly string[];

  constructor(message: string, addresses: readonly string[]) {
    super(message);
    this.addresses = addresses;
  }
}

/**
 * Asks one target as it is: the one whose address the query's `target` gives, which the target does
 * not get to see, or the only one. Throws a TargetChoiceError where that is none, and an
 * UpstreamError where it cannot be read or no name resolves.
 */
export function sourceOfTarget(context: ReadingContext): UpstreamSource {
  const { config, gateway, lookUp, version } = context;
  return async (request: UpstreamRequest) => {
    const { path, query, accept, budgetSeconds, signal, anyStatus } = request;
    const deadline = performance.now() + budgetSeconds * 1000;
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(budgetSeconds * 1000)]);
    const { targets, failures } = await resolveTargets(
      config.upstreams,
      gateway.shard,
      lookUp,
      inTime,
    );
    signal.throwIfAborted();
    const { wanted, rest } = splitQuery(query);
    if (targets.length === 0 && failures.length > 0) throw failures[0].error;
    return await askTarget(choose(targets, wanted), {
      path,
      query: rest,
      accept,
      budgetSeconds: Math.max(0, deadline - performance.now()) / 1000,
      signal,
      userAgent: `Weir/${version}`,
      anyStatus,
      fallbackProtocol: config.scrape.fallbackProtocol,
    });
  };
}

function choose(targets: readonly Target[], wanted: string | undefined): Target {
  const addresses = targets.map(({ address }) => address);
  if (wanted === undefined) {
    if (targets.length === 1) return targets[0];
    throw new TargetChoiceError(`${targets.length} targets: choose with ?target=`, addresses);
  }
  const target = targets.find(({ address }) => address === wanted);
  if (target !== undefined) return target;
  const message = `no target ${JSON.stringify(wanted)}: choose with ?target=`;
  throw new TargetChoiceError(message, addresses);
}

/** The rest stays as the client wrote it: exporters select collectors by it. */
function splitQuery(query: string): { wanted: string | undefined; rest: string } {
  const wanted = new URLSearchParams(query).get("target") ?? undefined;
  const others = query.slice(1).split("&").filter((part) =>
    part !== "" && !new URLSearchParams(part).has("target")
  );
  return { wanted, rest: others.length === 0 ? "" : `?${others.join("&")}` };
}
