import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The real scrapes lie in a folder beside the repository. */
const folder = path.resolve(
  path.dirname(fileURLToPath(import.meta.url)),
  "../../../../shared/data/expositions",
);

const NAMES = ["node_exporter.prom", "prometheus.prom", "victoria_metrics.prom"];

/** Why tests over them cannot run on this machine, else false. In CI they have to run. */
export const noExpositions = !existsSync(folder) && process.env.CI !== "true"
  ? "no ../shared/data/expositions beside the repository"
  : false;

/** The real scrapes by file name. Throws when one is missing. */
export function sharedExpositions(): [string, Uint8Array<ArrayBuffer>][] {
  return NAMES.map((name) => [name, new Uint8Array(readFileSync(path.join(folder, name)))]);
}
