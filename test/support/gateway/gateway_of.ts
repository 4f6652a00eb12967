import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { loadConfig } from "../../../src/config/load.ts";
import { Gateway, type GatewayAnswer } from "../../../src/gateway/gateway.ts";
import type { TargetsRequest } from "../../../src/gateway/target_readings.ts";
import { buildSeriesRules, type SeriesRules } from "../../../src/lines/rules_in_force.ts";
import { SubsetSnapshots } from "../../../src/lines/subset_snapshots.ts";
import { currentRuntime } from "../../../src/runtime/current.ts";
import { nameLookup } from "../../../src/upstream/name_lookup.ts";
import { WeirMetrics } from "../../../src/telemetry/weir_metrics.ts";

/** An exporter on a port of its own. */
export interface Exporter {
  readonly url: string;
  close(): Promise<unknown>;
}

export async function exporterOf(answer: RequestListener): Promise<Exporter> {
  const server = createServer(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const close = () => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  };
  return { url: `http://127.0.0.1:${port}/metrics`, close };
}

/**
 * A gateway before these upstreams, without a server of its own and without `weir_target_*`. `rules`: in
 * place of those of the flags.
 */
export async function gatewayOf(
  upstreams: readonly string[],
  flags: Readonly<Record<string, string>> = {},
  rules?: SeriesRules,
): Promise<{
  readonly metrics: WeirMetrics;
  scrape(request?: Partial<TargetsRequest>): Promise<GatewayAnswer>;
}> {
  const runtime = await currentRuntime();
  const config = await loadConfig({
    flags: { upstream: [...upstreams], ...flags },
    env: {},
    version: "test",
    instanceId: "test",
  });
  const metrics = new WeirMetrics("test", runtime);
  const gateway = new Gateway({
    config,
    gateway: { ...config.gateway!, targetMetrics: false },
    rules: rules ?? await buildSeriesRules(config),
    subsets: new Map(),
    snapshots: new SubsetSnapshots(),
    lookUp: nameLookup(runtime),
    metrics,
    version: "test",
  });
  return {
    metrics,
    scrape: (request = {}) =>
      gateway.scrape({
        path: "/metrics",
        query: "",
        accept: "text/plain",
        budgetSeconds: 10,
        signal: new AbortController().signal,
        policies: undefined,
        ...request,
      }),
  };
}

export async function textOf({ chunks }: GatewayAnswer): Promise<string> {
  return await new Response(new Blob([...chunks])).text();
}
