import process from "node:process";
import { type CommandLine, helpText, parseCommandLine } from "./cli/flags.ts";
import type { Config } from "./config/config.ts";
import { ConfigError } from "./config/config_error.ts";
import { loadConfig } from "./config/load.ts";
import { currentRuntime } from "./runtime/current.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { configureLog, log } from "./telemetry/log.ts";
import { version } from "./version.ts";

/** Exit status of a wrong command line or configuration; nothing was done. */
const USAGE = 2;

async function main(runtime: Runtime): Promise<number> {
  const commandLine = parseCommandLine(runtime.args);
  switch (commandLine.command) {
    case "help":
      await runtime.writeStdout(new TextEncoder().encode(helpText()));
      return 0;
    case "version":
      await runtime.writeStdout(new TextEncoder().encode(`weir ${version}\n`));
      return 0;
    case "filter": {
      const config = await configure(runtime, commandLine, commandLine.flags.config);
      const { filter } = await import("./cli/filter.ts");
      return await filter(config, runtime, commandLine.positionals[0]);
    }
    case "serve": {
      const config = await configure(runtime, commandLine, commandLine.positionals[0]);
      const { serve } = await import("./cli/serve.ts");
      await serve(config, runtime, version);
      return 0;
    }
  }
}

async function configure(
  runtime: Runtime,
  { command, flags }: CommandLine,
  path: string | true | undefined,
): Promise<Config> {
  const file = typeof path === "string"
    ? { path, bytes: await readConfigFile(runtime, path) }
    : {};
  const config = await loadConfig({
    ...file,
    flags,
    env: runtime.env,
    version,
    instanceId: crypto.randomUUID(),
    needsUpstream: command === "serve",
  });
  configureLog(config.log);
  return config;
}

async function readConfigFile(runtime: Runtime, path: string): Promise<Uint8Array> {
  try {
    return await runtime.readFile(path);
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)]);
  }
}

/**
 * Scrapes go straight to the target, as Prometheus's do: a proxy that the environment names for
 * other programs would be in the way, and both runtimes' `fetch` would use it even for loopback.
 */
function ignoreProxyVariables(): void {
  for (const name of ["http_proxy", "https_proxy", "all_proxy"]) {
    delete process.env[name];
    delete process.env[name.toUpperCase()];
  }
}

async function run(): Promise<void> {
  const runtime = await currentRuntime();
  ignoreProxyVariables();
  try {
    runtime.exit(await main(runtime));
  } catch (error) {
    if (error instanceof ConfigError) {
      console.error(error.message);
      runtime.exit(USAGE);
    }
    log.error("failed", { error: error instanceof Error ? error.message : String(error) });
    runtime.exit(1);
  }
}

void run();
