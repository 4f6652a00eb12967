import { MAX_POLICY_CACHE_BYTES } from "../../bounds.ts";
import { messageOf } from "../../problems/config_error.ts";
import { oneAtATime } from "../../runtime/one_at_a_time.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { log } from "../../telemetry/log.ts";

/** The last set of policies of one server that was put in force. */
export interface CachedPolicies {
  /** As the server sent them. */
  readonly policies: unknown;
  readonly hash: string;
  /** Of the sync, in nanoseconds since 1970. */
  readonly timestamp: string;
  /** When they were put in force, in ISO 8601. */
  readonly saved: string;
}

export interface PolicyCacheOptions {
  readonly runtime: Pick<Runtime, "readFile" | "replaceFile">;
  /** Told of each attempt to write the file. */
  readonly saved: (successful: boolean) => void;
}

/**
 * A file with the last good policies of each policy server, so that a start while a server is down
 * does not let everything through.
 */
export class PolicyCache {
  readonly #path: string;
  readonly #options: PolicyCacheOptions;
  /** By `keyOf`. */
  readonly #sets: Map<string, CachedPolicies>;
  readonly #write: () => Promise<void>;
  #failure: string | undefined;

  private constructor(
    path: string,
    options: PolicyCacheOptions,
    sets: Map<string, CachedPolicies>,
  ) {
    this.#path = path;
    this.#options = options;
    this.#sets = sets;
    this.#write = oneAtATime(() => this.#save());
  }

  /** Reads the file. One that is not there, or cannot be read, is an empty one; that is logged. */
  static async open(path: string, options: PolicyCacheOptions): Promise<PolicyCache> {
    let sets = new Map<string, CachedPolicies>();
    try {
      const bytes = await options.runtime.readFile(path);
      if (bytes.length > MAX_POLICY_CACHE_BYTES) {
        throw new Error(`found ${bytes.length} bytes, wanted ${MAX_POLICY_CACHE_BYTES} at most`);
      }
      sets = readSets(new TextDecoder().decode(bytes));
    } catch (error) {
      log.warn("policy cache not read: policies begin with the first sync", {
        error: messageOf(error),
      });
    }
    return new PolicyCache(path, options, sets);
  }

  get(id: string, server: string): CachedPolicies | undefined {
    return this.#sets.get(keyOf(id, server));
  }

  /** Resolves when the file holds it, or could not be written, which is logged. */
  async set(id: string, server: string, policies: CachedPolicies): Promise<void> {
    this.#sets.set(keyOf(id, server), policies);
    await this.#write();
  }

  async #save(): Promise<void> {
    const { runtime, saved } = this.#options;
    const sets = [...this.#sets].map(([key, set]) => {
      const [id, server] = JSON.parse(key);
      return { id, server, ...set };
    });
    try {
      const text = `${JSON.stringify({ version: 1, sets })}\n`;
      await runtime.replaceFile(this.#path, [new TextEncoder().encode(text)]);
      this.#failure = undefined;
      saved(true);
    } catch (error) {
      saved(false);
      const failure = messageOf(error);
      if (failure === this.#failure) return;
      this.#failure = failure;
      log.warn("policy cache not written", { error: failure });
    }
  }
}

/** Policies of one server are none of another's, which may have the same id after a change. */
function keyOf(id: string, server: string): string {
  return JSON.stringify([id, server]);
}

/** Throws an Error for what is no such file. */
function readSets(text: string): Map<string, CachedPolicies> {
  const document = JSON.parse(text);
  if (document?.version !== 1 || !Array.isArray(document.sets)) {
    throw new Error("found no version 1 of a policy cache");
  }
  return new Map(document.sets.map((set: Record<string, unknown>) => {
    const { id, server, policies, hash, timestamp, saved } = set;
    const texts = [id, server, hash, timestamp, saved];
    if (!texts.every((one) => typeof one === "string")) {
      throw new Error("found a set without texts");
    }
    return [keyOf(id as string, server as string), { policies, hash, timestamp, saved }];
  }));
}
