import process from "node:process";
import type { Runtime } from "../runtime/runtime.ts";
import { buildDate, revision, version } from "../version.ts";

/** What `weir version` prints, with a line break at its end. */
export async function versionText(
  runtime: Pick<Runtime, "name" | "version">,
  isVerbose: boolean,
): Promise<string> {
  const lines = [
    `weir ${version}`,
    `  revision:    ${revision}`,
    `  build date:  ${buildDate}`,
    `  runtime:     ${runtime.name} ${runtime.version}`,
    `  platform:    ${process.platform}/${process.arch}`,
  ];
  if (isVerbose) {
    const { GO_VERSION, UNICODE_VERSION } = await import("../relabel/unicode_tables.ts");
    lines.push(`  Unicode:     ${UNICODE_VERSION} in rules, as in ${GO_VERSION}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}
