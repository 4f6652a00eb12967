import assert from "node:assert/strict";
import { type ChunkSource, streamOf } from "../../../src/upstream/chunk_source.ts";
import type { UpstreamGet } from "../../../src/upstream/ask.ts";
import { UpstreamError } from "../../../src/upstream/upstream_error.ts";
import { type Answer, type RawUpstream, rawUpstream } from "./raw_upstream.ts";

const NEVER = new AbortController().signal;

export function request(url: string, more: Partial<UpstreamGet> = {}): UpstreamGet {
  return {
    url,
    accept: "text/plain",
    budgetSeconds: 20,
    signal: NEVER,
    userAgent: "Weir",
    ...more,
  };
}

export async function withUpstream(
  answer: Answer,
  use: (upstream: RawUpstream) => Promise<void>,
  host?: string,
) {
  const upstream = await rawUpstream(answer, host);
  try {
    await use(upstream);
  } finally {
    upstream.stop();
  }
}

export async function readText(body: ChunkSource): Promise<string> {
  return await new Response(streamOf(body)).text();
}

/** What failed, and how: `[reason, status, message]` with the upstream's address taken out. */
export async function failureOf(work: Promise<unknown>): Promise<[string, number, string]> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof UpstreamError, `not an UpstreamError: ${error}`);
    const message = error.message.replace(/http:\/\/[\w.:<>@]+/g, "URL");
    return [error.reason, error.status, message];
  }
  assert.fail("nothing was thrown");
}
