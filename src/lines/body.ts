import type { LiftedLines, LiftedReader } from "../exposition/lifted.ts";
import { LineBlocks, type LineBlockSink } from "../exposition/line_blocks.ts";

type Chunk = Uint8Array<ArrayBuffer>;

/** A body on its way to those who take what it says. */
export interface Body {
  push(chunk: Chunk): void;
  end(): void;
  /** Nothing comes any more. */
  release(): void;
}

export function textBody(sinks: readonly LineBlockSink[]): Body {
  const all = sinks.map((sink) => new LineBlocks(sink));
  return {
    push(chunk) {
      for (const blocks of all) blocks.push(chunk);
    },
    end() {
      for (const blocks of all) blocks.end();
    },
    release() {},
  };
}

/** Throws an UnreadableBody where it is none. */
export function compositeBody(reader: LiftedReader, take: (lines: LiftedLines) => void): Body {
  return {
    push: (chunk) => reader.push(chunk, take),
    end: () => reader.end(take),
    release: () => reader.release(),
  };
}
