import type { Context } from "hono";
import type { ServerState } from "./server_state.ts";

/** Answers `POST /-/reload`, which has to be enabled: whoever reaches the port could use it. */
export async function reloadRequest(state: ServerState, context: Context): Promise<Response> {
  if (!state.settings().config.web.reload) {
    return context.text("reloading over HTTP is off: set web.reload to true\n", 403);
  }
  const failure = await state.reload();
  return failure === undefined
    ? context.text("reloaded\n")
    : context.text(`not reloaded, the old configuration stays in force:\n${failure}\n`, 500);
}
