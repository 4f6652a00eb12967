import { log } from "../telemetry/log.ts";
import type { ScrapeMetrics } from "../telemetry/weir_metrics.ts";
import { formatName, type WantedFormat } from "./negotiate.ts";

/** Counts an answer in another format than its client wanted most, and tells the log of the first. */
export function reportDowngrade(
  { formatDowngrades }: ScrapeMetrics,
  from: WantedFormat,
  contentType: string | null,
): void {
  const to = formatName(contentType) ?? "other";
  if (to === from && from !== "other") return;
  const counted = formatDowngrades.with(from, to);
  if (counted.value === 0) {
    const why = from === "other"
      ? "a client wants a format that is not read: some may be lost"
      : "a client wants a format that the upstream does not have: native histograms are lost";
    log.warn(why, { from, to });
  }
  counted.inc();
}
