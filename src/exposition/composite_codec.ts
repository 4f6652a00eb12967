import type { LiftedReader } from "./lifted.ts";
import type { CompositeFormat } from "./line_format.ts";
import { ProtobufReader } from "./protobuf/protobuf_reader.ts";

/** What reads bodies of one format. */
export interface CompositeCodec {
  newReader(): LiftedReader;
}

export function codecOf(_format: CompositeFormat): CompositeCodec {
  return { newReader: () => new ProtobufReader() };
}
