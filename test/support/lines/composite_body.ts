import { Composer } from "../../../src/exposition/compose/composer.ts";
import { codecOf } from "../../../src/exposition/composite_codec.ts";
import type { CompositeFormat } from "../../../src/exposition/line_format.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** A body that says what lifted lines do. */
export function bodyOf(lines: string, format: CompositeFormat): Bytes {
  const { newEncoder, terminator } = codecOf(format);
  const pieces: Bytes[] = [];
  const write = (piece: Bytes) => pieces.push(piece.slice()) > 0;
  const composer = new Composer(newEncoder({ write }));
  composer.push(new TextEncoder().encode(lines));
  composer.end();
  return joined([...pieces, terminator]);
}

/** The lifted lines of a body. */
export function liftedText(chunks: readonly Bytes[], format: CompositeFormat): string {
  const reader = codecOf(format).newReader();
  const decoder = new TextDecoder();
  let text = "";
  const take = ({ bytes, length }: { bytes: Bytes; length: number }) =>
    text += decoder.decode(bytes.subarray(0, length));
  for (const chunk of chunks) reader.push(chunk, take);
  reader.end(take);
  return text;
}

export function joined(chunks: readonly Bytes[]): Bytes {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
