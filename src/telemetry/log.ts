import { type LogFields, toJson, toLogfmt } from "./log_line.ts";

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
// The console and not process.stderr: the latter's stream costs 8 MB of resident memory.
let print = console.error;

/** Standard error leaves standard output to `weir filter`. */
export type LogOutput = "stdout" | "stderr";

/** Where a server's log goes: in Edge's form where Edge's goes. */
export function logOutput({ form }: { readonly form: string }): LogOutput {
  return form === "edge" ? "stdout" : "stderr";
}

/**
 * From here on lines are written. Before the first call nothing is; a later call replaces level,
 * format and place.
 */
export function configureLog(options: LogOptions, output: LogOutput = "stderr"): void {
  print = output === "stdout" ? console.log : console.error;
  format = options.format === "json" ? toJson : toLogfmt;
  lowest = LEVELS.indexOf(options.level);
}

/** One line each. The message is constant text; what varies goes into fields. */
export const log = {
  debug: (message: string, fields: LogFields = {}): void => write(0, message, fields),
  info: (message: string, fields: LogFields = {}): void => write(1, message, fields),
  warn: (message: string, fields: LogFields = {}): void => write(2, message, fields),
  error: (message: string, fields: LogFields = {}): void => write(3, message, fields),
};

function write(level: number, message: string, fields: LogFields): void {
  if (level < lowest) return;
  print(format({ timestampMs: Date.now(), level: LEVELS[level], message, fields }));
}
