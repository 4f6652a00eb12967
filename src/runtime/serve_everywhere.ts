import type { BoundServer, HttpServer, ServeOptions } from "./runtime.ts";

/**
 * What serves where it is asked to, made of what serves at one address. All interfaces are `::`, which
 * takes IPv4 as well; where the machine has no IPv6 they are those of IPv4.
 */
export function serveEverywhere(
  serveAt: (options: ServeOptions) => Promise<BoundServer>,
  hasIpv6: () => Promise<boolean> = canBindIpv6,
): (options: ServeOptions) => Promise<HttpServer> {
  const serve = async (options: ServeOptions): Promise<HttpServer> => {
    const { listen } = options;
    const server = await serveAt(options);
    return { ...server, listen: "unix" in listen ? listen : { ...listen, port: server.port } };
  };
  return async (options) => {
    const { listen } = options;
    try {
      return await serve(options);
    } catch (error) {
      // A port that is taken is none to share with whoever has its other half.
      if ("unix" in listen || listen.hostname !== "::" || await hasIpv6()) throw error;
      return await serve({ ...options, listen: { ...listen, hostname: "0.0.0.0" } });
    }
  };
}

/** Runtimes call all failures to bind alike; one of any port at all has one reason. */
async function canBindIpv6(): Promise<boolean> {
  const { createServer } = await import("node:net");
  const server = createServer();
  const bound = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false)).listen(0, "::", () => resolve(true));
  });
  if (bound) server.close();
  return bound;
}
