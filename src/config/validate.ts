import { type GenericSchema, type InferOutput, safeParse } from "valibot";
import type { Sources } from "./layers.ts";
import { leastDistant, nearest } from "../problems/nearest.ts";
import { printableUrl, SECRET } from "./print.ts";
import { CONFIG_SCHEMA, type ConfigFile } from "./schema.ts";
import { type Path, pathText, type Place, type Problem, within } from "../problems/problem.ts";
import { type Misfit, misfits, schemaAt, type SchemaNode } from "./schema_walk.ts";

/**
 * Returns the typed configuration, or undefined when it added to `problems`: all unknown keys, then
 * the first problem of each value. `raw` has to be an object.
 */
export function validate(
  raw: unknown,
  file: Place,
  sources: Sources,
  problems: Problem[],
): ConfigFile | undefined {
  return validateAs(CONFIG_SCHEMA, raw, file, sources, problems);
}

/** The same by another schema. */
export function validateAs<Schema extends GenericSchema>(
  schema: Schema,
  raw: unknown,
  file: Place,
  sources: Sources,
  problems: Problem[],
): InferOutput<Schema> | undefined {
  const before = problems.length;
  const root = schema as unknown as SchemaNode;
  for (const misfit of misfits(raw, root)) {
    problems.push({ place: within(file, ...misfit.path), text: misfitProblem(misfit) });
  }
  const result = safeParse(schema, raw);
  const seen = new Set<string>();
  for (const { path: items, input, type, expected, message } of result.issues ?? []) {
    // Valibot stops at an object's first unknown key; they are all reported above.
    if (expected === "never") continue;
    const path = (items ?? []).map(({ key }) => key as string | number);
    const text = pathText(path);
    if (seen.has(text)) continue;
    seen.add(text);
    // A missing key is the object's issue, and only its own schema knows what is wanted there.
    const missing = type === "strict_object" && items?.at(-1)?.origin === "key";
    const wanted = missing ? schemaAt(path, raw, root)?.message : message;
    const place = sources.get(text)?.where ?? within(file, ...path);
    problems.push({ place, text: `found ${found(path, input, sources)}, wanted ${wanted}` });
  }
  return problems.length === before ? result.output as InferOutput<Schema> : undefined;
}

function misfitProblem(misfit: Misfit): string {
  if (misfit.kind === "list for map") return `found a list, wanted ${misfit.wanted}`;
  const key = String(misfit.path.at(-1));
  const meant = nearest(key, misfit.known);
  if (meant !== undefined) return `unknown key (did you mean ${quote(meant)}?)`;
  const closest = leastDistant(key, misfit.known);
  return closest === undefined
    ? "unknown key"
    : `unknown key (the nearest known one is ${quote(closest)})`;
}

/** Returns how an error shows a value: never a header's, a password or a variable's content. */
export function found(path: Path, value: unknown, sources: Sources): string {
  if (typeof value !== "object" && value !== undefined && isSecret(path, value)) return SECRET;
  if (typeof value === "string") {
    const written = sources.get(pathText(path))?.written;
    if (written !== undefined) return `${quote(written)} (from the environment)`;
    return quote(value);
  }
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : "a list";
  if (typeof value === "object" && value !== null) return "a map";
  return String(value);
}

/** A value of a header, a hash, or what an `http_config` has beside paths and switches. */
function isSecret(path: Path, value: unknown): boolean {
  if (path.includes("headers") || path.includes("basic_auth_users")) return true;
  if (!path.includes("http_config")) return false;
  // What stands in the place of a map of secrets is likely the secret itself.
  if (SECRET_MAPS.has(path.at(-1))) return true;
  // A wrong name of a header is found where its value is.
  if (path.at(-2) === "http_headers" && value !== path.at(-1)) return true;
  return path.some((key) => SECRET_KEYS.has(key));
}

const SECRET_MAPS: ReadonlySet<unknown> = new Set(["basic_auth", "authorization", "tls_config"]);

const SECRET_KEYS: ReadonlySet<unknown> = new Set(
  ["username", "password", "credentials", "ca", "cert", "key", "values", "secrets"],
);

function quote(text: string): string {
  const shown = printableUrl(text);
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}…` : shown);
}
