import { MAX_SAMPLE_METADATA_BYTES } from "../bounds.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { Families } from "../exposition/families.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { NEWLINE } from "../exposition/bytes.ts";
import { readMetadataLine } from "../exposition/metadata_line.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { type ExplainedSample, traceSample } from "../analyze/sample_trace.ts";
import type { PolicyCounters } from "../policy/policy_counters.ts";
import { ScrapeStats } from "./scrape_stats.ts";
import type { ScrapeRules } from "./scrape_run.ts";
import { scrapeTransform } from "./scrape_transform.ts";

/**
 * Follows one sample through the pipeline. `metadata` is what the scrape says of its family, in HELP,
 * TYPE and UNIT lines. Undefined when the line is no sample. The policies of `rules` have to count
 * into `counters`, and nothing else may.
 */
export async function explainedSample(
  sample: string,
  metadata: string,
  rules: ScrapeRules,
  counters: PolicyCounters,
): Promise<ExplainedSample | undefined> {
  const line = new TextEncoder().encode(sample);
  const name = sampleName(line);
  if (name === undefined) return undefined;
  const type = typeOf(name, metadata);
  const stats = new ScrapeStats();
  const body = new Response(`${metadata}${sample}\n`).body as ReadableStream<
    Uint8Array<ArrayBuffer>
  >;
  const output = await new Response(body.pipeThrough(scrapeTransform(rules, stats))).text();
  rules.policies?.settle();
  const policies = [...counters.entries()]
    .filter(([, { hits, misses }]) => hits + misses > 0)
    .map(([id, { hits }]) => ({ id, decided: hits > 0 }))
    .sort((a, b) => Number(b.decided) - Number(a.decided));
  const droppedByPolicies = stats.droppedByPolicy > 0;
  const set = droppedByPolicies ? undefined : rules.rules?.rules;
  return {
    sample,
    type,
    policies,
    droppedByPolicies,
    rules: set === undefined ? [] : traceSample(line, type, set) ?? [],
    out: output.split("\n").findLast((text) => text !== "" && !text.startsWith("#")),
  };
}

function sampleName(line: Uint8Array): string | undefined {
  const spans = new SampleSpans();
  if (line.includes(NEWLINE) || !scanSample(line, 0, line.length, spans)) return undefined;
  return decodeQuoted(line, spans.nameStart, spans.nameEnd);
}

function typeOf(name: string, metadata: string): FamilyType | undefined {
  const families = new Families(false);
  const bytes = new TextEncoder().encode(metadata);
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start);
    families.hold(bytes, start, end, end + 1);
    start = end + 1;
  }
  return families.ofSample(name)?.type;
}

/** Returns the HELP, TYPE and UNIT lines of an exposition that may speak of a sample's family. */
export async function metadataFor(
  sample: string,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const metadata = new SampleMetadata(sample);
  for await (const chunk of body) metadata.push(chunk);
  return metadata.end();
}

/** Collects those lines from chunks that pass by. */
export class SampleMetadata implements LineBlockSink {
  readonly #name: string;
  readonly #blocks = new LineBlocks(this);
  #found = "";

  constructor(sample: string) {
    this.#name = sampleName(new TextEncoder().encode(sample)) ?? "";
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** The input has ended: returns what was found. */
  end(): string {
    this.#blocks.end();
    return this.#found;
  }

  lines(bytes: Uint8Array, start: number, end: number): void {
    while (start < end) {
      const newline = bytes.indexOf(NEWLINE, start);
      const lineEnd = newline < 0 || newline >= end ? end : newline;
      const metadata = readMetadataLine(bytes, start, lineEnd);
      if (metadata !== undefined && this.#name.startsWith(metadata.family)) {
        this.#keep(bytes.subarray(start, lineEnd));
      }
      start = lineEnd + 1;
    }
  }

  linePiece(): void {}

  #keep(line: Uint8Array): void {
    if (this.#found.length + line.length > MAX_SAMPLE_METADATA_BYTES) return;
    this.#found += `${new TextDecoder().decode(line)}\n`;
  }
}
