import { Buffer } from "node:buffer";
import { Composer } from "../../../src/exposition/compose/composer.ts";
import type { LiftedOutput } from "../../../src/exposition/lifted.ts";
import {
  OpenMetrics2Encoder,
  TERMINATOR,
} from "../../../src/exposition/openmetrics2/openmetrics2_encoder.ts";
import { OpenMetrics2Reader } from "../../../src/exposition/openmetrics2/openmetrics2_reader.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** Chunks of so many bytes. */
export function chunksOf(bytes: Bytes, length: number): Bytes[] {
  const chunks: Bytes[] = [];
  for (let at = 0; at < bytes.length; at += length) chunks.push(bytes.slice(at, at + length));
  return chunks;
}

/** Gathers what is written. */
export class Written implements LiftedOutput {
  readonly pieces: Bytes[] = [];
  samples = 0;

  write(piece: Bytes, samples: number): boolean {
    this.pieces.push(piece);
    this.samples += samples;
    return true;
  }

  get bytes(): Bytes {
    return new Uint8Array(Buffer.concat(this.pieces));
  }
}

/** The lines that a body is lifted to, and whether it had its terminator. */
export function lifted(chunks: readonly Bytes[]): { lines: Bytes[]; terminated: boolean } {
  const reader = new OpenMetrics2Reader();
  const lines: Bytes[] = [];
  const take: Parameters<OpenMetrics2Reader["push"]>[1] = ({ bytes, starts, count }) => {
    for (let i = 0; i < count; i++) lines.push(bytes.slice(starts[i], starts[i + 1]));
  };
  for (const chunk of chunks) reader.push(chunk, take);
  reader.end(take);
  return { lines, terminated: reader.terminator !== undefined };
}

/** A body without the lifted lines that `keeps` says no to. */
export function rewritten(chunks: readonly Bytes[], keeps: (line: string) => boolean): Written {
  const reader = new OpenMetrics2Reader();
  const output = new Written();
  const decoder = new TextDecoder();
  const take: Parameters<OpenMetrics2Reader["push"]>[1] = ({ bytes, starts, count }) => {
    const kept = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      kept[i] = Number(keeps(decoder.decode(bytes.subarray(starts[i], starts[i + 1]))));
    }
    reader.rewrite(kept, output);
  };
  for (const chunk of chunks) reader.push(chunk, take);
  reader.end(take);
  reader.endRewrite(output);
  if (reader.terminator !== undefined) output.write(reader.terminator, 0);
  return output;
}

/** Lifted lines as OpenMetrics 2.0. */
export function composed(chunks: readonly Bytes[]): Bytes {
  const output = new Written();
  const composer = new Composer(new OpenMetrics2Encoder(output));
  for (const chunk of chunks) composer.push(chunk);
  composer.end();
  output.write(TERMINATOR, 0);
  return output.bytes;
}
