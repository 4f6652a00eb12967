import { codecOf } from "../exposition/composite_codec.ts";
import { type BodyFormat, type CompositeFormat, isComposite } from "../exposition/line_format.ts";
import { ComposedLines } from "./composed_lines.ts";
import { ScrapeStats } from "./scrape_stats.ts";
import { textFromOpenMetrics } from "./text_from_openmetrics.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface ConvertedBody {
  readonly chunks: readonly Bytes[];
  readonly format: BodyFormat;
}

/**
 * A whole body in the format that is wanted, or in the nearest one: bodies of text stay text, which says
 * less than the composite formats could, and where OpenMetrics 1.0 is wanted of a composite body, that
 * becomes the text format. Undefined where it is in that format already.
 */
export function convertedBody(
  chunks: readonly Bytes[],
  from: BodyFormat,
  wanted: BodyFormat,
): ConvertedBody | undefined {
  if (from === wanted || from === "text") return undefined;
  if (isComposite(from)) {
    const lines = liftedLines(chunks, from);
    return isComposite(wanted)
      ? { chunks: composedBody(lines, wanted), format: wanted }
      : { chunks: textFromOpenMetrics(lines, "lifted"), format: "text" };
  }
  return wanted === "text" ? { chunks: textFromOpenMetrics(chunks), format: "text" } : undefined;
}

function liftedLines(chunks: readonly Bytes[], format: CompositeFormat): Bytes[] {
  const reader = codecOf(format).newReader();
  const lines: Bytes[] = [];
  for (const chunk of chunks) {
    reader.push(chunk, ({ bytes, length }) => lines.push(bytes.slice(0, length)));
  }
  reader.end(({ bytes, length }) => lines.push(bytes.slice(0, length)));
  return lines;
}

/** The body that lifted lines make: also lines of text that have no start times and the like. */
export function composedBody(lines: readonly Bytes[], format: CompositeFormat): Bytes[] {
  const body = new ComposedLines(format, 0, new ScrapeStats());
  for (const bytes of lines) body.write(bytes);
  body.close();
  body.terminate();
  return body.end();
}
