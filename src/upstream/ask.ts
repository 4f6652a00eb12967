import type { ScrapeProtocol } from "../config/scrape_protocols.ts";
import type { HttpConfig } from "../config/http_config.ts";
import type { TlsSettings } from "../runtime/runtime.ts";
import { basicAuthorization } from "./basic_authorization.ts";
import { readCredentials } from "./credentials.ts";
import { socketOf } from "../config/socket_url.ts";
import { unlessAborted } from "./unless_aborted.ts";
import { UpstreamError } from "./upstream_error.ts";

export interface UpstreamGet {
  /** Absolute; a user name and password in it are sent as basic authorization. */
  readonly url: string;
  /** The IP address to ask in place of the URL's host, under that host's name; not in brackets. */
  readonly connectTo?: string;
  readonly accept: string;
  /** For the whole response, its last byte included. */
  readonly budgetSeconds: number;
  /** Aborted when nobody wants the response any more. */
  readonly signal: AbortSignal;
  readonly userAgent: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** GET without it. */
  readonly method?: string;
  readonly body?: Uint8Array<ArrayBuffer>;
  /** A client's own: what is configured goes before them, and none reaches another origin. */
  readonly forwarded?: readonly ForwardedHeader[];
  /** Redirects are the client's to follow, and encodings that Weir does not know its to read. */
  readonly isHandedOn?: boolean;
  /** Credentials and TLS settings; they go before what the URL holds. */
  readonly http?: HttpConfig;
  /** What the answer is where its Content-Type names no format. */
  readonly fallbackProtocol?: ScrapeProtocol;
  /** Hand on whatever the upstream answers, its status included: it is not read here. */
  readonly anyAnswer?: boolean;
  /** Hand on an exposition whatever its status and its type are. */
  readonly anyStatus?: boolean;
}

export type ForwardedHeader = readonly [name: string, value: string];

/** A request's URL taken apart, with what its `http_config` adds. */
export interface Ask {
  readonly url: URL;
  readonly unix: string | undefined;
  readonly headers: Headers;
  readonly tls: TlsSettings | undefined;
  /** Not to be repeated, whoever repeats them. */
  readonly secrets: readonly string[];
}

/** Reads the credentials. Throws an UpstreamError, a CredentialsError, and the signal's reason. */
export async function prepareAsk(
  request: Pick<UpstreamGet, "url" | "headers" | "forwarded" | "http">,
  signal: AbortSignal,
): Promise<Ask> {
  // A scrape asks for the same URL each time.
  if (lastSplit?.text !== request.url) lastSplit = { text: request.url, ...splitUrl(request.url) };
  const { url, unix, authorization } = lastSplit;
  const headers = new Headers(request.headers);
  const credentials = request.http === undefined
    ? undefined
    : await unlessAborted(readCredentials(request.http), signal);
  for (const [name, value] of credentials?.headers ?? []) headers.append(name, value);
  if (authorization !== undefined && !headers.has("authorization")) {
    headers.set("authorization", authorization);
  }
  const ofUrl = authorization === undefined ? [] : [authorization.slice("Basic ".length)];
  const ofClient: string[] = [];
  for (const [name, value] of request.forwarded ?? []) {
    if (headers.has(name)) continue;
    headers.set(name, value);
    ofClient.push(...secretsOf(value));
  }
  const secrets = [...ofUrl, ...credentials?.secrets ?? [], ...ofClient];
  return { url, unix, headers, tls: credentials?.tls, secrets };
}

/** Which of a client's headers are secret nobody knows. What is short would be found anywhere. */
function secretsOf(value: string): string[] {
  const token = /^\S+\s+(.*)$/s.exec(value)?.[1] ?? "";
  return [value, token].filter((text) => text.length >= SHORTEST_SECRET);
}

const SHORTEST_SECRET = 4;

type SplitUrl = Pick<Ask, "url" | "unix"> & { readonly authorization?: string };

let lastSplit: (SplitUrl & { readonly text: string }) | undefined;

function splitUrl(text: string): SplitUrl {
  const url = URL.parse(text);
  if (url === null) throw new UpstreamError("protocol", 502, text, "not a URL");
  const unix = socketOf(url);
  if (unix !== undefined) {
    // Not as one text with it: a path of `//name` would be a host.
    const behind = new URL(SOCKET_HOST);
    behind.pathname = url.pathname;
    behind.search = url.search;
    return { url: behind, unix };
  }
  const authorization = basicAuthorization(url);
  url.username = url.password = "";
  return { url, unix, authorization };
}

/** What the server behind a socket is told as its host, as curl does. */
const SOCKET_HOST = "http://localhost";
