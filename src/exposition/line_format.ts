/** The grammar in which lines are read: the text format's, OpenMetrics 1.0's, or that of lifted.ts. */
export type LineFormat = "text" | "openmetrics" | "lifted";

/** A format of bodies whose metrics are composite: they are taken as lifted lines. */
export type CompositeFormat = "protobuf" | "openmetrics2";

/** What a body may be in. */
export type BodyFormat = "text" | "openmetrics" | CompositeFormat;

/** What is read: a body, or the lines that one was taken as already. */
export type ReadFormat = BodyFormat | "lifted";

/** The grammar of the lines that a body is taken as. */
export function lineFormatOf(format: ReadFormat): LineFormat {
  return isComposite(format) ? "lifted" : format;
}

export function isComposite(format: ReadFormat): format is CompositeFormat {
  return format === "protobuf" || format === "openmetrics2";
}

/** Of a body that is text: which of the two it is. */
export function lineFormat(openMetrics: boolean): "text" | "openmetrics" {
  return openMetrics ? "openmetrics" : "text";
}

/** The formats of bodies that are text. */
export const TEXT_FORMATS: readonly LineFormat[] = ["text", "openmetrics"];
