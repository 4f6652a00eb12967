import process from "node:process";
import { type CommandLine, parseCommandLine, unknownCommand } from "./cli/command_line.ts";
import type { Command } from "./config/commands.ts";
import { ConfigError, messageOf } from "./problems/config_error.ts";
import { report } from "./cli/outcome.ts";
import { readSettings, type Settings, type SettingsInput } from "./scrape/settings.ts";
import { currentRuntime } from "./runtime/current.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { hasSimd } from "./runtime/simd.ts";
import { configureLog, isLogging, log, logOutput } from "./telemetry/log.ts";
import { writeMessage } from "./telemetry/standard_streams.ts";
import { buildDate, version } from "./version.ts";

/** Exit status of a wrong command line or configuration; nothing was done. */
const USAGE = 2;

async function main(runtime: Runtime): Promise<number> {
  const commandLine = parseCommandLine(runtime.args);
  const { command, flags, positionals: [argument] } = commandLine;
  if (NEEDS_SIMD.has(command) && !hasSimd()) {
    throw new ConfigError(["this runtime has no WebAssembly with SIMD, which Weir needs"]);
  }
  switch (command) {
    case "help": {
      const { commandText, overviewText } = await import("./cli/help.ts");
      return await print(
        argument === undefined ? overviewText() : commandText(argument as Command),
        runtime,
      );
    }
    case "version": {
      const { versionText } = await import("./cli/version_text.ts");
      return await print(await versionText(runtime, flags.verbose === true), runtime);
    }
    case "completion": {
      const { completionScript } = await import("./cli/completion.ts");
      return await print(completionScript(argument), runtime);
    }
    case "man": {
      const { manPage } = await import("./cli/man_page.ts");
      const [date] = /^\d{4}-\d\d-\d\d/.exec(buildDate) ?? [""];
      return await print(manPage(version, date), runtime);
    }
    case "filter": {
      const settings = await settingsReader(runtime, commandLine)();
      configureLog(settings.config.log);
      if (flags.explain !== undefined) {
        const { explain } = await import("./cli/explain.ts");
        const outcome = await explain(settings, argument, { flags, version, runtime });
        return await report(outcome, runtime);
      }
      const { inputFormat } = await import("./cli/input_format.ts");
      const { filter } = await import("./cli/filter.ts");
      const format = inputFormat(flags);
      return await filter(settings, runtime, { file: argument, format, version });
    }
    case "analyze": {
      const { analyze } = await import("./cli/analyze.ts");
      const input = settingsInput(runtime, commandLine);
      return await report(await analyze(input, argument, runtime), runtime);
    }
    case "check": {
      const { check } = await import("./cli/check.ts");
      const input = { ...settingsInput(runtime, commandLine), strict: true };
      return await report(await check(input, runtime), runtime);
    }
    case "usage": {
      const { usage } = await import("./cli/usage.ts");
      return await report(await usage(commandLine.positionals, flags, runtime, version), runtime);
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
      const read = settingsReader(runtime, commandLine);
      const settings = await read().catch((error) => lostWord(error, runtime, argument));
      configureLog(settings.config.log, logOutput(settings.config));
      const { serve } = await import("./cli/serve.ts");
      await serve(settings, read, runtime, version);
      return 0;
    }
  }
}

const NEEDS_SIMD: ReadonlySet<Command> = new Set(["serve", "filter", "analyze", "check", "test"]);

async function print(text: string, runtime: Runtime): Promise<number> {
  await runtime.writeStdout(new TextEncoder().encode(text));
  return 0;
}

/** Throws a better error where a word was meant as a command, and was taken for a config file. */
async function lostWord(
  error: unknown,
  runtime: Runtime,
  word: string | undefined,
): Promise<never> {
  const isPlain = word !== undefined && /^[\w-]+$/.test(word) && !runtime.args.includes("serve");
  if (!isPlain || !(error instanceof ConfigError)) throw error;
  const isThere = await runtime.readFile(word).then(() => true, () => false);
  if (isThere) throw error;
  throw new ConfigError([
    unknownCommand(word) ??
      `${word}: is neither a command nor a file; weir help lists the commands`,
  ]);
}

/** What reads the settings, now and for each reload. Throws a ConfigError. */
function settingsReader(
  runtime: Runtime,
  commandLine: CommandLine,
): () => Promise<Settings> {
  let input = settingsInput(runtime, commandLine);
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

function settingsInput(runtime: Runtime, { command, flags }: CommandLine): SettingsInput {
  return {
    path: flags.config,
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
      writeMessage(`${error.message}\n`);
      runtime.exit(USAGE);
    }
    // What went wrong before is not to be lost.
    if (!isLogging()) configureLog({ level: "error", format: "logfmt" });
    log.error("failed", { error: messageOf(error) });
    runtime.exit(1);
  }
}

void run();
