/** The grammar in which lines are read: the text format's, OpenMetrics 1.0's, or that of lifted.ts. */
export type LineFormat = "text" | "openmetrics" | "lifted";

/** A format of bodies whose metrics are composite: they are taken as lifted lines. */
export type CompositeFormat = "protobuf" | "openmetrics2";

/** What a body is in; "lifted" where its metrics were taken as lines already. */
export type BodyFormat = LineFormat | CompositeFormat;

/** The grammar of the lines that a body is taken as. */
export function lineFormatOf(format: BodyFormat): LineFormat {
  return format === "protobuf" || format === "openmetrics2" ? "lifted" : format;
}

/** Of a body that is text: which of the two it is. */
export function lineFormat(openMetrics: boolean): LineFormat {
  return openMetrics ? "openmetrics" : "text";
}

/** The formats of bodies that are text. */
export const TEXT_FORMATS: readonly LineFormat[] = ["text", "openmetrics"];
