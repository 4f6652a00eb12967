import { Buffer } from "node:buffer";
import type { LiftedLines, LiftedReader } from "../../../src/exposition/lifted.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface Lifted {
  /** The lines, without their newlines, and the message of the error that ended them. */
  readonly lines: readonly string[];
  readonly error: string | undefined;
  /** The body without the lines that were not kept; samples as told to the output. */
  readonly rewritten: Bytes;
  readonly samples: number;
}

/** Reads a body in those chunks, and writes again what `keep` says of its lines. */
export function lift(
  reader: LiftedReader,
  chunks: readonly Bytes[],
  keep: (line: string, index: number) => boolean = () => true,
): Lifted {
  const lines: string[] = [];
  const pieces: Bytes[] = [];
  let samples = 0;
  const output = {
    write(piece: Bytes, count: number): boolean {
      pieces.push(piece.slice());
      samples += count;
      return true;
    },
  };
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const take = ({ bytes, length, count, starts }: LiftedLines) => {
    const kept = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const line = decoder.decode(bytes.subarray(starts[i], starts[i + 1] - 1));
      if (bytes[starts[i + 1] - 1] !== 0x0a) throw new Error(`no newline behind ${line}`);
      kept[i] = keep(line, lines.length) ? 1 : 0;
      lines.push(line);
    }
    if (starts[count] !== length) throw new Error("lines that do not end where they are said to");
    reader.rewrite(kept, output);
  };
  let error: string | undefined;
  try {
    for (const chunk of chunks) reader.push(chunk, take);
    reader.end(take);
    reader.endRewrite(output);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown.name !== "UnreadableBody") throw thrown;
    error = thrown.message;
  }
  return { lines, error, rewritten: new Uint8Array(Buffer.concat(pieces)), samples };
}
