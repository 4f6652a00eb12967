import type { Context } from "hono";
import { accepts } from "hono/accepts";
import {
  MAX_TAP_LINES,
  MAX_TAP_MATCH_LENGTH,
  MAX_TAP_SECONDS,
  UNREAD_RESPONSE_MS,
} from "../bounds.ts";
import { UNSURE, YES } from "../regex/lazy_dfa.ts";
import { readInTime } from "../scrape/read_in_time.ts";
import { LISTENED_STAGES, type ListenerOptions } from "../scrape/tap_listener.ts";
import { NO_STORE } from "./analysis_failure.ts";
import { isSameOrigin } from "./preview_access.ts";
import { RouteChoiceError, tappedPath } from "./routes.ts";
import type { ServerState } from "./server_state.ts";

const TAP_OFF =
  "the tap is off, as it is where other machines can connect: start Weir with --tap, or set web.tap " +
  "to true";

const DEFAULT_LINES = 100;
const DEFAULT_SECONDS = 60;

const TEXT = "text/plain";
const JSON_LINES = "application/x-ndjson";

/** Answers `GET /analyze/tap`: samples of the scrapes that come, as they come, up to some bound. */
export async function tapRequest(state: ServerState, context: Context): Promise<Response> {
  const refuse = (status: 400 | 403 | 409, text: string) =>
    context.text(`${text}\n`, status, NO_STORE);
  if (!state.settings().config.web.tap) return refuse(403, TAP_OFF);
  if (!isSameOrigin(context.req.raw)) {
    return refuse(403, "the request comes from a page of another site");
  }
  const type = accepts(context, {
    header: "Accept",
    supports: [TEXT, JSON_LINES, "application/json"],
    default: TEXT,
  });
  const form = type === TEXT ? "text" : "json";
  const options = await listenerOptions(state, context, form);
  if (typeof options === "string") return refuse(400, options);
  const headers = {
    "content-type": form === "text" ? `${TEXT}; charset=utf-8` : JSON_LINES,
    vary: "Accept",
    ...NO_STORE,
  };
  if (context.req.method === "HEAD") return new Response(null, { headers });
  const listener = state.tap.listen(options);
  if (listener === undefined) return refuse(409, "too many listen already");
  const leave = () => listener.leave();
  context.req.raw.signal.addEventListener("abort", leave, { once: true });
  return new Response(readInTime(listener.stream, UNREAD_RESPONSE_MS, leave), { headers });
}

/** Returns what is wrong with the query, where something is. */
async function listenerOptions(
  state: ServerState,
  { req }: Context,
  form: ListenerOptions["form"],
): Promise<ListenerOptions | string> {
  const stage = LISTENED_STAGES.find((known) => known === req.query("stage"));
  if (stage === undefined) {
    return `stage: found ${shown(req.query("stage"))}, wanted before, after or dropped`;
  }
  const lines = wholeNumber(req.query("n"), DEFAULT_LINES, MAX_TAP_LINES);
  if (lines === undefined) {
    return `n: found ${shown(req.query("n"))}, wanted an integer from 1 to ${MAX_TAP_LINES}`;
  }
  const seconds = wholeNumber(req.query("seconds"), DEFAULT_SECONDS, MAX_TAP_SECONDS);
  if (seconds === undefined) {
    const wanted = `an integer from 1 to ${MAX_TAP_SECONDS}`;
    return `seconds: found ${shown(req.query("seconds"))}, wanted ${wanted}`;
  }
  const matches = await matcher(req.query("match") || undefined);
  if (typeof matches === "string") return matches;
  try {
    return {
      path: tappedPath(state, req.query("route") || undefined),
      stage,
      matches,
      lines,
      seconds,
      form,
    };
  } catch (error) {
    if (error instanceof RouteChoiceError) return error.message;
    throw error;
  }
}

function shown(text: string | undefined): string {
  return text === undefined ? "none" : JSON.stringify(text.slice(0, 100));
}

function wholeNumber(text: string | undefined, byDefault: number, most: number) {
  if (text === undefined) return byDefault;
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return number >= 1 && number <= most ? number : undefined;
}

/**
 * What looks for a pattern in lines. Whoever asks needs no password, perhaps: what an automaton of a
 * bounded size cannot do in one go through the line is refused.
 */
async function matcher(
  pattern: string | undefined,
): Promise<ListenerOptions["matches"] | string> {
  if (pattern === undefined) return undefined;
  if (pattern.length > MAX_TAP_MATCH_LENGTH) {
    return `match: found ${pattern.length} characters, wanted ${MAX_TAP_MATCH_LENGTH} at most`;
  }
  const { loadRegexLibrary } = await import("../policy/regex.ts");
  let regex;
  try {
    regex = (await loadRegexLibrary()).compile(pattern, false);
  } catch {
    return `match: found ${shown(pattern)}, wanted an RE2 pattern`;
  }
  const { bytes: automaton, test } = regex;
  if (automaton === undefined) {
    return `match: found ${shown(pattern)}, wanted a smaller pattern, without \\b and (?m)`;
  }
  const decoder = new TextDecoder();
  return (bytes, start, end) => {
    const answer = automaton.test(bytes, start, end);
    return answer === UNSURE ? test(decoder.decode(bytes.subarray(start, end))) : answer === YES;
  };
}
