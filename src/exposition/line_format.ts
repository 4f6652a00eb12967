/** The grammar in which lines are read: the text format's, OpenMetrics 1.0's, or that of lifted.ts. */
export type LineFormat = "text" | "openmetrics" | "lifted";

/** Of a body that is text: which of the two it is. */
export function lineFormat(openMetrics: boolean): LineFormat {
  return openMetrics ? "openmetrics" : "text";
}

/** The formats of bodies that are text. */
export const TEXT_FORMATS: readonly LineFormat[] = ["text", "openmetrics"];
