import type { Context } from "hono";
import * as v from "valibot";
import { MAX_REQUEST_BODY_BYTES } from "../bounds.ts";
import { analysisFailure, NO_STORE, problemsResponse } from "./analysis_failure.ts";
import { analysisQueue } from "./analysis_queue.ts";
import type { ServerState } from "./server_state.ts";
import { boundedText } from "./bounded_text.ts";
import { DraftError } from "./draft_rules.ts";
import { livePreview, type PreviewDraft } from "./live_preview.ts";
import { refusedPreview } from "./preview_access.ts";

const text = v.optional(v.string("a string"));

/** What a request may say. */
const DRAFT = v.strictObject({ relabel: text, policies: text, sample: text }, "an object");

/** Answers `POST /analyze/preview`: what rules and policies would make of the scrape. */
export async function previewRequest(state: ServerState, context: Context): Promise<Response> {
  const refused = refusedPreview(state, context);
  if (refused !== undefined) return refused;
  try {
    const draft = await readDraft(context.req.raw);
    if (draft instanceof Response) return draft;
    const { timeoutSeconds } = state.settings().config.scrape;
    const answer = await analysisQueue(state).analyses.run(
      context.req.raw.signal,
      timeoutSeconds,
      () => livePreview(state, draft, context),
    );
    return Response.json(answer, { headers: NO_STORE });
  } catch (error) {
    if (error instanceof DraftError) return problemsResponse(400, error.problems);
    return analysisFailure(error, "json");
  }
}

async function readDraft(request: Request): Promise<PreviewDraft | Response> {
  const refuse = (status: number, message: string) => problemsResponse(status, [{ message }]);
  const body = await boundedText(request, MAX_REQUEST_BODY_BYTES);
  if (body === undefined) {
    return refuse(
      413,
      `the request is too large: wanted ${MAX_REQUEST_BODY_BYTES} bytes at most`,
    );
  }
  let document;
  try {
    document = JSON.parse(body);
  } catch {
    return refuse(400, "the request is not valid JSON");
  }
  const { output, issues, success } = v.safeParse(DRAFT, document);
  if (success) return output;
  return problemsResponse(
    400,
    issues.map((issue) => {
      const path = v.getDotPath(issue);
      const message = `${path ?? "the request"}: wanted ${issue.message}`;
      return { message: issue.type === "strict_object" ? `unknown key ${path}` : message };
    }),
  );
}
