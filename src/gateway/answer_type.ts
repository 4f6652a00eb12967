import { OPEN_METRICS_TYPE, TEXT_TYPE } from "../upstream/negotiate.ts";

/**
 * The Content-Type of what a gateway writes: never a target's, of which one that errs would be all
 * targets' error. Where names beyond the classic alphabet may be, it says how they are written.
 */
export function answerType(openMetrics: boolean, hasQuotedNames: boolean): string {
  if (!hasQuotedNames) return openMetrics ? OPEN_METRICS_TYPE : TEXT_TYPE;
  const format = openMetrics ? "application/openmetrics-text" : "text/plain";
  return `${format}; version=1.0.0; charset=utf-8; escaping=allow-utf-8`;
}
