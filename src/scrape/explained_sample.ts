import { MAX_SAMPLE_METADATA_BYTES } from "../bounds.ts";
import { NEWLINE } from "../exposition/bytes.ts";
import { eachLine, LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";
import { type LineFormat, lineFormatOf, TEXT_FORMATS } from "../exposition/line_format.ts";
import { readMetadataLine } from "../exposition/metadata_line.ts";
import { SampleSpans } from "../exposition/sample_spans.ts";
import { scanSample } from "../exposition/scan_sample.ts";
import { decodeQuoted } from "../exposition/text.ts";
import { type ExplainedSample, SampleTrace } from "../analyze/sample_trace.ts";
import type { PolicyCounters } from "../policy/policy_counters.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import type { ScrapeRules } from "../lines/scrape_run.ts";
import { scrapedText } from "../lines/scrape_transform.ts";

/**
 * Follows one sample through the pipeline: an exposition of its family's HELP, TYPE and UNIT lines
 * (`metadata`) and itself. Undefined when the line is no sample. The policies of `rules` have to
 * count into `counters`, and nothing else may.
 */
export function explainedSample(
  sample: string,
  metadata: string,
  rules: ScrapeRules,
  counters: PolicyCounters,
): ExplainedSample | undefined {
  if (sampleName(sample, lineFormatOf(rules.format)) === undefined) return undefined;
  const stats = new ScrapeStats();
  const trace = new SampleTrace(rules.rules?.rules);
  const output = scrapedText(`${metadata}${sample}\n`, {
    ...rules,
    watcher: trace,
    saysMissing: false,
  }, stats);
  rules.policies?.settle();
  const policies = [...counters.entries()]
    .filter(([, { hits, misses }]) => hits + misses > 0)
    .map(([id, { hits }]) => ({ id, decided: hits > 0 }))
    .sort((a, b) => Number(b.decided) - Number(a.decided));
  return {
    sample,
    type: trace.type,
    policies,
    droppedByPolicies: stats.droppedByPolicy > 0,
    rules: trace.steps,
    out: output.split("\n").findLast((text) => text !== "" && !text.startsWith("#")),
  };
}

/** The name of the sample that a line is, in either text format or as one that is lifted. */
function sampleName(text: string, format: LineFormat): string | undefined {
  const line = new TextEncoder().encode(text);
  const spans = new SampleSpans();
  const formats = format === "lifted" ? [format] : TEXT_FORMATS;
  const isSample = formats.some((format) => scanSample(line, 0, line.length, spans, format));
  if (line.includes(NEWLINE) || !isSample) return undefined;
  return decodeQuoted(line, spans.nameStart, spans.nameEnd);
}

/** Returns the HELP, TYPE and UNIT lines of an exposition that may speak of a sample's family. */
export async function metadataFor(
  sample: string,
  format: LineFormat,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<string> {
  const metadata = new SampleMetadata(sample, format);
  for await (const chunk of body) metadata.push(chunk);
  return metadata.end();
}

/** Collects those lines from chunks that pass by. */
export class SampleMetadata implements LineBlockSink {
  readonly #name: string;
  readonly #blocks = new LineBlocks(this);
  #found = "";

  constructor(sample: string, format: LineFormat) {
    this.#name = sampleName(sample, format) ?? "";
  }

  push(chunk: Uint8Array): void {
    this.#blocks.push(chunk);
  }

  /** The input has ended: returns what was found. */
  end(): string {
    this.#blocks.end();
    return this.#found;
  }

  lines(bytes: Uint8Array, start: number, end: number): number {
    eachLine(bytes, start, end, (lineStart, lineEnd) => {
      const metadata = readMetadataLine(bytes, lineStart, lineEnd);
      if (metadata === undefined || !this.#name.startsWith(metadata.family)) return;
      this.#keep(bytes.subarray(lineStart, lineEnd));
    });
    return end;
  }

  linePiece(): void {}

  #keep(line: Uint8Array): void {
    if (this.#found.length + line.length > MAX_SAMPLE_METADATA_BYTES) return;
    this.#found += `${new TextDecoder().decode(line)}\n`;
  }
}
