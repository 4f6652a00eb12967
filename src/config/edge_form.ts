import { nearest } from "../problems/nearest.ts";
import { FLAG_PROVIDER_ID } from "./build.ts";
import { INLINE_RULE_KEYS } from "./inline_rules.ts";
import type { RawConfig, Sources } from "./layers.ts";
import { type Path, pathText, type Place, placeText, within } from "../problems/problem.ts";
import { type Misfit, misfits, schemaAt } from "./schema_walk.ts";
import { parseHttpUrl } from "./upstream_url.ts";

// A file in Edge's form is read as Edge reads it: what starts Edge starts Weir.

/** Returns what the file says without its nulls: with Edge, a key that is null is not there. */
export function withoutNulls(raw: RawConfig): RawConfig {
  const cleaned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(cleaned);
    if (typeof value !== "object" || value === null) return value;
    const entries = Object.entries(value).filter(([, child]) => child !== null);
    return Object.fromEntries(entries.map(([key, child]) => [key, cleaned(child)]));
  };
  return Object.fromEntries(
    Object.entries(raw)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, INLINE_RULE_KEYS.includes(key) ? value : cleaned(value)]),
  );
}

/**
 * Takes the keys out that nobody knows, in place, and returns a warning that names them. Sections that
 * Edge does not have are not its users': a mistake in `web` or `limits` stays an error.
 */
export function takeOutUnknownKeys(raw: RawConfig, file: Place): string[] {
  const unknown = [...misfits(raw)].filter((misfit): misfit is UnknownKey =>
    misfit.kind === "unknown key" && isEdges(misfit.path)
  );
  for (const { path } of unknown) {
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => Object(at)[key], raw);
    delete Object(parent)[path.at(-1)!];
  }
  if (unknown.length === 0) return [];
  return [`${placeText(file)}: ignored unknown keys: ${unknown.map(keyName).join(", ")}`];
}

type UnknownKey = Extract<Misfit, { kind: "unknown key" }>;

function isEdges(path: Path): boolean {
  return path.length === 1 ||
    (EDGE_SECTIONS.includes(path[0]) && !path.includes("http_config"));
}

const EDGE_SECTIONS: Path = ["service", "prometheus", "policy_providers"];

function keyName({ path, known }: UnknownKey): string {
  const meant = nearest(String(path.at(-1)), known);
  const hint = meant === undefined ? "" : ` (did you mean ${JSON.stringify(meant)}?)`;
  return `${pathText(path)}${hint}`;
}

/** Makes numbers of strings of digits, in place, wherever no string is wanted. */
export function readNumbers(raw: RawConfig): void {
  const walk = (value: unknown, path: Path): unknown => {
    if (typeof value === "string" && /^\d+$/.test(value)) {
      const type = schemaAt(path, raw)?.type;
      return type === "number" || type === "custom" ? Number(value) : value;
    }
    if (typeof value !== "object" || value === null) return value;
    for (const [key, child] of Object.entries(value)) {
      const step = Array.isArray(value) ? Number(key) : key;
      (value as RawConfig)[key] = walk(child, [...path, step]);
    }
    return value;
  };
  for (const [key, value] of Object.entries(raw)) {
    if (!INLINE_RULE_KEYS.includes(key)) raw[key] = walk(value, [key]);
  }
}

/**
 * Switches providers off, in place, that have nowhere to load from since a variable is not set, and
 * names those that have no name or another one's. Returns warnings.
 */
export function settleProviders(raw: RawConfig, file: Place, sources: Sources): string[] {
  if (!Array.isArray(raw.policy_providers)) return [];
  const warnings: string[] = [];
  const taken = new Set<unknown>([FLAG_PROVIDER_ID]);
  const isOff = (entry: unknown, index: number) => {
    const { type, url, path, poll_interval_secs } = Object(entry);
    if (poll_interval_secs === 0) delete Object(entry).poll_interval_secs;
    const key = type === "http" ? "url" : "path";
    const value = type === "http" ? url : path;
    if (value !== undefined && typeof value !== "string") return false;
    const at = ["policy_providers", index, key];
    const written = sources.get(pathText(at))?.written;
    const isLost = type === "http" && written !== undefined && parseHttpUrl(value) === undefined;
    if (value !== undefined && value !== "" && !isLost) return false;
    const found = written === undefined ? "nothing" : `no ${key} in ${JSON.stringify(written)}`;
    const where = placeText(within(file, ...at));
    warnings.push(`${where}: found ${found}: this policy provider is off`);
    return true;
  };
  raw.policy_providers = raw.policy_providers.map((entry, index) => {
    if (typeof entry !== "object" || entry === null) return entry;
    if (["http", "file"].includes(entry.type) && isOff(entry, index)) return { type: "off" };
    const wanted = typeof entry.id === "string" && entry.id !== "" ? entry.id : entry.type;
    let id = wanted;
    for (let copy = 2; taken.has(id); copy++) id = `${wanted}-${copy}`;
    taken.add(id);
    if (entry.id !== undefined && entry.id !== id && entry.id !== "") {
      const place = placeText(within(file, "policy_providers", index, "id"));
      warnings.push(`${place}: is taken, this policy provider is called ${JSON.stringify(id)}`);
    }
    return { ...entry, id };
  });
  return warnings;
}
