import { Buffer } from "node:buffer";
import type { Context } from "hono";
import * as v from "valibot";
import { MAX_DRAFT_BYTES, MAX_REQUEST_BODY_BYTES, MAX_USED_BODY_BYTES } from "../bounds.ts";
import { analysisFailure, NO_STORE, problemsResponse } from "./analysis_failure.ts";
import { analysisQueue } from "./analysis_turns.ts";
import type { ServerState } from "./server_state.ts";
import { DraftError, refuseBeyond } from "./draft_rules.ts";
import { withoutLimit } from "./draft_used.ts";
import { livePreview } from "./live_preview.ts";
import { refusedPreview } from "./preview_access.ts";
import type { PreviewDraft } from "./preview_draft.ts";

const text = v.optional(v.string("a string"));

/** What a request may say. */
const DRAFT = v.strictObject(
  { relabel: text, policies: text, sample: text, used: v.optional(v.looseObject({}, "an object")) },
  "an object",
);

/** Answers `POST /analyze/preview`: what rules and policies would make of the scrape. */
export async function previewRequest(state: ServerState, context: Context): Promise<Response> {
  return await draftRequest(
    state,
    context,
    (draft) => livePreview(state, draft, context).catch(withoutLimit),
  );
}

/** Answers `POST /analyze/files`: rules as files that something takes, and a test of them. */
export async function filesRequest(state: ServerState, context: Context): Promise<Response> {
  const { liveFiles } = await import("./draft_files.ts");
  return await draftRequest(state, context, (draft) => liveFiles(state, draft, context));
}

/** Answers a request that brings rules with what is made of them, when its turn has come. */
async function draftRequest(
  state: ServerState,
  context: Context,
  answer: (draft: PreviewDraft) => Promise<object>,
): Promise<Response> {
  const refused = refusedPreview(state, context);
  if (refused !== undefined) return refused;
  try {
    const draft = await readDraft(context.req.raw);
    if (draft instanceof Response) return draft;
    const texts = { rules: draft.relabel, policies: draft.policies, sample: draft.sample };
    for (const [of, text = ""] of Object.entries(texts)) {
      refuseBeyond(of, "bytes", Buffer.byteLength(text), MAX_DRAFT_BYTES);
    }
    const { timeoutSeconds } = state.settings().config.scrape;
    const { analyses } = analysisQueue(state);
    const { signal } = context.req.raw;
    const made = await analyses.run(signal, timeoutSeconds, () => answer(draft));
    return Response.json(made, { headers: NO_STORE });
  } catch (error) {
    if (error instanceof DraftError) return problemsResponse(error.status, error.problems);
    return analysisFailure(error, "json");
  }
}

async function readDraft(request: Request): Promise<PreviewDraft | Response> {
  const refuse = (status: number, message: string) => problemsResponse(status, [{ message }]);
  const tooLarge = (most: number) =>
    refuse(413, `the request is too large: wanted ${most} bytes at most`);
  const body = await boundedText(request, MAX_USED_BODY_BYTES);
  if (body === undefined) return tooLarge(MAX_USED_BODY_BYTES);
  let document;
  try {
    document = JSON.parse(body);
  } catch {
    return refuse(400, "the request is not valid JSON");
  }
  const { output, issues, success } = v.safeParse(DRAFT, document);
  if (success) {
    // Without a document of uses there is no room for one.
    const isSmall = output.used !== undefined || Buffer.byteLength(body) <= MAX_REQUEST_BODY_BYTES;
    return isSmall ? output : tooLarge(MAX_REQUEST_BODY_BYTES);
  }
  return problemsResponse(
    400,
    issues.map((issue) => {
      const path = v.getDotPath(issue);
      const message = `${path ?? "the request"}: wanted ${issue.message}`;
      return { message: issue.type === "strict_object" ? `unknown key ${path}` : message };
    }),
  );
}

/** Returns the text of a request's body; undefined when it has more than `maxBytes` bytes. */
async function boundedText(
  request: Request,
  maxBytes: number,
): Promise<string | undefined> {
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return await new Blob(chunks).text();
}
