import type { FamilyEncoder } from "./compose/family_encoder.ts";
import type { LiftedOutput, LiftedReader } from "./lifted.ts";
import type { CompositeFormat } from "./line_format.ts";
import { OpenMetrics2Encoder, TERMINATOR } from "./openmetrics2/openmetrics2_encoder.ts";
import { OpenMetrics2Reader } from "./openmetrics2/openmetrics2_reader.ts";
import { ProtobufEncoder } from "./protobuf/protobuf_encoder.ts";
import { ProtobufReader } from "./protobuf/protobuf_reader.ts";

/** What reads and writes bodies of one format. */
export interface CompositeCodec {
  newReader(): LiftedReader;
  newEncoder(output: LiftedOutput): FamilyEncoder;
  /** What a body ends with. */
  readonly terminator: Uint8Array<ArrayBuffer>;
}

export function codecOf(format: CompositeFormat): CompositeCodec {
  return CODECS[format];
}

const CODECS: Readonly<Record<CompositeFormat, CompositeCodec>> = {
  protobuf: {
    newReader: () => ProtobufReader.take(),
    newEncoder: (output) => new ProtobufEncoder(output),
    terminator: new Uint8Array(0),
  },
  openmetrics2: {
    newReader: () => new OpenMetrics2Reader(),
    newEncoder: (output) => new OpenMetrics2Encoder(output),
    terminator: TERMINATOR,
  },
};
