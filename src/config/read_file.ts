import type { Runtime } from "../runtime/runtime.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";

/** The bytes of a file that somebody named. Throws a ConfigError when it cannot be read. */
export async function readNamedFile(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<Uint8Array> {
  try {
    return await runtime.readFile(path);
  } catch (error) {
    throw new ConfigError([messageOf(error)]);
  }
}
