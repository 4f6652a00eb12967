import * as v from "valibot";
import { MAX_BASIC_AUTH_USERS, MAX_BCRYPT_COST } from "../bounds.ts";
import { CLIENT_AUTHS, type TlsVersion } from "../runtime/server_tls.ts";
import { headerValue, list, nonEmpty, oneOf, string } from "./schema_values.ts";

// Every message below completes the sentence "found X, wanted …".

/** Go's names of versions, as the exporter-toolkit takes them. */
export const VERSIONS: Readonly<Record<string, TlsVersion>> = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
};

/** OpenSSL's names of Go's cipher suites up to TLS 1.2. */
export const CIPHER_SUITES: Readonly<Record<string, string>> = {
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: "ECDHE-ECDSA-AES128-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: "ECDHE-ECDSA-AES256-SHA",
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: "ECDHE-RSA-AES128-SHA",
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: "ECDHE-RSA-AES256-SHA",
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: "ECDHE-ECDSA-AES128-GCM-SHA256",
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: "ECDHE-ECDSA-AES256-GCM-SHA384",
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: "ECDHE-RSA-AES128-GCM-SHA256",
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: "ECDHE-RSA-AES256-GCM-SHA384",
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-ECDSA-CHACHA20-POLY1305",
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: "ECDHE-RSA-CHACHA20-POLY1305",
};

/** Every TLS 1.3 connection may use any of these; Go takes their names without effect, too. */
const TLS13_SUITES = [
  "TLS_AES_128_GCM_SHA256",
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
];

/** OpenSSL's names of Go's curves. */
export const CURVES: Readonly<Record<string, string>> = {
  CurveP256: "P-256",
  CurveP384: "P-384",
  CurveP521: "P-521",
  X25519: "X25519",
};

const userName = v.pipe(
  string(),
  // RFC 7617, 2: the first colon ends the name.
  v.regex(/^[^:\p{Cc}]+$/u, "a name without a colon"),
);

const bcryptHash = v.custom<string>(
  isAffordableHash,
  `a bcrypt hash of cost 4 to ${MAX_BCRYPT_COST}, as \`htpasswd -nBC 10 ""\` prints it`,
);

const version = v.optional(oneOf("TLS10", "TLS11", "TLS12", "TLS13"));

/** The web config file of Prometheus's exporter-toolkit. */
export const WEB_CONFIG_SCHEMA = v.strictObject({
  tls_server_config: v.optional(v.strictObject({
    cert_file: nonEmpty("the path of a certificate"),
    key_file: nonEmpty("the path of the certificate's key"),
    client_auth_type: v.optional(oneOf(...CLIENT_AUTHS)),
    client_ca_file: v.optional(nonEmpty("the path of authorities' certificates")),
    client_allowed_sans: v.optional(list(nonEmpty("a subject alternative name"))),
    min_version: version,
    max_version: version,
    cipher_suites: v.optional(
      list(v.picklist([...Object.keys(CIPHER_SUITES), ...TLS13_SUITES], suitesWanted())),
    ),
    curve_preferences: v.optional(list(oneOf(...Object.keys(CURVES)))),
    prefer_server_cipher_suites: v.optional(v.boolean("true or false")),
  }, "a map of keys")),
  http_server_config: v.optional(v.strictObject({
    http2: v.optional(v.boolean("true or false")),
    headers: v.optional(v.strictObject({
      "Content-Security-Policy": v.optional(headerValue()),
      "X-Frame-Options": v.optional(headerValue()),
      "X-Content-Type-Options": v.optional(headerValue()),
      "X-XSS-Protection": v.optional(headerValue()),
      "Strict-Transport-Security": v.optional(headerValue()),
    }, "a map of headers")),
  }, "a map of keys")),
  basic_auth_users: v.optional(v.pipe(
    v.record(userName, bcryptHash, "a map of users and bcrypt hashes"),
    v.check(
      (users) => Object.keys(users).length <= MAX_BASIC_AUTH_USERS,
      `at most ${MAX_BASIC_AUTH_USERS} users`,
    ),
  )),
}, "a map of keys");

export type WebConfigFile = v.InferOutput<typeof WEB_CONFIG_SCHEMA>;

function isAffordableHash(input: unknown): boolean {
  const hash = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(String(input));
  return hash !== null && Number(hash[1]) >= 4 && Number(hash[1]) <= MAX_BCRYPT_COST;
}

function suitesWanted(): string {
  return `one of ${[...Object.keys(CIPHER_SUITES), ...TLS13_SUITES].join(", ")}`;
}
