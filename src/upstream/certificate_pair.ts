import { createPrivateKey, createPublicKey } from "node:crypto";
import type { TlsConfig } from "../config/http_config.ts";
import { log } from "../telemetry/log.ts";
import { CredentialsError } from "./credentials_error.ts";

export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** What was used last of each configuration, and the last pair that could not be. */
const used = new WeakMap<TlsConfig, CertificatePair>();
const refused = new WeakMap<TlsConfig, CertificatePair>();

/**
 * Returns the client's certificate with its key. Two files are not replaced at one moment: while they
 * do not belong together, the pair that did before stays in use, and the log says so once. Throws a
 * CredentialsError where there is none. `places` is what errors call the two.
 */
export function certificatePair(
  config: TlsConfig,
  pair: CertificatePair,
  places: readonly [cert: string, key: string],
): CertificatePair {
  const before = used.get(config);
  if (before !== undefined && isSame(before, pair)) return before;
  const problem = problemOf(pair, places);
  if (problem === undefined) {
    used.set(config, pair);
    return pair;
  }
  if (before === undefined) throw new CredentialsError(problem);
  const last = refused.get(config);
  refused.set(config, pair);
  if (last === undefined || !isSame(last, pair)) {
    log.warn("client certificate not replaced: the one before stays in use", { error: problem });
  }
  return before;
}

function problemOf(
  { cert, key }: CertificatePair,
  [certPlace, keyPlace]: readonly [string, string],
): string | undefined {
  const ofCertificate = publicKey(() => createPublicKey(cert));
  if (ofCertificate === undefined) return `${certPlace}: wanted a certificate in PEM`;
  const ofKey = publicKey(() => {
    createPrivateKey(key);
    return createPublicKey(key);
  });
  if (ofKey === undefined) return `${keyPlace}: wanted a private key in PEM, not encrypted`;
  if (ofCertificate === ofKey) return undefined;
  return `${certPlace}: is not the certificate of ${keyPlace}`;
}

function publicKey(read: () => ReturnType<typeof createPublicKey>): string | undefined {
  try {
    return read().export({ type: "spki", format: "der" }).toString("base64");
  } catch {
    // What is thrown may quote the key.
    return undefined;
  }
}

function isSame(a: CertificatePair, b: CertificatePair): boolean {
  return a.cert === b.cert && a.key === b.key;
}
