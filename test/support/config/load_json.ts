import type { WholeConfig } from "../../../src/config/config.ts";
import { type ConfigInput, loadConfig } from "../../../src/config/load.ts";

/** The layers of a configuration; without `file` there is no config file. */
export type Input = Partial<Pick<ConfigInput, "flags" | "env">> & { readonly file?: object };

/** Loads them, the file being called weir.json. */
export function loadJson({ file, flags = {}, env = {} }: Input): Promise<WholeConfig> {
  const bytes = file && new TextEncoder().encode(JSON.stringify(file));
  return loadConfig({ path: "weir.json", bytes, flags, env, version: "0.1.0", instanceId: "i" });
}
