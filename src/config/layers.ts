import { parseListen } from "./listen.ts";
import { type Path, pathText, type Place, placeOf, within } from "../problems/problem.ts";
import { schemaAt } from "./schema_walk.ts";

/** What the environment or a flag says, as text, on its way to a key of the config file. */
export interface Override {
  readonly path: readonly string[];
  /** Several where a flag that may be repeated was. */
  readonly text: string | readonly string[];
  /** What an error calls it: `--port`, `TERO_LISTEN_PORT`. */
  readonly where: string;
}

/** For each path that did not come as it stands from the file: where from, and as what. */
export type Sources = Map<string, { readonly where: Place; readonly written?: string }>;

export type RawConfig = Record<string, unknown>;

/**
 * Puts one layer of overrides over `raw`, in place. A layer that says where to listen replaces what
 * the layers below said in the other form (`listen` against `listen_address` and `listen_port`), and
 * so does one that names upstreams (`upstreams` against `upstream_url` and `metrics_url`).
 */
export function applyOverrides(
  raw: RawConfig,
  overrides: readonly Override[],
  sources: Sources,
): void {
  const keys = new Set(overrides.map(({ path }) => path[0]));
  if (keys.has("listen")) remove(raw, sources, "listen_address", "listen_port");
  if (keys.has("listen_address") || keys.has("listen_port")) splitListen(raw, sources);
  if (keys.has("upstreams")) remove(raw, sources, "upstream_url", "metrics_url");
  if (keys.has("upstream_url") || keys.has("metrics_url")) remove(raw, sources, "upstreams");
  for (const { path, text, where } of overrides) {
    const value = typeof text === "string" ? typed(path, text) : [...text];
    if (!setPath(raw, path, value)) continue;
    sources.set(path.join("."), { where: placeOf(where) });
    if (typeof text === "string") continue;
    for (const index of text.keys()) {
      sources.set(pathText([...path, index]), { where: placeOf(where) });
    }
  }
}

/**
 * Writes each upstream that is a plain URL as the map that it stands for, in place; those of routes
 * too. `at`: where in the file they are.
 */
export function spellOutUpstreams(
  raw: RawConfig,
  file: Place,
  sources: Sources,
  at: Path = [],
): void {
  for (const [index, route] of at.length === 0 ? routesOf(raw).entries() : []) {
    spellOutUpstreams(route, file, sources, ["routes", index]);
  }
  if (!Array.isArray(raw.upstreams)) return;
  raw.upstreams = raw.upstreams.map((entry, index) => {
    if (typeof entry !== "string") return entry;
    const path = [...at, "upstreams", index];
    const where = within(file, ...path);
    sources.set(`${pathText(path)}.url`, sources.get(pathText(path)) ?? { where });
    return { url: entry };
  });
}

/** The routes of a file, as far as they are maps: in the places of others stands an empty one. */
export function routesOf({ routes }: RawConfig): RawConfig[] {
  if (!Array.isArray(routes)) return [];
  return routes.map((route) => isPlainMap(route) ? route : {});
}

function isPlainMap(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Takes keys out, and with them the note of where they came from. */
export function remove(raw: RawConfig, sources: Sources, ...keys: string[]): void {
  for (const key of keys) {
    delete raw[key];
    sources.delete(key);
  }
}

/** Takes a `listen` of the layers below apart, so that its port alone can be overridden. */
function splitListen(raw: RawConfig, sources: Sources): void {
  const listen = parseListen(raw.listen);
  if (listen === undefined) return;
  const source = sources.get("listen");
  remove(raw, sources, "listen");
  if ("unix" in listen) return;
  raw.listen_address = listen.hostname;
  raw.listen_port = listen.port;
  if (source === undefined) return;
  sources.set("listen_address", source);
  sources.set("listen_port", source);
}

/** Returns whether it could be set: the file may have something else where a map belongs. */
function setPath(raw: RawConfig, path: readonly string[], value: unknown): boolean {
  let parent = raw;
  for (const key of path.slice(0, -1)) {
    const child = parent[key] ??= {};
    if (typeof child !== "object" || Array.isArray(child)) return false;
    parent = child as RawConfig;
  }
  parent[path.at(-1)!] = value;
  return true;
}

/** Returns `text` as the type that the schema wants at `path`; what is none stays, to be reported. */
function typed(path: readonly string[], text: string): unknown {
  switch (schemaAt(path, undefined)?.type) {
    case "number":
      return NUMBER.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "1"
        ? true
        : text === "false" || text === "0"
        ? false
        : text;
    default:
      return text;
  }
}

/** Decimal, or with a prefix as Go and JavaScript both read it. */
const NUMBER = /^(?:[-+]?\d+(?:\.\d+)?|0(?:[xX][0-9a-fA-F]+|[oO][0-7]+|[bB][01]+))$/;
