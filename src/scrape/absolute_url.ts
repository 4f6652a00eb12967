/**
 * The URL of a request, for its path and query. The Host header may be absent (HTTP/1.0), empty or
 * no host at all; what is asked for does not depend on it.
 */
export function absoluteUrl(url: string): string {
  if (URL.canParse(url)) return url;
  return `http://localhost${url.replace(SCHEME_AND_HOST, "")}`;
}

const SCHEME_AND_HOST = /^https?:\/\/[^/?#]*/i;
