import type { BodyFormat } from "../exposition/line_format.ts";
import {
  OPEN_METRICS_2_TYPE,
  OPEN_METRICS_TYPE,
  PROTOBUF_TYPE,
  TEXT_TYPE,
} from "../upstream/negotiate.ts";

/**
 * The Content-Type of what a gateway writes: never a target's, of which one that errs would be all
 * targets' error. Where names beyond the classic alphabet may be, it says how they are written.
 */
export function answerType(format: BodyFormat, hasQuotedNames: boolean): string {
  const type = TYPES[format];
  if (!hasQuotedNames || type.includes("escaping=")) return type;
  const [media] = type.split(";");
  return `${media}; version=1.0.0; charset=utf-8; escaping=allow-utf-8`;
}

const TYPES: Readonly<Record<BodyFormat, string>> = {
  protobuf: PROTOBUF_TYPE,
  openmetrics2: OPEN_METRICS_2_TYPE,
  openmetrics: OPEN_METRICS_TYPE,
  text: TEXT_TYPE,
};
