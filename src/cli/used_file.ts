import { readNamedFile } from "../config/parse_text.ts";
import { ConfigError, messageOf } from "../problems/config_error.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { readUsedDocument } from "../usage/used_document.ts";
import { UsedIndex } from "../usage/used_index.ts";

/** Reads what `weir usage` wrote. Throws a ConfigError. */
export async function readUsed(
  path: string,
  runtime: Pick<Runtime, "readFile">,
): Promise<UsedIndex> {
  const bytes = await readNamedFile(path, runtime);
  try {
    return await UsedIndex.of(readUsedDocument(JSON.parse(new TextDecoder().decode(bytes))));
  } catch (error) {
    throw new ConfigError([`--used: ${path}: ${messageOf(error)}`]);
  }
}
