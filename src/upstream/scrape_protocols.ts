import type { ScrapeProtocol } from "../config/scrape_protocols.ts";
import { formatName, type UpstreamFormats, upstreamFormats } from "./negotiate.ts";

/**
 * `upstreamFormats`, less the formats that `protocols` leaves out. The order stays the client's. Where
 * nothing is left that the client reads, plain text is asked for, which everyone has and reads.
 */
export function boundedFormats(
  clientAccept: string | null,
  protocols: readonly ScrapeProtocol[] | undefined,
): UpstreamFormats {
  const formats = upstreamFormats(clientAccept);
  if (protocols === undefined) return formats;
  if (last.formats !== formats || last.protocols !== protocols) {
    last = { formats, protocols, bounded: bounded(formats, protocols) };
  }
  return last.bounded;
}

/** A client asks the same each time. */
let last: {
  readonly formats?: UpstreamFormats;
  readonly protocols?: readonly ScrapeProtocol[];
  readonly bounded: UpstreamFormats;
} = { bounded: { accept: "", wanted: undefined } };

function bounded(
  { accept, wanted }: UpstreamFormats,
  protocols: readonly string[],
): UpstreamFormats {
  const ranges = accept.split(",").filter((range) => {
    const name = formatName(range);
    return name === undefined || protocols.includes(name);
  });
  const isNamed = ranges.some((range) => formatName(range) !== undefined);
  return {
    accept: (isNamed ? ranges : ["text/plain;version=0.0.4", ...ranges]).join(","),
    // What is not to be asked for is not missed.
    wanted: wanted === "other" || protocols.includes(String(wanted)) ? wanted : undefined,
  };
}
