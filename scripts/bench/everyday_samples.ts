/**
 * Expositions as most targets have them: no line looks like the one before, and the same series
 * come again in every scrape with other values. One is node_exporter's, the others are generated.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type EverydayName = "node" | "400x3" | "400x10" | "100x60" | "50x1000";

/** Families, and sample lines of each. */
const SIZES: Readonly<Record<Exclude<EverydayName, "node">, readonly [number, number]>> = {
  "400x3": [400, 3],
  "400x10": [400, 10],
  "100x60": [100, 60],
  "50x1000": [50, 1000],
};

export const EVERYDAY_NAMES: readonly EverydayName[] = [
  "node",
  ...Object.keys(SIZES) as (keyof typeof SIZES)[],
];

/** How many bodies with the same series and other values the upstream has. */
export const VARIANTS = 4;

/** What the rules of the everyday rows drop: a label, and names that match as a whole. */
export interface Dropped {
  readonly label: string;
  readonly names: string;
}

export function droppedFrom(name: EverydayName): Dropped {
  return name === "node"
    ? { label: "device", names: "node_scrape_collector_.*" }
    : { label: "backend", names: "shop_debug_.*" };
}

/** One body. Of the generated ones a smaller `scale` leaves families away, node_exporter stays. */
export function everydaySample(name: EverydayName, scale: number, variant: number): string {
  if (name === "node") return nodeExporter(variant);
  const [families, lines] = SIZES[name];
  const count = Math.max(DEBUG_EVERY, Math.round(families * scale));
  return Array.from({ length: count }, (_, index) => family(index, lines, variant)).join("");
}

const SAMPLE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? /;

/** The series that are left, found with plain text and so independently of every contestant. */
export function seriesLeft(exposition: string, dropped: Partial<Dropped>): number {
  const names = new RegExp(`^(?:${dropped.names ?? "(?!)"})$`);
  const label = new RegExp(`(^|,)${dropped.label ?? "(?!)"}="[^"]*"`);
  const left = new Set<string>();
  for (const line of exposition.split("\n")) {
    const [, name, labels = ""] = SAMPLE.exec(line) ?? [];
    if (name === undefined || names.test(name)) continue;
    left.add(`${name}{${labels.replace(label, "").replace(/^,/, "")}`);
  }
  return left.size;
}

const EXPOSITION = join("test", "expositions", "node_exporter.prom");

/** As recorded; in other variants the last digit of long values is another, so the size stays. */
function nodeExporter(variant: number): string {
  const root = join(import.meta.dirname!, "..", "..");
  const recorded = readFileSync(join(root, EXPOSITION), "utf8");
  return recorded.replace(
    /^([^#].* \d*\.?\d*)(\d)((?:e[+-]\d+)?)$/gm,
    (line, start: string, digit: string, exponent: string) =>
      start.endsWith(" ") ? line : `${start}${(Number(digit) + variant) % 10}${exponent}`,
  );
}

/** Every tenth family is dropped by its name. */
const DEBUG_EVERY = 10;
const KINDS = ["counter", "gauge", "counter", "histogram"] as const;
const SUBJECTS = ["orders", "payments", "sessions", "cache", "queue", "search", "mail"] as const;

/** One family with its metadata and so many lines of samples, half of each backend. */
function family(index: number, lines: number, variant: number): string {
  const kind = KINDS[index % KINDS.length];
  const room = index % DEBUG_EVERY === 0 ? "debug" : SUBJECTS[index % SUBJECTS.length];
  const unit = { counter: "handled_total", gauge: "waiting", histogram: "duration_seconds" }[kind];
  const name = `shop_${room}_${String(index).padStart(3, "0")}_${unit}`;
  const help = `What the shop's ${room} service has ${unit.replaceAll("_", " ")} since its start`;
  const samples = kind === "histogram"
    ? histogramLines(name, lines, variant)
    : Array.from({ length: lines }, (_, line) => {
      return `${name}{${labels(line, lines)}} ${1000 * (index + line) + 7 * variant}\n`;
    });
  return `# HELP ${name} ${help}.\n# TYPE ${name} ${kind}\n${samples.join("")}`;
}

const BOUNDS = ["0.01", "0.05", "0.1", "0.25", "0.5", "1", "5"] as const;

/** A sum, a count and up to eight buckets for each set of labels. */
function histogramLines(name: string, lines: number, variant: number): string[] {
  const perSet = Math.min(lines, BOUNDS.length + 3);
  const bounds = [...BOUNDS.slice(0, perSet - 3), "+Inf"];
  const sets = lines / perSet;
  return Array.from({ length: sets }, (_, set) => {
    const own = labels(set, sets);
    const count = 100 * (set + bounds.length) + variant;
    return [
      ...bounds.map((bound, at) => {
        const value = count - 9 * (bounds.length - 1 - at);
        return `${name}_bucket{${own},le="${bound}"} ${value}\n`;
      }),
      `${name}_sum{${own}} ${count / 8}\n`,
      `${name}_count{${own}} ${count}\n`,
    ];
  }).flat();
}

const METHODS = ["DELETE", "GET", "POST", "PUT"] as const;

/** In the order in which client libraries write them: all of one backend, then all of the other. */
function labels(line: number, lines: number): string {
  const half = Math.ceil(lines / 2);
  const [backend, series] = line < half ? ["blue", line] : ["green", line - half];
  const handler = `/api/v1/customers/${
    String(Math.floor(series / METHODS.length)).padStart(4, "0")
  }`;
  return `backend="${backend}",code="200",handler="${handler}",method="${
    METHODS[series % METHODS.length]
  }",namespace="production",service="web"`;
}
