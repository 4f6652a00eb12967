import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListenAddress, ServeOptions } from "../../src/runtime/runtime.ts";
import { serveEverywhere } from "../../src/runtime/serve_everywhere.ts";

interface Machine {
  readonly hasIpv6: boolean;
  /** Addresses at which binding fails. */
  readonly refused: readonly string[];
}

/** What was bound, or the error; then every address that was tried. */
async function served(listen: ListenAddress, { hasIpv6, refused }: Machine) {
  const tried: string[] = [];
  const serve = serveEverywhere(
    ({ listen }: ServeOptions) => {
      const host = "unix" in listen ? listen.unix : listen.hostname;
      tried.push(host);
      if (refused.includes(host)) return Promise.reject(new Error(`cannot bind ${host}`));
      return Promise.resolve({ port: 4711, stop: () => Promise.resolve() });
    },
    () => Promise.resolve(hasIpv6),
  );
  try {
    return [(await serve({ listen, fetch: () => new Response() })).listen, ...tried];
  } catch (error) {
    return [(error as Error).message, ...tried];
  }
}

const ALL = { hostname: "::", port: 0 };
const CASES: Record<string, [ListenAddress, Machine, unknown[]]> = {
  "all interfaces": [
    ALL,
    { hasIpv6: true, refused: [] },
    [{ hostname: "::", port: 4711 }, "::"],
  ],
  "all interfaces without IPv6": [
    ALL,
    { hasIpv6: false, refused: ["::"] },
    [{ hostname: "0.0.0.0", port: 4711 }, "::", "0.0.0.0"],
  ],
  "a port that is taken is taken": [
    ALL,
    { hasIpv6: true, refused: ["::"] },
    ["cannot bind ::", "::"],
  ],
  "a port that is taken without IPv6": [
    ALL,
    { hasIpv6: false, refused: ["::", "0.0.0.0"] },
    ["cannot bind 0.0.0.0", "::", "0.0.0.0"],
  ],
  "an address of IPv6 alone is not replaced": [
    { hostname: "::1", port: 1 },
    { hasIpv6: false, refused: ["::1"] },
    ["cannot bind ::1", "::1"],
  ],
  "a Unix socket": [
    { unix: "/a" },
    { hasIpv6: false, refused: [] },
    [{ unix: "/a" }, "/a"],
  ],
};

for (const [name, [listen, machine, expected]] of Object.entries(CASES)) {
  test(`serveEverywhere: ${name}`, async () => {
    assert.deepEqual(await served(listen, machine), expected);
  });
}
