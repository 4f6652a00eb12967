import type { Hono } from "hono";
import type { ServeOptions } from "../runtime/runtime.ts";
import { badRequest, requestTarget } from "../scrape/request_target.ts";
import { routeAt, routeRequest } from "./routes.ts";
import { directAnswers } from "./direct_answers.ts";
import type { ServerState } from "./server_state.ts";

/**
 * Takes all requests. Those that a sidecar gets all day are answered at once; the router is loaded
 * by the first of the others: it takes 4 MB of resident memory, and 4 ms to begin.
 */
export function frontOf(state: ServerState): ServeOptions["fetch"] {
  let app: Promise<Hono> | undefined;
  return async (request) => {
    const { method } = request;
    const target = requestTarget(request);
    if (target === undefined) return badRequest();
    if (method === "GET" || method === "HEAD") {
      const found = routeAt(state.routes(), target.path);
      const answer = found !== undefined && found.subset === undefined
        ? () => routeRequest(found.route, request)
        : directAnswers.get(target.path);
      if (answer !== undefined) {
        const response = await answer(state, request);
        return method === "HEAD" ? new Response(null, response) : response;
      }
    }
    app ??= import("./app.ts").then(({ createApp }) => createApp(state));
    return await (await app).fetch(request);
  };
}
