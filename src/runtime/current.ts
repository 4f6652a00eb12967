import type { Runtime } from "./runtime.ts";

/** The adapter for the program this runs in. Only that one adapter is loaded. */
export async function currentRuntime(): Promise<Runtime> {
  // Literal specifiers, so that both compilers embed both modules.
  if ("Deno" in globalThis) return (await import("./deno.ts")).createRuntime();
  return (await import("./bun.ts")).createRuntime();
}
