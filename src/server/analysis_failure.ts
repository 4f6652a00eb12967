import { BUSY_RETRY_SECONDS } from "../bounds.ts";
import { MemoryError } from "../lines/aggregation_error.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import { TargetChoiceError } from "../gateway/source_of_target.ts";
import type { UpstreamFailure } from "../telemetry/weir_metrics.ts";
import { UpstreamError } from "../upstream/upstream_error.ts";
import { RouteChoiceError } from "./routes.ts";
import { Busy } from "./analysis_turns.ts";

/** What is wrong with a request, or with rules or policies that came with it. */
export interface Problem {
  readonly message: string;
  /** In the text that was given, counted from 1; columns in characters. */
  readonly line?: number;
  /** Why the upstream could not be read, where that is what is wrong. */
  readonly reason?: UpstreamFailure;
  readonly column?: number;
  /** Which text: `rules` or `policies`. */
  readonly of?: string;
}

/** Answers with problems, as JSON. */
export function problemsResponse(
  status: number,
  problems: readonly Problem[],
  headers: Readonly<Record<string, string>> = {},
): Response {
  return Response.json({ problems }, { status, headers: { ...NO_STORE, ...headers } });
}

/** Figures of a moment are nobody's to keep. */
export const NO_STORE = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

/** Answers for an analysis that failed, in a line of text or as JSON problems. */
export function analysisFailure(error: unknown, form: "text" | "json"): Response {
  const { status, message, headers } = described(error);
  const reason = error instanceof UpstreamError ? { reason: error.reason } : {};
  if (form === "json") return problemsResponse(status, [{ message, ...reason }], headers);
  return new Response(`${message}\n`, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", ...NO_STORE, ...headers },
  });
}

/** Addresses that an error names. */
const SHOWN_TARGETS = 20;

interface Described {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function described(error: unknown): Described {
  const message = messageOf(error);
  if (error instanceof Busy || error instanceof MemoryError) {
    return { status: 503, message, headers: { "retry-after": String(BUSY_RETRY_SECONDS) } };
  }
  if (error instanceof RouteChoiceError) return { status: 400, message };
  if (error instanceof TargetChoiceError) {
    const some = error.addresses.slice(0, SHOWN_TARGETS).join(", ");
    return { status: 400, message: `${error.message} (${some || "there is none"})` };
  }
  if (error instanceof UpstreamError) return { status: error.status, message };
  return { status: error instanceof ConfigError ? 400 : 502, message };
}
