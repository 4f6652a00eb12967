import { PostError } from "../../upstream/post.ts";
import { readPolicies } from "./parse_policies.ts";
import type { PolicyEntry } from "../policy_document.ts";

/** A `tero.policy.v1.SyncResponse`, its spellings resolved to one. */
export interface SyncResponse {
  /** The server's policies as they came, all of them; null when it wrote none. */
  readonly policies: unknown;
  /** Empty when the server gives none. */
  readonly hash: string;
  /** Nanoseconds since 1970 in decimal digits; "0" when absent. */
  readonly syncTimestampUnixNano: string;
  /** Undefined when the server recommends none. */
  readonly recommendedSyncIntervalSeconds: number | undefined;
}

/** Reads a body. Throws a SyncError for what is no response, and for one with an errorMessage. */
export function parseSyncResponse(text: string): SyncResponse {
  const document = parseJson(text);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new SyncError("found no object, wanted a sync response");
  }
  const read = (key: string) => field(document as Fields, key);

  const errorMessage = readText("errorMessage", read("errorMessage"));
  if (errorMessage !== "") throw new SyncError("errorMessage", errorMessage);
  refuseDelta(read("syncType"));
  const known = ["policies", "hash", "syncTimestampUnixNano"];
  if (known.every((key) => read(key) === undefined)) {
    // Not taken for an empty set: any endpoint answers with some object.
    throw new SyncError(`found none of ${known.join(", ")}, wanted a sync response`);
  }
  return {
    policies: read("policies") ?? null,
    hash: readText("hash", read("hash")),
    syncTimestampUnixNano: readNanos(read("syncTimestampUnixNano"), text),
    recommendedSyncIntervalSeconds: readSeconds(read("recommendedSyncIntervalSeconds")),
  };
}

/** The entries of a response's policies. Throws a SyncError when they are no list. */
export async function readSyncPolicies(policies: unknown): Promise<PolicyEntry[]> {
  if (policies !== null && !Array.isArray(policies)) {
    throw new SyncError(`policies: found ${typeof policies}, wanted a list`);
  }
  return await readPolicies(policies ?? [], "server");
}

type Fields = Readonly<Record<string, unknown>>;

/** By either of proto3 JSON's two spellings of a key; null counts as absent. */
function field(fields: Fields, camelCase: string): unknown {
  const snakeCase = camelCase.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return fields[camelCase] ?? fields[snakeCase] ?? undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What is thrown quotes the body, which may hold anything.
    throw new SyncError(
      text.trim() === "" ? "answered with an empty body" : "answered with broken JSON",
    );
  }
}

function readText(key: string, value: unknown): string {
  if (value === undefined) return "";
  if (typeof value !== "string") {
    throw new SyncError(`${key}: found ${typeof value}, wanted a string`);
  }
  return value;
}

/** Taking a part for the whole would remove all other policies. */
function refuseDelta(syncType: unknown): void {
  if (syncType === undefined || syncType === 0 || syncType === 1) return;
  if (typeof syncType === "string" && /^(0|1|(SYNC_TYPE_)?(FULL|UNSPECIFIED))?$/i.test(syncType)) {
    return;
  }
  throw new SyncError("syncType: wanted SYNC_TYPE_FULL, found", JSON.stringify(syncType));
}

/** A number beyond 2^53 has lost its last digits in JSON.parse; the text still has them. */
function readNanos(value: unknown, text: string): string {
  if (typeof value === "string") return /^\d{1,20}$/.test(value) ? value : "0";
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) return "0";
  const digits = /"sync(?:TimestampUnixNano|_timestamp_unix_nano)"\s*:\s*(\d+)\s*[,}]/.exec(text);
  return digits?.[1] ?? BigInt(value).toString();
}

function readSeconds(value: unknown): number | undefined {
  const seconds = typeof value === "string" ? Number(value) : value;
  return typeof seconds === "number" && seconds > 0 && seconds < Infinity ? seconds : undefined;
}

/** Why a sync failed that the server answered, or that could not be sent. */
export class SyncError extends PostError {}
