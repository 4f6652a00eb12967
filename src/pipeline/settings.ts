import type { Config } from "../config/config.ts";
import { ConfigError } from "../config/config_error.ts";
import { type ConfigInput, loadConfig } from "../config/load.ts";
import { parseConfigText } from "../config/parse_text.ts";
import { readNamedFile } from "../config/read_file.ts";
import { readRelabelDocument } from "../relabel/relabel_file.ts";
import type { RelabelConfig } from "../relabel/relabel_config.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { buildRules, type RulesInForce } from "./rules_in_force.ts";

/** Everything that a scrape is processed by, read and compiled; replaced as a whole on a reload. */
export interface Settings {
  readonly config: Config;
  readonly rules: RulesInForce | undefined;
  /** The files that it was read from. */
  readonly files: readonly string[];
  /** Sentences to log once: what is configured and has no effect. */
  readonly warnings: readonly string[];
  /** Equal for equal contents of those files. */
  readonly fingerprint: string;
}

export type SettingsInput = Omit<ConfigInput, "path" | "bytes"> & {
  /** The config file, if one was given. */
  readonly path: string | undefined;
};

/** Reads and compiles all of it. Throws a ConfigError with everything that is wrong. */
export async function readSettings(
  input: SettingsInput,
  runtime: Pick<Runtime, "readFile">,
): Promise<Settings> {
  const { path, ...rest } = input;
  const contents: Uint8Array[] = [];
  const files: string[] = [];
  const read = async (file: string) => {
    const bytes = await readNamedFile(file, runtime);
    files.push(file);
    contents.push(bytes);
    return bytes;
  };
  const config = await loadConfig(
    path === undefined ? rest : { ...rest, path, bytes: await read(path) },
  );
  const { relabelConfigs, warnings } = await relabelConfigsOf(config, read);
  return {
    config,
    rules: await buildRules({ ...config, relabelConfigs }),
    files,
    warnings: [...config.warnings, ...warnings],
    fingerprint: contents.map((bytes) => new TextDecoder().decode(bytes)).join("\0"),
  };
}

/** The rules in force: those of the relabel file or flag where there is one. */
async function relabelConfigsOf(
  config: Config,
  read: (file: string) => Promise<Uint8Array>,
): Promise<{ relabelConfigs: readonly RelabelConfig[]; warnings: string[] }> {
  const source = config.relabelSource;
  if (source === undefined) return { relabelConfigs: config.relabelConfigs, warnings: [] };
  const [place, bytes] = source.kind === "file"
    ? [source.path, await read(source.path)]
    : ["--relabel", new TextEncoder().encode(source.text)];
  const document = readRelabelDocument(await parseConfigText(place, bytes), place);
  if (document.problems.length > 0) throw new ConfigError(document.problems);
  const subsets = [...document.subsets.keys()].join(", ");
  const warnings = subsets === ""
    ? []
    : [`${place}: subsets are read but not served in this version: ${subsets}`];
  return { relabelConfigs: document.main, warnings };
}
