import { PolicyCounters } from "../../../src/policy/policy_counters.ts";
import { PolicyEngine } from "../../../src/policy/policy_engine.ts";
import { PolicySet } from "../../../src/policy/policy_set.ts";
import { readPolicies } from "../../../src/policy/providers/parse_policies.ts";
import { loadRegexLibrary, type RegexLibrary } from "../../../src/policy/regex.ts";
import { ResourceAttributes } from "../../../src/policy/resource_attributes.ts";
import { ScrapeStats } from "../../../src/lines/scrape_stats.ts";
import type { ScrapeRules } from "../../../src/lines/scrape_run.ts";
import { scrapeTransform } from "../../../src/lines/scrape_transform.ts";

/** Short for one policy: what it matches and whether it keeps. */
export interface PolicyText {
  readonly match: readonly Record<string, unknown>[];
  readonly keep: boolean;
}

export type Options = Partial<ScrapeRules>;

export type Chunks = readonly Uint8Array<ArrayBuffer>[];

export interface Filtered {
  readonly text: string;
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly stats: ScrapeStats;
}

const encoder = new TextEncoder();
export const encode = (text: string) => encoder.encode(text);

/** A policy that drops the samples whose name matches. */
export function dropName(regex: string): PolicyText {
  return { match: [{ metric_field: "name", regex }], keep: false };
}

/** An engine over the policies, numbered `p0`, `p1`, …; `regex` stands in for the real library. */
export async function engineOf(
  policies: readonly PolicyText[],
  regex?: RegexLibrary,
  counters = new PolicyCounters(),
): Promise<PolicyEngine> {
  const document = policies.map((metric, i) => ({ id: `p${i}`, name: `policy ${i}`, metric }));
  const specs = (await readPolicies(document)).map((entry) => {
    if (entry.state !== "active") throw new Error(JSON.stringify(entry));
    return entry.spec;
  });
  const set = new PolicySet(specs, regex ?? await loadRegexLibrary(), counters);
  return new PolicyEngine(set, new ResourceAttributes([]));
}

/** Sends the chunks through the transform of a scrape and collects what comes out. */
export async function filterChunks(
  source: Chunks | ReadableStream<Uint8Array<ArrayBuffer>>,
  options: Options = {},
): Promise<Filtered> {
  const stats = new ScrapeStats();
  const transform = scrapeTransform({
    policies: undefined,
    rules: undefined,
    format: "text",
    maxLineBytes: 4096,
    maxInputBytes: 0,
    maxOutputBytes: 0,
    onLimit: "truncate",
    saysMissing: false,
    ...options,
  }, stats);
  const out: Uint8Array<ArrayBuffer>[] = [];
  const stream = source instanceof ReadableStream ? source : streamOf(source);
  for await (const chunk of stream.pipeThrough(transform)) out.push(chunk);
  return { text: textOf(out), chunks: out, stats };
}

/** One text in one chunk, through these policies. */
export async function filtered(
  input: string,
  policies: readonly PolicyText[] = [],
  options: Options = {},
): Promise<Filtered> {
  const engine = policies.length === 0 ? undefined : await engineOf(policies);
  return await filterChunks([encode(input)], { policies: engine, ...options });
}

/** A stream of these chunks, each when it is asked for. */
export function streamOf(chunks: Chunks): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at < chunks.length) controller.enqueue(chunks[at++]);
      else controller.close();
    },
  }, { highWaterMark: 0 });
}

/** The bytes in pieces of `size`. */
export function chunksOf<Bytes extends ArrayBuffer>(bytes: Uint8Array<Bytes>, size: number) {
  const chunks: Uint8Array<Bytes>[] = [];
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
  return chunks;
}

function textOf(chunks: readonly Uint8Array[]): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
}
