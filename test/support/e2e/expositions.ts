import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export interface Exposition {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  /** Policies, each a list of matchers, that drop something of it by name and by label. */
  readonly policies: readonly Record<string, unknown>[][];
  /** The same policies in other words: whether this sample's line is dropped. */
  readonly isDropped: (line: string) => boolean;
}

/** Real scrapes of node_exporter 1.5, Prometheus 2.42 and VictoriaMetrics 1.79. */
export const expositionsFolder = resolve(import.meta.dirname!, "..", "..", "expositions");

const rules: Readonly<Record<string, Pick<Exposition, "policies" | "isDropped">>> = {
  "node_exporter.prom": {
    policies: [
      [{ metric_field: "name", regex: "^go_|_bytes$" }],
      [{ datapoint_attribute: "device", starts_with: "lo" }],
      [{ datapoint_attribute: "quantile", equals: "0.5" }],
    ],
    isDropped: (line) => /^go_|^\w*_bytes[{ ]|[{,]device="lo|[{,]quantile="0\.5"/.test(line),
  },
  "prometheus.prom": {
    policies: [
      [{ metric_field: "name", starts_with: "prometheus_tsdb_" }, {
        metric_field: "name",
        contains: "compaction",
        negate: true,
      }],
      [{ datapoint_attribute: "le", equals: "+Inf" }],
      [{ datapoint_attribute: "slice", regex: "_(eval|sort)$|^queue" }],
    ],
    isDropped: (line) =>
      /^prometheus_tsdb_(?!\w*compaction)|[{,]le="\+Inf"|[{,]slice="(\w+_(eval|sort)"|queue)/.test(
        line,
      ),
  },
  "victoria_metrics.prom": {
    policies: [
      [{ metric_field: "name", equals: "flag" }],
      [{ datapoint_attribute: "type", regex: "^(promscrape|indexdb)" }],
    ],
    isDropped: (line) => /^flag\{|[{,]\s*type="(promscrape|indexdb)/.test(line),
  },
};

export const expositions: readonly Exposition[] = readdirSync(expositionsFolder)
  .filter((name) => name.endsWith(".prom"))
  .map((name) => {
    const path = join(expositionsFolder, name);
    return { name, path, text: readFileSync(path, "utf8"), ...rules[name] };
  });

/** The sample lines of an exposition. */
export function samplesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
}

/** What `promtool check metrics` has to say, a line each. */
export function problemsOf(stderr: string): string[] {
  return stderr.split("\n").filter((line) => line !== "").sort();
}
