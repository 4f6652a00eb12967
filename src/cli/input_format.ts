import type { BodyFormat } from "../exposition/line_format.ts";
import type { Flags } from "../config/flags.ts";
import { ConfigError } from "../problems/config_error.ts";

/** What `--format` may name. */
const FORMATS: readonly BodyFormat[] = ["text", "openmetrics", "openmetrics2", "protobuf"];

/**
 * What `--format`, or `--openmetrics`, says of the input; undefined where they say nothing. Throws a
 * ConfigError for another word, and where the two disagree.
 */
export function inputFormat(
  { format: given, openmetrics }: Flags,
): BodyFormat | undefined {
  const format = FORMATS.find((name) => name === given);
  if (given !== undefined && format === undefined) {
    const found = JSON.stringify(given);
    const wanted = "text, openmetrics, openmetrics2 or protobuf";
    throw new ConfigError([`--format: found ${found}, wanted ${wanted}`]);
  }
  if (openmetrics !== true) return format;
  if (format !== undefined && format !== "openmetrics") {
    throw new ConfigError([`--openmetrics: is --format openmetrics, and --format is ${format}`]);
  }
  return "openmetrics";
}
