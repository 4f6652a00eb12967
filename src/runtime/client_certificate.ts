import type { TLSSocket } from "node:tls";
import type { ServerTls } from "./server_tls.ts";

type Client = Pick<TLSSocket, "authorized" | "getPeerCertificate">;

/**
 * Why a connection is not to be served by what its client showed in the handshake; undefined when it
 * is. As Go's crypto/tls and the exporter-toolkit judge: names are compared letter by letter.
 */
export function clientProblem(
  client: Client,
  { clientAuth, clientNames }: Pick<ServerTls, "clientAuth" | "clientNames">,
): string | undefined {
  if (clientAuth === "NoClientCert" || clientAuth === "RequestClientCert") return undefined;
  const certificate = client.getPeerCertificate();
  // Without one it is an empty object, or nothing at all.
  const isGiven = certificate?.raw !== undefined;
  if (!isGiven) {
    return clientAuth === "VerifyClientCertIfGiven" && clientNames.length === 0
      ? undefined
      : "no certificate";
  }
  if (clientAuth === "RequireAnyClientCert") return undefined;
  if (!client.authorized) return "a certificate that no authority has signed";
  if (clientNames.length === 0) return undefined;
  const names = new Set(subjectNames(certificate.subjectaltname ?? ""));
  return clientNames.some((name) => names.has(canonical(name))) ? undefined : "another name";
}

/**
 * The names in node's text form. One with a character that could be taken for the form's own stands
 * in quotes there and names nobody here.
 */
function subjectNames(text: string): string[] {
  return text.split(", ").flatMap((entry) => {
    const match = /^(?:DNS|IP Address|email|URI):([^"]+)$/.exec(entry);
    return match === null ? [] : [canonical(match[1])];
  });
}

/** IPv6 addresses have several spellings. */
function canonical(name: string): string {
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(name)) return name;
  const url = `http://[${name}]/`;
  return URL.canParse(url) ? new URL(url).hostname : name;
}
