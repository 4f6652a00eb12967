import type { Facts, ProviderStatus, Reload, RouteStatus } from "./status_facts.ts";

/** Whether all is well, and if not, what is not. */
export interface Health {
  /** No problem is known. */
  readonly healthy: boolean;
  readonly problems: readonly Problem[];
  /** What is not known yet: with nothing wrong, and nothing waited for, all is well. */
  readonly waiting: readonly string[];
}

/** A sentence, and whose it is. */
export interface Problem {
  /** The path of the route; undefined: of all. */
  readonly route?: string;
  readonly message: string;
}

/** Clients that leave one after the other are no longer somebody who changed their mind. */
const CLIENTS_LEFT = 2;

/**
 * The one place that decides whether all is well: the configuration and the policies are those that
 * were wanted, and the last scrape of each endpoint was whole.
 */
export function healthOf(
  { config, webConfig, policyProviders, routes, ready }: Omit<Facts, "at" | "uptimeSeconds">,
): Health {
  const problems: Problem[] = [
    ...notReloaded("configuration", config.lastReload),
    ...webConfig === undefined ? [] : notReloaded("web configuration", webConfig.lastReload),
    ...policyProviders.flatMap(ofProvider),
  ].map((message) => ({ message }));
  for (const route of routes) {
    for (const message of ofRoute(route)) problems.push({ route: route.path, message });
  }
  const waiting = routes.flatMap(({ path, lastScrape }) =>
    lastScrape === undefined ? [`no scrape of ${path} yet`] : []
  );
  if (!ready) waiting.unshift("the first policies are still being loaded");
  return { healthy: problems.length === 0, problems, waiting };
}

function notReloaded(name: string, { at, success, error }: Reload): string[] {
  return success
    ? []
    : [`the ${name} could not be read at ${clock(at)}, the old one stays in force: ${error}`];
}

function ofProvider(provider: ProviderStatus): string[] {
  const { id, state, lastSuccessAt, policies, invalid, firstInvalid, error } = provider;
  const said: string[] = [];
  if (state === "failed") said.push(`policy provider ${id}: ${error}; it has no policies in force`);
  if (state === "stale") {
    const kept = `${counted(policies, "policy", "policies")} of ${clock(lastSuccessAt!)}`;
    said.push(`policy provider ${id}: ${error}; ${kept} stay in force`);
  }
  if (invalid > 0) {
    const some = invalid === 1
      ? "a policy is not in force"
      : `${invalid} policies are not in force, the first`;
    said.push(`policy provider ${id}: ${some}: ${firstInvalid}`);
  }
  return said;
}

function ofRoute({ path, lastScrape, clientsLeft, subsets }: RouteStatus): string[] {
  const said = [{ path, lastScrape }, ...subsets].flatMap(({ path, lastScrape }) => {
    if (lastScrape === undefined) return [];
    const { endedAt, outcome, error, shortfalls } = lastScrape;
    const found = outcome === "failed" ? [`failed: ${error}`] : shortfalls;
    return found.length === 0
      ? []
      : [`the scrape of ${path} at ${clock(endedAt)} ${found.join("; ")}`];
  });
  if (clientsLeft >= CLIENTS_LEFT) {
    said.push(
      `the clients of the last ${clientsLeft} scrapes of ${path} left before the answer was there: ` +
        "is their timeout too short?",
    );
  }
  return said;
}

/** `12:34:56 UTC`: as the log has it, whatever the reader's time zone. */
function clock(time: string): string {
  return `${time.slice(11, 19)} UTC`;
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
