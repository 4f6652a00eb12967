import type { Place, Problem } from "../problems/problem.ts";
import type { Shard } from "./config.ts";

const MAX_SHARDS = 4096;

/** Completes "found X, wanted …" for what `parseShard` refuses. */
export const SHARD_WANTED = `I/N with 0 <= I < N <= ${MAX_SHARDS}, like 0/4; ` +
  "I may be a pod name that ends in -0, or auto";

/**
 * Returns the shard of `1/4`, or of a name before the slash that ends in an ordinal (`weir-1/4`: the
 * pods of a StatefulSet), else undefined.
 */
export function parseShard(input: unknown): Shard | undefined {
  if (typeof input !== "string") return undefined;
  const match = SHARD.exec(input);
  if (match === null) return undefined;
  const [index, count] = [Number(match[1]), Number(match[2])];
  return index < count && count <= MAX_SHARDS ? { index, count } : undefined;
}

/**
 * Puts the environment's POD_NAME in the place of `auto`, in `raw`. Returns a problem, and takes the
 * shard out, where there is no such name or it has no ordinal.
 */
export function resolveAutoShard(
  raw: Record<string, unknown>,
  env: { readonly POD_NAME?: string | undefined },
  place: Place,
): Problem[] {
  const text = raw.shard;
  if (typeof text !== "string" || !text.startsWith(AUTO)) return [];
  const name = env.POD_NAME ?? "";
  if (WITH_ORDINAL.test(name)) {
    raw.shard = `${name}/${text.slice(AUTO.length)}`;
    return [];
  }
  delete raw.shard;
  const found = name === "" ? "no POD_NAME" : `POD_NAME ${JSON.stringify(name)}`;
  const wanted = "wanted one that ends in an ordinal (weir-0)";
  return [{ place, text: `found ${found} in the environment, ${wanted}` }];
}

const SHARD = /^(?:[a-z0-9][a-z0-9.-]*-)?(\d{1,9})\/(\d{1,9})$/i;
const AUTO = "auto/";
const WITH_ORDINAL = /^[a-z0-9][a-z0-9.-]*-\d{1,9}$/i;
