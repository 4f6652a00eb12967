import { ConfigError } from "../problems/config_error.ts";
import type { Outcome } from "./outcome.ts";

/** What `weir schema` has a schema of. */
export const SCHEMA_KINDS = ["config", "relabel", "test"] as const;

/** Prints the JSON Schema of a kind of file, for editors. Throws a ConfigError for another word. */
export async function schema(kind = "config"): Promise<Outcome> {
  const document = await schemaOf(kind);
  return { status: 0, stdout: [JSON.stringify(document, null, 2)], stderr: [] };
}

/** What makes it is loaded here, so that nothing of it is in memory while Weir serves. */
async function schemaOf(kind: string): Promise<object> {
  const { configJsonSchema, relabelJsonSchema } = await import("../config/json_schema.ts");
  switch (kind) {
    case "config":
      return configJsonSchema();
    case "relabel":
      return relabelJsonSchema();
    case "test":
      return (await import("../testing/tests_json_schema.ts")).testsJsonSchema();
    default:
      throw new ConfigError([
        `weir schema: found ${JSON.stringify(kind)}, wanted ${SCHEMA_KINDS.join(", ")} or nothing`,
      ]);
  }
}
