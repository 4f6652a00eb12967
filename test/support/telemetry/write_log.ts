/** Writes a line of each level to the log: `write_log.ts OPTIONS-AS-JSON stdout|stderr`. */
import process from "node:process";
import { configureLog, log, type LogOutput } from "../../../src/telemetry/log.ts";

const [options, output] = process.argv.slice(2);
log.error("before the log is configured");
configureLog(JSON.parse(options), output as LogOutput);
log.debug("fine");
log.info("listening", { port: 8080 });
log.warn("odd {braces} %s", { braces: 1 });
log.error("failed", { error: new Error("no such host") });
