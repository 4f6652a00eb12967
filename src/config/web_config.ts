import { createHash } from "node:crypto";
import { dirname, resolve } from "node:path";
import { MAX_CREDENTIAL_BYTES } from "../bounds.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { type ServerTls, TLS_VERSIONS, type TlsVersion } from "../runtime/server_tls.ts";
import { ConfigError } from "../problems/config_error.ts";
import { placeOf, type Problem } from "../problems/problem.ts";
import { isMap, isNull } from "../yaml/plain_scalar.ts";
import { parseConfigText, readNamedFile, withPositions } from "./parse_text.ts";
import { type SchemaNode, settled } from "./schema_walk.ts";
import { validateAs } from "./validate.ts";
import { certificateProblems } from "./web_certificates.ts";
import {
  CIPHER_SUITES,
  CURVES,
  VERSIONS,
  WEB_CONFIG_SCHEMA,
  type WebConfigFile,
} from "./web_config_schema.ts";

/** The web config file and the certificates that it names. Holds keys and hashes: never print it. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: ServerTls | undefined;
  /** Set on every response. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** bcrypt hashes by user; empty: nobody needs a password. */
  readonly users: ReadonlyMap<string, string>;
  /** The files that it was read from. */
  readonly files: readonly string[];
  /** Equal for equal contents of those files. */
  readonly fingerprint: string;
}

type TlsSection = NonNullable<WebConfigFile["tls_server_config"]>;
type ReadFile = (path: string) => Promise<string>;

/** Throws a ConfigError with everything that is wrong, also with what this runtime cannot do. */
export async function readWebConfig(
  path: string,
  runtime: Pick<Runtime, "readFile" | "tlsProblems">,
): Promise<WebConfig> {
  const files: string[] = [];
  const hash = createHash("sha256");
  const readBytes = async (file: string) => {
    const bytes = await readNamedFile(file, runtime);
    if (bytes.length > MAX_CREDENTIAL_BYTES) {
      const wanted = `at most ${MAX_CREDENTIAL_BYTES}`;
      throw new ConfigError([`${file}: found ${bytes.length} bytes, wanted ${wanted}`]);
    }
    files.push(file);
    hash.update(`${bytes.length}:`).update(bytes);
    return bytes;
  };
  const bytes = await readBytes(path);
  const file = await withPositions(new Map([[path, bytes]]), () => readSections(path, bytes));
  const read: ReadFile = async (name) =>
    new TextDecoder().decode(await readBytes(resolve(dirname(path), name)));
  const { tls_server_config: section, http_server_config: http = {} } = file;
  const tls = section && await buildTls(section, http.http2, path, read, runtime);
  const headers = Object.entries(http.headers ?? {});
  const users = new Map(Object.entries(file.basic_auth_users ?? {}));
  return { tls, headers, users, files, fingerprint: hash.digest("hex") };
}

async function readSections(path: string, bytes: Uint8Array): Promise<WebConfigFile> {
  const parsed = await parseConfigText(path, bytes);
  if (!isMap(parsed)) {
    // Unlike a configuration, in which nothing are defaults, this would let everyone in.
    const found = isNull(parsed) ? "an empty file" : "no map";
    throw new ConfigError([{ place: placeOf(path), text: `found ${found}, wanted a map of keys` }]);
  }
  const raw = settled(parsed, WEB_CONFIG_SCHEMA as unknown as SchemaNode) as object;
  const problems: Problem[] = [];
  const file = validateAs(WEB_CONFIG_SCHEMA, raw, placeOf(path), new Map(), problems);
  if (file?.tls_server_config !== undefined) problems.push(...conflicts(file, path));
  const hasTls = Object.hasOwn(raw, "tls_server_config");
  if (!hasTls && file?.http_server_config?.http2 === true) {
    const place = placeOf(path, "http_server_config", "http2");
    problems.push({ place, text: "found true without tls_server_config" });
  }
  if (file === undefined || problems.length > 0) throw new ConfigError(problems);
  return file;
}

/** The rules that tie one key to another. */
function conflicts({ tls_server_config: tls = {} as TlsSection }: WebConfigFile, path: string) {
  const { client_auth_type: type = "NoClientCert", client_ca_file: authorities } = tls;
  const problems: Problem[] = [];
  const problem = (key: string, text: string) =>
    problems.push({ place: placeOf(path, "tls_server_config", key), text });
  const verifies = type === "VerifyClientCertIfGiven" || type === "RequireAndVerifyClientCert";
  if (verifies && authorities === undefined) {
    problem("client_ca_file", `found nothing, wanted whom client_auth_type ${type} trusts`);
  }
  if (!verifies && authorities !== undefined) {
    problem("client_auth_type", `found ${type} with client_ca_file, wanted one that verifies`);
  }
  if (!verifies && (tls.client_allowed_sans ?? []).length > 0) {
    problem("client_auth_type", `found ${type} with client_allowed_sans, wanted one that verifies`);
  }
  const { min, max } = versionRange(tls);
  if (TLS_VERSIONS.indexOf(min) > TLS_VERSIONS.indexOf(max)) {
    problem("max_version", `found a version below ${min}, which is the least`);
  }
  return problems;
}

async function buildTls(
  section: TlsSection,
  http2: boolean | undefined,
  path: string,
  read: ReadFile,
  runtime: Pick<Runtime, "tlsProblems">,
): Promise<ServerTls> {
  const { client_ca_file: authorities, cipher_suites: suites = [] } = section;
  const { min, max } = versionRange(section);
  const tls: ServerTls = {
    certificate: await read(section.cert_file),
    key: await read(section.key_file),
    clientAuth: section.client_auth_type ?? "NoClientCert",
    clientAuthorities: authorities === undefined ? undefined : await read(authorities),
    clientNames: section.client_allowed_sans ?? [],
    minVersion: min,
    maxVersion: max,
    cipherSuites: suites.flatMap((suite) => CIPHER_SUITES[suite] ?? []),
    curves: (section.curve_preferences ?? []).map((curve) => CURVES[curve]),
    preferServerCiphers: section.prefer_server_cipher_suites,
    http2,
  };
  const problems = certificateProblems(tls);
  if (problems.length === 0) problems.push(...await runtime.tlsProblems(tls));
  if (problems.length === 0) return tls;
  throw new ConfigError(problems.map(([key, problem]) => `${path}: ${key}: ${problem}`));
}

/** Go's default is from TLS 1.2 on. Where only suites of TLS 1.3 are named, nothing older has one. */
function versionRange(section: TlsSection): { min: TlsVersion; max: TlsVersion } {
  const { cipher_suites: suites = [], min_version = "TLS12", max_version = "TLS13" } = section;
  const onlyNewest = suites.length > 0 &&
    suites.every((suite) => CIPHER_SUITES[suite] === undefined);
  return { min: onlyNewest ? "TLSv1.3" : VERSIONS[min_version], max: VERSIONS[max_version] };
}
