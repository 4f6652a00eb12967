import { type LogFields, toJson, toLogfmt } from "./log_line.ts";
import { LogStream, takesColour } from "./standard_streams.ts";

export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFormat = "logfmt" | "json";

export interface LogOptions {
  /** The lowest level that is written. */
  readonly level: LogLevel;
  readonly format: LogFormat;
}

/** From the lowest. */
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

let format = toLogfmt;
let lowest = LEVELS.length;
let isColoured = false;
let stream = new LogStream(2, lostLine);

/** Standard error leaves standard output to `weir filter`. */
export type LogOutput = "stdout" | "stderr";

/** Where a server's log goes: in Edge's form where Edge's goes. */
export function logOutput({ form }: { readonly form: string }): LogOutput {
  return form === "edge" ? "stdout" : "stderr";
}

let place: LogOutput = "stderr";

/**
 * From here on lines are written. Before the first call nothing is; a later call replaces level,
 * format and place.
 */
export function configureLog(options: LogOptions, output: LogOutput = "stderr"): void {
  const descriptor = output === "stdout" ? 1 : 2;
  if (output !== place) stream = new LogStream(descriptor, lostLine);
  place = output;
  format = options.format === "json" ? toJson : toLogfmt;
  isColoured = options.format !== "json" && takesColour(descriptor);
  lowest = LEVELS.indexOf(options.level);
}

/** Whether it was configured. */
export function isLogging(): boolean {
  return lowest < LEVELS.length;
}

/** One line each. The message is constant text; what varies goes into fields. */
export const log = {
  debug: (message: string, fields: LogFields = {}): void => write(0, message, fields),
  info: (message: string, fields: LogFields = {}): void => write(1, message, fields),
  warn: (message: string, fields: LogFields = {}): void => write(2, message, fields),
  error: (message: string, fields: LogFields = {}): void => write(3, message, fields),
};

function write(level: number, message: string, fields: LogFields): void {
  if (level >= lowest) stream.write(lineOf(level, message, fields));
}

function lineOf(level: number, message: string, fields: LogFields): string {
  const name = LEVELS[level];
  const line = format({ timestampMs: Date.now(), level: name, message, fields });
  // The time before it holds no such text.
  const word = `level=${name}`;
  return isColoured ? line.replace(word, `\x1b[${COLOURS[name]}m${word}\x1b[0m`) : line;
}

/** Of terminals: grey, green, yellow, red. */
const COLOURS: Readonly<Record<LogLevel, number>> = { debug: 90, info: 32, warn: 33, error: 31 };

/** Written whatever the level is. */
function lostLine(lines: number): string {
  return lineOf(LEVELS.indexOf("warn"), "log lines were left out", { lines });
}
