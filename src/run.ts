import process from "node:process";
import { type CommandLine, helpText, parseCommandLine } from "./cli/command_line.ts";
import { ConfigError, messageOf } from "./problems/config_error.ts";
import { report } from "./cli/outcome.ts";
import { readSettings, type Settings, type SettingsInput } from "./scrape/settings.ts";
import { currentRuntime } from "./runtime/current.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { hasSimd } from "./runtime/simd.ts";
import { configureLog, log, logOutput } from "./telemetry/log.ts";
import { buildDate, revision, version } from "./version.ts";

/** Exit status of a wrong command line or configuration; nothing was done. */
const USAGE = 2;

async function main(runtime: Runtime): Promise<number> {
  const commandLine = parseCommandLine(runtime.args);
  const { command } = commandLine;
  if (command !== "help" && command !== "version" && !hasSimd()) {
    throw new ConfigError(["this runtime has no WebAssembly with SIMD, which Weir needs"]);
  }
  switch (command) {
    case "help":
      await runtime.writeStdout(new TextEncoder().encode(helpText()));
      return 0;
    case "version":
      await runtime.writeStdout(
        new TextEncoder().encode(await versionText(runtime, commandLine.flags.verbose === true)),
      );
      return 0;
    case "filter": {
      const settings = await settingsReader(runtime, commandLine, commandLine.flags.config)();
      configureLog(settings.config.log);
      if (commandLine.flags.explain !== undefined) {
        const { explain } = await import("./cli/explain.ts");
        const outcome = await explain(settings, commandLine.positionals[0], {
          flags: commandLine.flags,
          version,
          runtime,
        });
        return await report(outcome, runtime);
      }
      const { inputFormat } = await import("./cli/input_format.ts");
      const { filter } = await import("./cli/filter.ts");
      return await filter(settings, runtime, {
        file: commandLine.positionals[0],
        format: inputFormat(commandLine.flags),
        version,
      });
    }
    case "analyze": {
      const { analyze } = await import("./cli/analyze.ts");
      const input = settingsInput(runtime, commandLine, commandLine.flags.config);
      return await report(await analyze(input, commandLine.positionals[0], runtime), runtime);
    }
    case "check": {
      const { check } = await import("./cli/check.ts");
      const input = {
        ...settingsInput(runtime, commandLine, commandLine.positionals[0]),
        strict: true,
      };
      return await report(await check(input, runtime), runtime);
    }
    case "test": {
      const { test } = await import("./cli/test.ts");
      const options = { asJson: commandLine.flags.json === true, env: runtime.env };
      return await report(await test(commandLine.positionals, runtime, version, options), runtime);
    }
    case "schema": {
      const { schema } = await import("./cli/schema.ts");
      return await report(await schema(commandLine.positionals[0]), runtime);
    }
    case "serve": {
      const read = settingsReader(runtime, commandLine, commandLine.positionals[0]);
      const settings = await read();
      configureLog(settings.config.log, logOutput(settings.config));
      const { serve } = await import("./cli/serve.ts");
      await serve(settings, read, runtime, version);
      return 0;
    }
  }
}

/** What `--version` prints. */
async function versionText(runtime: Runtime, isVerbose: boolean): Promise<string> {
  const lines = [
    `weir ${version}`,
    `  revision:    ${revision}`,
    `  build date:  ${buildDate}`,
    `  runtime:     ${runtime.name} ${runtime.version}`,
    `  platform:    ${process.platform}/${process.arch}`,
  ];
  if (isVerbose) {
    const { GO_VERSION, UNICODE_VERSION } = await import("./relabel/unicode_tables.ts");
    lines.push(`  Unicode:     ${UNICODE_VERSION} in rules, as in ${GO_VERSION}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** What reads the settings, now and for each reload. Throws a ConfigError. */
function settingsReader(
  runtime: Runtime,
  commandLine: CommandLine,
  path: string | true | undefined,
): () => Promise<Settings> {
  let input = settingsInput(runtime, commandLine, path);
  return async () => {
    const settings = await readSettings(input, runtime);
    const { configPath } = settings;
    const fallbackPath = undefined;
    if (configPath !== undefined) {
      input = { ...input, path: configPath, isFileRequired: true, fallbackPath };
    }
    return settings;
  };
}

function settingsInput(
  runtime: Runtime,
  { command, flags }: CommandLine,
  path: string | true | undefined,
): SettingsInput {
  return {
    path: typeof path === "string" ? path : undefined,
    fallbackPath: isBare(command, flags) ? EDGES_FILE : undefined,
    flags,
    env: runtime.env,
    version,
    instanceId: crypto.randomUUID(),
    needsUpstream: command !== "filter" && command !== "analyze",
  };
}

/** What Edge reads when it is told nothing. */
const EDGES_FILE = "config.json";

/** Whether nothing but the environment says what to serve. */
function isBare(command: CommandLine["command"], flags: CommandLine["flags"]): boolean {
  const given = Object.keys(flags).filter((name) => !["json", "scrape"].includes(name));
  return (command === "serve" || command === "check") && given.length === 0;
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
    log.error("failed", { error: messageOf(error) });
    runtime.exit(1);
  }
}

void run();
