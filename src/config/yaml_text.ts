/**
 * Returns the value that YAML text holds; throws what the parser throws. The parser takes 9.5 MB of
 * resident memory and is loaded by the first text only.
 */
export async function parseYamlText(text: string): Promise<unknown> {
  const { parse } = await import("@std/yaml");
  return parse(text, OPTIONS);
}

// Without the level, npm's `yaml` prints warnings that quote the text; `@std/yaml` ignores it.
const OPTIONS = { schema: "core", logLevel: "error" } as const;
