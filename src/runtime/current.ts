import type { Runtime } from "./runtime.ts";

let current: Promise<Runtime> | undefined;

/** The adapter for the program this runs in, always the same. Only that one adapter is loaded. */
export function currentRuntime(): Promise<Runtime> {
  return current ??= loadRuntime();
}

async function loadRuntime(): Promise<Runtime> {
  // Literal specifiers, so that both compilers embed both modules.
  if ("Deno" in globalThis) return (await import("./deno.ts")).createRuntime();
  return (await import("./bun.ts")).createRuntime();
}
