import { printableUrl } from "./print.ts";
import { type Path, type Place, type Problem, within } from "../problems/problem.ts";

type RawMap = Readonly<Record<string, unknown>>;

/**
 * Returns a problem for everything in an `http_config` that excludes something else, wherever the
 * configuration has one. What has the wrong type is left to the schema.
 */
export function httpConfigConflicts(raw: RawMap, file: Place): Problem[] {
  return [...places(raw)].flatMap(({ path, owner }) =>
    conflicts(owner.http_config as RawMap, owner)
      .map(([at, text]) => ({ place: within(file, ...path, "http_config", ...at), text }))
  );
}

interface HttpConfigPlace {
  readonly path: Path;
  readonly owner: RawMap;
}

function* places(raw: RawMap, at: Path = []): Generator<HttpConfigPlace> {
  const routes = Array.isArray(raw.routes) ? raw.routes : [];
  if (isMap(raw.http_config)) {
    const { http_config } = raw;
    const owners = [raw, ...routes.filter((route) => isDefaulted(route))];
    yield { path: at, owner: { http_config, url: owners.flatMap(defaultedUrls).find(hasUser) } };
  }
  for (const [index, route] of routes.entries()) {
    if (isMap(route)) yield* places(route, ["routes", index]);
  }
  const { kubernetes_auth } = isMap(raw.web) ? raw.web : {};
  if (isMap(kubernetes_auth) && isMap(kubernetes_auth.http_config)) {
    yield { path: ["web", "kubernetes_auth"], owner: kubernetes_auth };
  }
  for (const list of ["upstreams", "policy_providers"]) {
    const entries = raw[list];
    if (!Array.isArray(entries)) continue;
    for (const [index, owner] of entries.entries()) {
      if (isMap(owner) && isMap(owner.http_config)) yield { path: [...at, list, index], owner };
    }
  }
}

/** The URLs that are asked with the common settings. */
function defaultedUrls({ upstream_url, metrics_url, upstreams }: RawMap): unknown[] {
  const ofList = Array.isArray(upstreams) ? upstreams.filter((one) => isDefaulted(one)) : [];
  return [upstream_url, metrics_url, ...ofList.map(({ url }) => url)];
}

type Conflict = readonly [at: Path, text: string];

function conflicts(config: RawMap, owner: RawMap): Conflict[] {
  const { basic_auth: basic, authorization, tls_config: tls, http_headers: headers } = config;
  const problems = [
    ...exclusive([], config, "basic_auth", "authorization"),
    ...(isMap(basic) ? basicAuthConflicts(basic) : []),
    ...(isMap(authorization) ? authorizationConflicts(authorization) : []),
    ...(isMap(tls) ? tlsConflicts(tls) : []),
    ...(isMap(headers) ? repeatedHeaders(headers) : []),
    ...redirectConflicts(config, owner),
  ];
  const own = ["basic_auth", "authorization"].find((key) => isMap(config[key]));
  if (own !== undefined) problems.push(...otherCredentials(own, owner));
  return problems;
}

/** Of policy providers the type is known; upstreams have none. */
function redirectConflicts(config: RawMap, owner: RawMap): Conflict[] {
  if (!has(config, "redirect_hosts")) return [];
  const reason = has(owner, "type")
    ? "a policy sync"
    : config.follow_redirects === false
    ? "follow_redirects: false"
    : undefined;
  if (reason === undefined) return [];
  return [[["redirect_hosts"], `has no effect with ${reason}, which follows no redirect`]];
}

function basicAuthConflicts(basic: RawMap): Conflict[] {
  const at = ["basic_auth"];
  if (Object.keys(basic).length === 0) return [[at, "found nothing, wanted username and password"]];
  return [
    ...exclusive(at, basic, "username", "username_file"),
    ...exclusive(at, basic, "password", "password_file"),
  ];
}

function authorizationConflicts(authorization: RawMap): Conflict[] {
  const at = ["authorization"];
  if (!has(authorization, "credentials") && !has(authorization, "credentials_file")) {
    return [[at, "found neither, wanted credentials or credentials_file"]];
  }
  return exclusive(at, authorization, "credentials", "credentials_file");
}

function tlsConflicts(tls: RawMap): Conflict[] {
  const at = ["tls_config"];
  const problems = ["ca", "cert", "key"]
    .flatMap((name) => exclusive(at, tls, name, `${name}_file`));
  const cert = ["cert", "cert_file"].find((key) => has(tls, key));
  const key = ["key", "key_file"].find((key) => has(tls, key));
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? "cert or cert_file" : "key or key_file";
    problems.push([at, `found ${cert ?? key} without ${missing}, wanted both or neither`]);
  }
  if (tls.min_version === "TLS13" && tls.max_version === "TLS12") {
    problems.push([at, "found min_version above max_version, wanted it to be at most that"]);
  }
  return problems;
}

/** The names of headers are the same in any case. */
function repeatedHeaders(headers: RawMap): Conflict[] {
  const seen = new Map<string, string>();
  return Object.keys(headers).flatMap((name): Conflict[] => {
    const first = seen.get(name.toLowerCase());
    seen.set(name.toLowerCase(), first ?? name);
    return first === undefined
      ? []
      : [[["http_headers", name], `${first} is there too, wanted one of them`]];
  });
}

/** Credentials that stand beside the `http_config`: in the URL, or among a provider's headers. */
function otherCredentials(own: string, { url, headers }: RawMap): Conflict[] {
  const problems: Conflict[] = [];
  if (hasUser(url)) {
    problems.push([[own], "cannot be combined with a user name or password in the URL"]);
  }
  if (
    Array.isArray(headers) &&
    headers.some((header) => String(Object(header).name).toLowerCase() === "authorization")
  ) problems.push([[own], "cannot be combined with an Authorization header in headers"]);
  return problems;
}

function isDefaulted(upstream: unknown): upstream is RawMap {
  return isMap(upstream) && upstream.http_config === undefined;
}

function hasUser(url: unknown): boolean {
  return typeof url === "string" && printableUrl(url) !== url;
}

function exclusive(at: Path, map: RawMap, one: string, other: string): Conflict[] {
  if (!has(map, one) || !has(map, other)) return [];
  return [[at, `found ${one} and ${other}, wanted at most one of them`]];
}

function has(map: RawMap, key: string): boolean {
  return map[key] !== undefined;
}

function isMap(value: unknown): value is RawMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
