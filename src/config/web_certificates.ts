import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import type { ServerTls, TlsProblem } from "../runtime/server_tls.ts";

/**
 * What is wrong with certificates and key, before a runtime's own words for it: those differ and
 * name no file. Nothing of a key is ever said.
 */
export function certificateProblems(tls: ServerTls): TlsProblem[] {
  const problems: TlsProblem[] = [];
  const certificate = readCertificate("cert_file", tls.certificate, problems);
  const key = readKey(tls.key, problems);
  if (certificate !== undefined && key !== undefined && !certificate.checkPrivateKey(key)) {
    problems.push([name("key_file"), "found another certificate's key, wanted that of cert_file"]);
  }
  if (tls.clientAuthorities !== undefined) {
    readCertificate("client_ca_file", tls.clientAuthorities, problems);
  }
  return problems;
}

/** The first of the file. */
function readCertificate(
  key: string,
  pem: string,
  problems: TlsProblem[],
): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    problems.push([name(key), "found no certificate in the file, wanted PEM text"]);
    return undefined;
  }
}

function readKey(pem: string, problems: TlsProblem[]): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    const found = pem.includes("ENCRYPTED") ? "an encrypted key" : "no key in the file";
    problems.push([name("key_file"), `found ${found}, wanted a private key as PEM text`]);
    return undefined;
  }
}

function name(key: string): string {
  return `tls_server_config.${key}`;
}
