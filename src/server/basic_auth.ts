import { Buffer } from "node:buffer";
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import {
  MAX_COMPARISON_WAIT_MS,
  MAX_PASSWORD_COMPARISONS,
  MAX_WAITING_COMPARISONS,
  WRONG_PASSWORDS_BURST,
  WRONG_PASSWORDS_PER_SECOND,
} from "../bounds.ts";
import { Slots } from "../scrape/slots.ts";
import { TokenBucket } from "./token_bucket.ts";

/** `busy`: too many wait for a comparison; `throttled`: too many were wrong of late. */
export type AuthResult = "passed" | "denied" | "busy" | "throttled";

export interface BasicAuthOptions {
  /** bcrypt hashes by user. */
  readonly users: ReadonlyMap<string, string>;
  /** Whether the password is the hash's; slow. */
  readonly compare: (password: string, hash: string) => Promise<boolean>;
  readonly bucket?: TokenBucket;
}

/**
 * Checks passwords against bcrypt hashes. A password that was right is known from then on by a
 * digest, keyed with a number that only this process has; whoever has one waits for nothing.
 */
export class BasicAuth {
  readonly #users: ReadonlyMap<string, string>;
  readonly #compare: BasicAuthOptions["compare"];
  readonly #bucket: TokenBucket;
  readonly #slots = new Slots(MAX_WAITING_COMPARISONS);
  readonly #salt = randomBytes(32);
  /** The digest of each user's password, once it was given. */
  readonly #known = new Map<string, Uint8Array>();
  /** Comparisons under way, by digest: who comes with the same waits for the same. */
  readonly #running = new Map<string, Promise<AuthResult>>();
  /** Compared with in place of the hash of a user who does not exist, for the same time. */
  readonly #nobody: string;

  constructor({ users, compare, bucket }: BasicAuthOptions) {
    this.#users = users;
    this.#compare = compare;
    this.#bucket = bucket ?? new TokenBucket(WRONG_PASSWORDS_BURST, WRONG_PASSWORDS_PER_SECOND);
    const costs = [...users.values()].map((hash) => hash.slice(4, 6));
    this.#nobody = `$2b$${costs.sort().at(-1) ?? "10"}$${".".repeat(53)}`;
  }

  /** `header` is the request's `Authorization`, if it has one. */
  async check(header: string | null): Promise<AuthResult> {
    const given = readCredentials(header);
    if (given === undefined) return "denied";
    const digest = this.#digest(given);
    const known = this.#known.get(given.user);
    // A digest of other length than the known one does not exist: both are of SHA-256.
    if (timingSafeEqual(digest, known ?? this.#salt) && known !== undefined) return "passed";
    const key = digest.toString("base64");
    let running = this.#running.get(key);
    if (running === undefined) {
      running = this.#judge(given, digest).finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return await running;
  }

  async #judge({ user, password }: Credentials, digest: Uint8Array): Promise<AuthResult> {
    const slot = await this.#slots.take(MAX_PASSWORD_COMPARISONS, MAX_COMPARISON_WAIT_MS);
    if (typeof slot === "string") return "busy";
    try {
      if (!this.#bucket.take()) return "throttled";
      const hash = this.#users.get(user);
      const equal = await this.#compare(password, hash ?? this.#nobody);
      if (!equal || hash === undefined) return "denied";
      this.#bucket.giveBack();
      this.#known.set(user, digest);
      return "passed";
    } finally {
      slot.release();
    }
  }

  #digest({ user, password }: Credentials): Buffer {
    const hash = this.#users.get(user) ?? "";
    // Lengths, so that no two of them run into one text.
    const text = JSON.stringify([user, password, hash]);
    return createHmac("sha256", this.#salt).update(text).digest();
  }
}

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** RFC 7617: base64 of `user:password`, in UTF-8. */
function readCredentials(header: string | null): Credentials | undefined {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
