import * as v from "valibot";
import { parseRedirectHost, REDIRECT_HOST_WANTED } from "./redirect_host.ts";
import {
  headerName,
  headerValue,
  list,
  nonEmpty,
  oneOf,
  readable,
  string,
} from "./schema_values.ts";

const file = () => v.optional(nonEmpty("the path of a file"));
const pem = () => v.optional(nonEmpty("a text in PEM"));
/** Neither runtime speaks the older ones, which RFC 8996 has retired. */
const tlsVersion = () => v.optional(oneOf("TLS12", "TLS13"));

/** Prometheus's `http_config`, as far as Weir has it; what excludes what is checked elsewhere. */
export const HTTP_CONFIG_SCHEMA = v.strictObject({
  basic_auth: v.optional(v.strictObject({
    username: v.optional(string()),
    username_file: file(),
    password: v.optional(string()),
    password_file: file(),
  }, "a map of username and password")),
  authorization: v.optional(v.strictObject({
    type: v.optional(v.pipe(
      string(),
      v.regex(/^[\w!#$%&'*+.^`|~-]+$/, "the name of an authentication scheme, like Bearer"),
      v.check((type) => type.toLowerCase() !== "basic", "basic_auth in place of authorization"),
    )),
    credentials: v.optional(headerValue()),
    credentials_file: file(),
  }, "a map of type and credentials")),
  tls_config: v.optional(v.strictObject({
    ca: pem(),
    ca_file: file(),
    cert: pem(),
    cert_file: file(),
    key: pem(),
    key_file: file(),
    server_name: v.optional(nonEmpty("a host name")),
    insecure_skip_verify: v.optional(v.boolean("true or false")),
    min_version: tlsVersion(),
    max_version: tlsVersion(),
  }, "a map of keys")),
  http_headers: v.optional(v.record(
    v.pipe(headerName(), v.check((name) => !isReserved(name), "a header that may be set")),
    v.strictObject({
      values: v.optional(list(headerValue())),
      secrets: v.optional(list(headerValue())),
      files: v.optional(list(nonEmpty("the path of a file"))),
    }, "a map of values, secrets and files"),
    "a map of header names",
  )),
  follow_redirects: v.optional(v.boolean("true or false")),
  redirect_hosts: v.optional(list(readable(parseRedirectHost, REDIRECT_HOST_WANTED))),
}, "a map of keys");

export type HttpConfigEntry = v.InferOutput<typeof HTTP_CONFIG_SCHEMA>;

function isReserved(name: string): boolean {
  return RESERVED_HEADERS.has(name.toLowerCase());
}

/** Those that Prometheus reserves, and what Weir itself says in every request. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "idempotency-key",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "transfer-encoding",
  "user-agent",
  "www-authenticate",
  "x-prometheus-remote-read-version",
  "x-prometheus-remote-write-version",
  "x-prometheus-scrape-timeout-seconds",
]);
