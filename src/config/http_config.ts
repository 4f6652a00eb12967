import type { HttpConfigEntry } from "./http_config_schema.ts";

/** How a server is requested: `http_config`. Whatever is a `text` here is not to be printed. */
export interface HttpConfig {
  readonly basicAuth: BasicAuthConfig | undefined;
  readonly authorization: AuthorizationConfig | undefined;
  /** Once for each value of a header. */
  readonly headers: readonly { readonly name: string; readonly value: Secret }[];
  readonly tls: TlsConfig | undefined;
  readonly followRedirects: boolean;
  /** Where they may lead besides the origin: `host` or `host:port`, as `parseRedirectHost` gives them. */
  readonly redirectHosts: readonly string[];
}

/** What is said in the configuration, or in a file that is read anew for each request. */
export type Secret =
  | { readonly key: string; readonly text: string }
  | { readonly key: string; readonly file: string };

export interface BasicAuthConfig {
  readonly username: Secret;
  readonly password: Secret;
}

export interface AuthorizationConfig {
  readonly type: string;
  readonly credentials: Secret;
}

export type TlsVersion = "TLS12" | "TLS13";

export interface TlsConfig {
  /** The authorities to trust in place of the system's, in PEM. */
  readonly ca: Secret | undefined;
  /** With `key`, or neither. */
  readonly cert: Secret | undefined;
  readonly key: Secret | undefined;
  /** For the handshake and the check of the certificate, in place of the URL's host. */
  readonly serverName: string | undefined;
  readonly insecureSkipVerify: boolean;
  readonly minVersion: TlsVersion | undefined;
  readonly maxVersion: TlsVersion | undefined;
}

export function buildHttpConfig(entry: HttpConfigEntry): HttpConfig {
  const { basic_auth: basic, authorization, tls_config: tls, http_headers = {} } = entry;
  return {
    basicAuth: basic && {
      username: secret("username", basic) ?? { key: "username", text: "" },
      password: secret("password", basic) ?? { key: "password", text: "" },
    },
    authorization: authorization && {
      type: authorization.type ?? "Bearer",
      credentials: secret("credentials", authorization) ?? { key: "credentials", text: "" },
    },
    headers: Object.entries(http_headers).flatMap(([name, { values, secrets, files }]) => {
      const key = `http_headers.${name}`;
      const texts = [...values ?? [], ...secrets ?? []].map((text) => ({ key, text }));
      const ofFiles = (files ?? []).map((file) => ({ key, file }));
      return [...texts, ...ofFiles].map((value) => ({ name, value }));
    }),
    tls: tls && {
      ca: secret("ca", tls),
      cert: secret("cert", tls),
      key: secret("key", tls),
      serverName: tls.server_name,
      insecureSkipVerify: tls.insecure_skip_verify ?? false,
      minVersion: tls.min_version,
      maxVersion: tls.max_version,
    },
    followRedirects: entry.follow_redirects ?? true,
    redirectHosts: entry.redirect_hosts ?? [],
  };
}

/** What `name` or `name_file` says; undefined when neither is there. */
function secret(name: string, map: Readonly<Record<string, unknown>>): Secret | undefined {
  const text = map[name];
  if (typeof text === "string") return { key: name, text };
  const file = map[`${name}_file`];
  return typeof file === "string" ? { key: `${name}_file`, file } : undefined;
}
