import type { FamilyType } from "../exposition/family_type.ts";
import type { AggregateFunction, AggregationRule } from "./aggregate_function.ts";

/** A built-in rule: how the names end that it is about, and what becomes of samples that collide. */
export interface DefaultRule {
  readonly function: AggregateFunction;
  /** The whole name, or its end after `_`, `.` or `:`. A `*` stands for some characters. */
  readonly endings: readonly string[];
}

/**
 * Gauges whose sum means nothing, whatever exporter they are from, by what the naming conventions of
 * Prometheus and OpenMetrics say of a name's end. Short on purpose: a name that could be a quantity
 * (`_max`, `_limit`, `_up`, `_total`) is summed. The first that fits counts.
 */
export const DEFAULT_RULES: readonly DefaultRule[] = [
  {
    // What comes first, or what is over first.
    function: "min",
    endings: [
      "cert_expiry",
      "cert_not_after",
      "expiry_timestamp_seconds",
      "expiration_timestamp_seconds",
      "uptime_seconds",
      "uptime_in_seconds",
      "seconds_min",
    ],
  },
  {
    // Moments, the newest of which tells most; what stands in labels; greatest values.
    function: "max",
    endings: [
      "start_time",
      "start_time_seconds",
      "boot_time_seconds",
      "mtime_seconds",
      "node_time_seconds",
      "timestamp",
      "timestamp_seconds",
      "timestamp_ms",
      "last_*_seconds",
      "last_*_time",
      "last_seen",
      "info",
      "version",
      "seconds_max",
    ],
  },
  {
    // Shares, temperatures and means.
    function: "avg",
    endings: [
      "ratio",
      "fraction",
      "percent",
      "percentage",
      "pct",
      "utilization",
      "utilisation",
      "celsius",
      "fahrenheit",
      "kelvin",
      "volts",
      "avg",
      "average",
      "mean",
    ],
  },
];

/** The same for whoever asks for the function of a sample. */
export const DEFAULT_AGGREGATION: readonly AggregationRule[] = DEFAULT_RULES.map((rule) => {
  const endings = rule.endings.map((ending) => ending.split("*"));
  return {
    function: rule.function,
    matches: (name, type) => isLevel(type) && endings.some((ending) => fits(name, ending)),
  };
});

/** Types whose samples are summed for want of anything better. Those of others say what they are. */
function isLevel(type: FamilyType | undefined): boolean {
  return type === undefined || type === "gauge" || type === "unknown" || type === "untyped";
}

/** Linear in the name's length, which is the upstream's choice. */
function fits(name: string, [first, last]: readonly string[]): boolean {
  if (last === undefined) return endsInWord(name, first);
  if (!name.endsWith(last)) return false;
  const rest = name.slice(0, -last.length);
  return rest.startsWith(first) || BOUNDARIES.some((boundary) => rest.includes(boundary + first));
}

function endsInWord(name: string, ending: string): boolean {
  if (!name.endsWith(ending)) return false;
  return name.length === ending.length || BOUNDARIES.includes(name.at(-ending.length - 1)!);
}

const BOUNDARIES = ["_", ".", ":"];
