import { printableSocketUrl } from "./socket_url.ts";

/**
 * The URL as it may stand in logs, errors and pages: user name and password print as `<secret>`.
 * What does not parse as a URL is masked up to its last `@`, so that a mistyped one is safe too.
 */
export function printableUrl(url: string): string {
  const ofSocket = printableSocketUrl(url);
  if (ofSocket !== undefined) return ofSocket;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(url)?.[0] ?? "";
  const rest = url.slice(scheme.length);
  const userPart = scheme !== "" && URL.canParse(url) ? /^[^/?#\\]*/.exec(rest)![0] : rest;
  const at = userPart.lastIndexOf("@");
  return at < 0 ? url : `${scheme}<secret>@${rest.slice(at + 1)}`;
}

/** The same for a server that is given credentials: a query may hold a token, and prints as none. */
export function printableServer(url: string): string {
  return printableUrl(url).replace(/\?.*/s, "?<secret>");
}
