import { configureSync, getLogger, type LogRecord } from "@logtape/logtape";
import { type LogFields, type LogLine, toJson, toLogfmt } from "./log_line.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "logfmt" | "json";

export interface LogOptions {
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/**
 * From here on lines go to standard error, which leaves standard output to `weir filter`. Before
 * the first call nothing is written; a later call replaces level and format.
 */
export function configureLog(options: LogOptions): void {
  const format = options.format === "json" ? toJson : toLogfmt;
  configureSync({
    reset: true,
    // The console and not process.stderr: the latter's stream costs 8 MB of resident memory.
    sinks: { stderr: (record) => console.error(format(lineOf(record))) },
    loggers: [
      {
        category,
        sinks: ["stderr"],
        lowestLevel: options.level === "warn" ? "warning" : options.level,
      },
      // The library's own logger: announces each configuration at info, a failing sink at fatal.
      { category: ["logtape", "meta"], sinks: ["stderr"], lowestLevel: "error" },
    ],
  });
}

const category = ["weir"];
const logger = getLogger(category);

/** One line each. The message is constant text; what varies goes into fields. */
export const log = {
  debug(message: string, fields: LogFields = {}): void {
    logger.debug(message, fields);
  },
  info(message: string, fields: LogFields = {}): void {
    logger.info(message, fields);
  },
  warn(message: string, fields: LogFields = {}): void {
    logger.warn(message, fields);
  },
  error(message: string, fields: LogFields = {}): void {
    logger.error(message, fields);
  },
};

/** The raw message, because the library would replace `{…}` in it. */
function lineOf(record: LogRecord): LogLine {
  return {
    timestampMs: record.timestamp,
    level: record.level === "warning" ? "warn" : record.level,
    message: typeof record.rawMessage === "string" ? record.rawMessage : record.message.join(""),
    fields: record.properties,
  };
}
