/** The scheme under which Weir keeps the URL of a Unix socket: its path is the host, encoded. */
const SCHEME = "http+unix:";

/**
 * Returns the URL for `unix:/run/app.sock`, `unix:/run/app.sock:/metrics` (the path of the URL stands
 * after the last `:/`), or `http+unix://%2Frun%2Fapp.sock/metrics`; undefined for everything else.
 */
export function parseSocketUrl(input: string): URL | undefined {
  if (/[\s\\]/.test(input)) return undefined;
  if (/^http\+unix:\/\//i.test(input)) {
    const url = URL.parse(input);
    const isSocket = url !== null && url.host !== "" && url.port === "" && url.username === "";
    if (!isSocket || url.password !== "" || socketOf(url) === undefined) return undefined;
    url.hash = "";
    return url;
  }
  if (!/^unix:/i.test(input)) return undefined;
  const [, socket, path = ""] = /^unix:(?:\/\/(?=\/))?(.+?)(?::(\/[^:]*))?$/i.exec(input) ?? [];
  if (socket === undefined) return undefined;
  const url = URL.parse(`${SCHEME}//${encodeURIComponent(socket)}${path}`);
  if (url !== null) url.hash = "";
  return url ?? undefined;
}

/** The path of the socket that a URL names; undefined when it names a host. */
export function socketOf(url: URL): string | undefined {
  if (url.protocol !== SCHEME) return undefined;
  try {
    return decodeURIComponent(url.hostname);
  } catch {
    return undefined;
  }
}

/** `unix:/run/app.sock:/metrics`, for what `parseSocketUrl` returns; undefined for other URLs. */
export function printableSocketUrl(text: string): string | undefined {
  if (!text.startsWith(SCHEME)) return undefined;
  const url = URL.parse(text);
  const socket = url === null ? undefined : socketOf(url);
  if (url === null || socket === undefined) return undefined;
  const path = url.pathname + url.search;
  return path === "" ? `unix:${socket}` : `unix:${socket}:${path}`;
}
