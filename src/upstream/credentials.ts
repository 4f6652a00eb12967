import { MAX_CREDENTIAL_BYTES, REWRITTEN_FILE_MS, REWRITTEN_FILE_READS } from "../bounds.ts";
import type { HttpConfig, Secret, TlsConfig, TlsVersion } from "../config/http_config.ts";
import { HEADER_VALUE_WANTED, isHeaderValue } from "../config/schema_values.ts";
import { currentRuntime } from "../runtime/current.ts";
import type { TlsSettings } from "../runtime/runtime.ts";
import { basicPair } from "./basic_authorization.ts";
import { CredentialsError } from "./credentials_error.ts";

/** What an `http_config` adds to a request. */
export interface Credentials {
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Undefined: as the runtime does it. */
  readonly tls: TlsSettings | undefined;
  /** What of it must not be printed, should a server repeat it. */
  readonly secrets: readonly string[];
}

const reading = new WeakMap<HttpConfig, Promise<Credentials>>();

/**
 * Reads the files of an `http_config`: as they are now, so that what is rotated is used at once.
 * Calls at the same time share one reading. Throws a CredentialsError.
 */
export function readCredentials(http: HttpConfig): Promise<Credentials> {
  const running = reading.get(http);
  if (running !== undefined) return running;
  const begun = readAll(http).finally(() => reading.delete(http));
  reading.set(http, begun);
  return begun;
}

async function readAll(http: HttpConfig): Promise<Credentials> {
  const headers: [string, string][] = [];
  const secrets: string[] = [];
  const add = (name: string, value: string, ...parts: string[]) => {
    headers.push([name, value]);
    secrets.push(value, ...parts);
  };
  if (http.basicAuth !== undefined) {
    const username = await readSecret(http.basicAuth.username);
    const password = await readSecret(http.basicAuth.password);
    const pair = basicPair(username, password);
    add("authorization", `Basic ${pair}`, pair, password);
  }
  if (http.authorization !== undefined) {
    const { type, credentials } = http.authorization;
    const value = await readHeaderValue(credentials);
    add("authorization", `${type} ${value}`, value);
  }
  for (const { name, value } of http.headers) add(name, await readHeaderValue(value));
  return { headers, tls: http.tls && await readTls(http.tls), secrets };
}

async function readTls(config: TlsConfig): Promise<TlsSettings> {
  const { ca, cert, key, serverName, insecureSkipVerify, minVersion, maxVersion } = config;
  // Both need the runtime's crypto, which takes 2 ms and 2 MB; most upstreams have no certificates.
  const authorities = ca && await readSecret(ca);
  if (ca !== undefined) {
    const { checkAuthorities } = await import("./authorities.ts");
    checkAuthorities(config, authorities!, placeOf(ca));
  }
  const pair = cert && key && (await import("./certificate_pair.ts")).certificatePair(
    config,
    { cert: await readSecret(cert), key: await readSecret(key) },
    [placeOf(cert), placeOf(key)],
  );
  return {
    ...authorities === undefined ? {} : { ca: authorities },
    ...pair,
    ...serverName === undefined ? {} : { serverName },
    ...insecureSkipVerify ? { anyServer: true } : {},
    ...minVersion === undefined ? {} : { minVersion: VERSIONS[minVersion] },
    ...maxVersion === undefined ? {} : { maxVersion: VERSIONS[maxVersion] },
  };
}

const VERSIONS = { TLS12: "TLSv1.2", TLS13: "TLSv1.3" } as const satisfies Record<
  TlsVersion,
  TlsSettings["minVersion"]
>;

async function readHeaderValue(secret: Secret): Promise<string> {
  const value = await readSecret(secret);
  if (isHeaderValue(value)) return value;
  // What Headers throws would quote the value.
  throw new CredentialsError(`${placeOf(secret)}: wanted ${HEADER_VALUE_WANTED}`);
}

/** Without blanks at its ends: files often end in a line break. */
async function readSecret(secret: Secret): Promise<string> {
  if ("text" in secret) return secret.text;
  const { readFile } = await currentRuntime();
  for (let read = 1;; read++) {
    let bytes: Uint8Array;
    try {
      bytes = await readFile(secret.file);
    } catch (error) {
      throw new CredentialsError(
        `${secret.key}: ${error instanceof Error ? error.message : error}`,
      );
    }
    if (bytes.length > MAX_CREDENTIAL_BYTES) {
      const wanted = `wanted ${MAX_CREDENTIAL_BYTES} at most`;
      throw new CredentialsError(`${placeOf(secret)}: found ${bytes.length} bytes, ${wanted}`);
    }
    const text = new TextDecoder().decode(bytes).trim();
    if (text !== "") return text;
    // Who writes in place empties the file first.
    if (read === REWRITTEN_FILE_READS) throw new CredentialsError(`${placeOf(secret)}: is empty`);
    await new Promise((resolve) => setTimeout(resolve, REWRITTEN_FILE_MS));
  }
}

/** How an error calls it. */
function placeOf(secret: Secret): string {
  return "file" in secret ? `${secret.key}: ${secret.file}` : secret.key;
}
