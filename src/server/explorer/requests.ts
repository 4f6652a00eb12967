import type { ChurnReport } from "../../analyze/churn.ts";
import type { CardinalityReport } from "../../analyze/report.ts";
import type { Problem } from "../analysis_failure.ts";
import type { FilesAnswer } from "../draft_files.ts";
import type { PreviewAnswer } from "../live_preview.ts";
import type { PreviewDraft } from "../preview_draft.ts";
import type { RulesAnswer } from "../rules_request.ts";
import type { Status } from "../status_request.ts";

/** An answer that is none of what was requested. */
export class RequestError extends Error {
  readonly problems: readonly Problem[];
  /** Of the answer; undefined: there was none. */
  readonly status: number | undefined;
  /** After how long another request may fare better, in seconds, where the answer says so. */
  readonly retryAfter: number | undefined;

  constructor(problems: readonly Problem[], status?: number, retryAfter?: number) {
    super(problems.map(({ message }) => message).join("; "));
    this.name = "RequestError";
    this.problems = problems;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

/** Each throws a RequestError, or the signal's reason. `target`: whose scrape, of a gateway. */
export function requestReport(target: string | undefined, signal: AbortSignal) {
  return request<CardinalityReport>("/analyze", { target }, { signal });
}

export function requestRules() {
  return request<RulesAnswer>("/analyze/rules", {}, {});
}

export function requestStatus() {
  return request<Status>("/-/status", {}, { signal: AbortSignal.timeout(STATUS_MS) });
}

/** It is told from what is known: what takes longer does not answer. */
const STATUS_MS = 10_000;

export function requestChurn(seconds: number, target: string | undefined) {
  return request<ChurnReport>("/analyze/churn", { seconds: String(seconds), target }, {});
}

export function requestPreview(
  draft: PreviewDraft,
  target: string | undefined,
  signal: AbortSignal,
) {
  return request<PreviewAnswer>("/analyze/preview", { target }, { ...posted(draft), signal });
}

export function requestFiles(draft: PreviewDraft, target: string | undefined) {
  return request<FilesAnswer>("/analyze/files", { target }, posted(draft));
}

function posted(draft: PreviewDraft): RequestInit {
  return {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(draft),
  };
}

async function request<Answer>(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  init: RequestInit,
): Promise<Answer> {
  const url = new URL(path, location.href);
  // Of which route the page is, where there are several.
  const route = new URLSearchParams(location.search).get("route");
  if (route !== null) url.searchParams.set("route", route);
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(key, value);
  }
  const headers = { accept: "application/json", ...init.headers as Record<string, string> };
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted && (error as Error).name !== "TimeoutError") throw error;
    throw new RequestError([{ message: "this server does not answer" }]);
  }
  const text = await response.text();
  if (response.ok) return JSON.parse(text);
  const retryAfter = Number(response.headers.get("retry-after") ?? NaN);
  throw new RequestError(
    problemsOf(text, response.status),
    response.status,
    retryAfter > 0 ? retryAfter : undefined,
  );
}

function problemsOf(text: string, status: number): readonly Problem[] {
  try {
    const { problems } = JSON.parse(text);
    if (Array.isArray(problems) && problems.length > 0) return problems;
  } catch {
    // Not this server's JSON.
  }
  return [{ message: text.trim().slice(0, 500) || `the server answered ${status}` }];
}
