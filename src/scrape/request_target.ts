/** Where a request leads. Its Host header and the host of its URL are nobody's to choose by. */
export interface RequestTarget {
  /**
   * The path, with dot segments resolved and letters, digits and `-._~` unescaped (RFC 3986, 6.2.2):
   * the one spelling by which routes, rights and exemptions go, and which an upstream is asked for.
   */
  readonly path: string;
  /** With its `?`, or the empty string. */
  readonly query: string;
}

/**
 * Returns the target of a request as all who ask read it; undefined for one that is a server's to
 * refuse (RFC 9112, 3.2): a Host that is none, a URL of another scheme, a path that begins with `//`
 * or whose escapes are broken, or one that leads up as soon as somebody decodes it once more.
 */
export function requestTarget(
  { url, headers }: Pick<Request, "url" | "headers">,
): RequestTarget | undefined {
  // Runtimes put the Host into the URL as it stands: `a/b?` would be a path.
  const host = headers.get("host") ?? "";
  // A client asks for the same each time, and several ask for the target of a request.
  if (url !== last.url || host !== last.host) last = { url, host, target: targetOf(url, host) };
  return last.target;
}

let last: { url?: string; host?: string; target?: RequestTarget } = {};

function targetOf(url: string, host: string): RequestTarget | undefined {
  if (NO_HOST.test(host)) return undefined;
  const rest = ORIGIN_AND_REST.exec(url)?.[1];
  if (rest === undefined) return undefined;
  const { pathname, search } = new URL(`http://localhost${rest}`);
  if (BROKEN_ESCAPE.test(pathname) || NO_PATH.test(pathname)) return undefined;
  const path = pathname.replace(ESCAPE, (escape, hex) => {
    const character = String.fromCharCode(parseInt(hex, 16));
    return UNRESERVED.test(character) ? character : escape;
  });
  return leadsUp(path) ? undefined : { path, query: search };
}

/** The answer to a request that leads nowhere. */
export function badRequest(): Response {
  return new Response("bad request\n", { status: 400 });
}

const NO_HOST = /[/\\?#@\s]/;
/** What is no URL is the target as it came; a host ends where a URL's does. */
const ORIGIN_AND_REST = /^(?:https?:\/\/[^/\\?#]*(?=[/\\?#]|$)|(?=\/))([^]*)$/i;
/** The last is what runtimes put in the place of bytes that are no UTF-8: the path is lost. */
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})|%ef%bf%bd/i;
/** Some read a host there, and Bun leaves a slash out of what it asks for. */
const NO_PATH = /^\/\//;
const ESCAPE = /%([0-9a-f]{2})/gi;
const UNRESERVED = /^[A-Za-z0-9._~-]$/;

/**
 * Whether a segment is `.` or `..` to one who decodes slashes, backslashes and percent signs, however
 * often, or cuts parameters behind a `;`.
 */
function leadsUp(path: string): boolean {
  const decoded = path.replace(
    /%(?:25)*(2e|2f|3b|5c)/gi,
    (_, hex) => String.fromCharCode(parseInt(hex, 16)),
  );
  return /[/\\]\.{1,2}(?:[/\\;]|$)/.test(decoded);
}
