/** How a listener speaks TLS. Certificates and keys are PEM text. */
export interface ServerTls {
  /** The server's own, then those that lead to an authority. */
  readonly certificate: string;
  readonly key: string;
  readonly clientAuth: ClientAuth;
  /** Whoever signed client certificates; the system's are never trusted for that. */
  readonly clientAuthorities: string | undefined;
  /** Subject alternative names of which a client certificate needs one; empty: any will do. */
  readonly clientNames: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL's names, up to TLS 1.2; empty: the runtime's choice. */
  readonly cipherSuites: readonly string[];
  /** OpenSSL's names; empty: the runtime's choice. */
  readonly curves: readonly string[];
  readonly preferServerCiphers: boolean | undefined;
  /** Undefined: whatever the runtime offers. */
  readonly http2: boolean | undefined;
}

/** Go's names: the format of the file that says so is of Go's making. */
export const CLIENT_AUTHS = [
  "NoClientCert",
  "RequestClientCert",
  "RequireAnyClientCert",
  "VerifyClientCertIfGiven",
  "RequireAndVerifyClientCert",
] as const;
export type ClientAuth = (typeof CLIENT_AUTHS)[number];

/** In ascending order. */
export const TLS_VERSIONS = ["TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] as const;
export type TlsVersion = (typeof TLS_VERSIONS)[number];

/** What a runtime cannot do: a key of the web config file, and "found X, wanted Y". */
export type TlsProblem = readonly [key: string, problem: string];
