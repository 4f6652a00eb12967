import type { Context } from "hono";
import { absoluteUrl } from "../scrape/absolute_url.ts";
import { problemsResponse } from "./analysis_failure.ts";
import type { ServerState } from "./server_state.ts";

/** What to do where previews are off. */
export const PREVIEW_OFF =
  "previews are off, as they are where other machines can connect: start Weir with --preview, or " +
  "set web.preview to true";

/** Answers a request that may have no preview: by configuration, form, or the page it comes from. */
export function refusedPreview(state: ServerState, context: Context): Response | undefined {
  const { req } = context;
  const refuse = (status: number, message: string) => problemsResponse(status, [{ message }]);
  if (!state.settings().config.web.preview) return refuse(403, PREVIEW_OFF);
  if (!isSameOrigin(req.raw)) {
    return refuse(
      403,
      "the request comes from a page of another site: use the page of this server",
    );
  }
  const type = req.header("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    const found = JSON.stringify(type.slice(0, 100));
    return refuse(415, `content-type: found ${found}, wanted application/json`);
  }
  return undefined;
}

/** Browsers say where a request comes from; other clients say nothing, and are no page's tool. */
export function isSameOrigin({ headers, url }: Request): boolean {
  const site = headers.get("sec-fetch-site");
  if (site !== null && site !== "same-origin" && site !== "none") return false;
  const origin = headers.get("origin");
  if (origin === null) return true;
  const host = headers.get("host") ?? new URL(absoluteUrl(url)).host;
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase();
}
