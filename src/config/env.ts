import type { Override, Sources } from "./layers.ts";
import { type Path, pathText, type Place, placeText, within } from "../problems/problem.ts";
import { scalarPaths } from "./schema_walk.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns a copy of `value` in which `${VAR}` in every string is replaced from the environment and
 * `$${VAR}` stands for a literal `${VAR}`. It works on parsed values, so that a variable's content
 * can never become structure. An unset variable is the empty string and adds a warning. A changed
 * string is noted in `sources` as it was written, because errors may not print its new content.
 */
export function substitute(
  value: unknown,
  env: Environment,
  file: Place,
  sources: Sources,
  warnings: string[],
  path: Path = [],
  where = within(file, ...path),
): unknown {
  const descend = (child: unknown, key: string | number) =>
    substitute(child, env, file, sources, warnings, [...path, key]);
  if (Array.isArray(value)) return value.map(descend);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, descend(child, key)]),
    );
  }
  if (typeof value !== "string") return value;
  let used = false;
  const text = value.replace(VARIABLE, (_, escaped: string | undefined, name: string) => {
    if (escaped !== undefined) return `\${${name}}`;
    used = true;
    const content = lookUp(env, name);
    if (content === undefined) {
      warnings.push(`${placeText(where)}: \${${name}} is not set, an empty string was used`);
    }
    return content ?? "";
  });
  if (used) sources.set(pathText(path), { where, written: value });
  return text;
}

/**
 * Returns the overrides that the environment holds for one prefix (`TERO_` or `WEIR_`): the path of
 * a key in upper case, joined by `_`. Empty variables count as unset, as do those that name no key
 * (`TERO_API_KEY` belongs to the user). `clears`: an empty one takes a key away that may be absent in
 * Edge, which is `metrics_url`.
 */
export function environmentOverrides(
  env: Environment,
  prefix: string,
  clears = false,
): Override[] {
  return scalarPaths().flatMap((path) => {
    const where = prefix + path.join("_").toUpperCase();
    const text = lookUp(env, where);
    if (text === "" && clears && path[0] === "metrics_url") return [{ path, text, where }];
    return text === undefined || text === "" ? [] : [{ path, text, where }];
  });
}

const VARIABLE = /\$(\$)?\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The environment may be a plain object: `constructor` is no variable. */
function lookUp(env: Environment, name: string): string | undefined {
  const content: unknown = env[name];
  return typeof content === "string" ? content : undefined;
}
