import { X509Certificate } from "node:crypto";
import type { TlsConfig } from "../config/http_config.ts";
import { CredentialsError } from "./credentials_error.ts";

/** What was found good last, as bundles of the system's size take a while. */
const good = new WeakMap<TlsConfig, string>();

/**
 * Throws a CredentialsError unless `text` is one or more certificates in PEM. Runtimes say of others
 * that the server cannot be reached, or trust nobody.
 */
export function checkAuthorities(config: TlsConfig, text: string, place: string): void {
  if (good.get(config) === text) return;
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (blocks.length === 0 || !blocks.every(isCertificate)) {
    throw new CredentialsError(`${place}: wanted certificates in PEM`);
  }
  good.set(config, text);
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false;
  }
}
