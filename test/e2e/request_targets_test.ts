/**
 * What of hostile requests reaches the upstream: one request for one, to its own origin, and to the
 * path that was asked for. Both sides are sockets, so that nothing tidies up in between.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  type Answer,
  head,
  type RawUpstream,
  rawUpstream,
} from "../support/upstream/raw_upstream.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { rawStatuses, takenRequests } from "../support/e2e/raw_request.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { byteUpstream, httpUpstream } from "../support/e2e/upstreams.ts";
import { serverSection, users, WebFolder } from "../support/e2e/web_config.ts";
import { KubernetesApi } from "../support/server/kubernetes_api.ts";
import { binary, denoSource, startWeir } from "../support/e2e/weir_process.ts";

const RUNTIMES = [["binary", binary], ["Deno", denoSource]] as const;

function get(target: string, ...headers: string[]): string {
  return [`GET ${target} HTTP/1.1`, ...headers, "\r\n"].join("\r\n");
}

/** A name, what a client writes, and what comes of it: the status, and what the upstream is asked for. */
type Trick = readonly [name: string, bytes: string, passed: string, onDeno?: string];

const target = (text: string, passed: string, onDeno?: string): Trick => [
  text,
  get(text, "Host: weir.test"),
  passed,
  onDeno,
];

const TARGETS: readonly Trick[] = [
  target("/api/x?y=http://a/b", "200 get /api/x?y=http://a/b"),
  target("http://evil.test/x?y", "200 get /x?y"),
  target("http://evil.test", "200"),
  target("http://evil.test?/x", "200"),
  target("http://evil.test#/x", "200 get /x", "200"),
  target("http://u:p@evil.test:1/x", "200 get /x"),
  target("HTTPS://evil.test/x", "200 get /x"),
  target("http://[::1]/x", "200 get /x"),
  target("http://[bad/x", "200 get /x"),
  target("http://evil.test\\x", "200", "200 get /x/"),
  target("ftp://evil.test/x", "400"),
  target("file:///etc/passwd", "400", "200 get /file:///etc/passwd"),
  target("javascript:x", "400"),
  target("http:x", "400"),
  target("//evil.test/x", "400"),
  target("///evil.test", "400"),
  target("/\\evil.test/x", "400"),
  target("\\evil.test", "400"),
  target("/@evil.test/x", "200 get /@evil.test/x"),
  target("?x", "400"),
  target("*", "400"),
  target("x", "400"),
  target("/a/../b", "200 get /b"),
  target("/../../b", "200 get /b"),
  target("/a/./b/.", "200 get /a/b/"),
  target("/a/%2e%2E/b", "200 get /b"),
  target("/a/.%2e/b", "200 get /b"),
  target("/a\\..\\b", "200 get /b"),
  target("/a/..%2fb", "400"),
  target("/a/%2e%2e%2fb", "400"),
  target("/a%2F..%2fb", "400"),
  target("/a/..%5cb", "400"),
  target("/a/..%252fb", "400"),
  target("/a/%252e%252e/b", "400"),
  target("/a/%25%32%65%252e/b", "400"),
  target("/a/%2%65%2%65/b", "400"),
  target("/a/%%32%65%%32%65/b", "400"),
  target("/a/..;/b", "400"),
  target("/a/..%3bx/b", "400"),
  target("/a/..;x=y", "400"),
  target("/a/...", "200 get /a/..."),
  target("/a..b/.c", "200 get /a..b/.c"),
  target("/a%2fb", "200 get /a%2fb"),
  target("/a%252fb", "200 get /a%252fb"),
  target("/a;b=c", "200 get /a;b=c"),
  target("/a%00b", "200 get /a%00b"),
  target("/a%0d%0aX:%20y", "200 get /a%0d%0ax:%20y"),
  target("/a%3fb%23c", "200 get /a%3fb%23c"),
  target("/a#b", "200 get /a"),
  target("/a?b#c", "200 get /a?b"),
  target("/%61%7e%2D", "200 get /a~-"),
  target("/a%zz", "400"),
  target("/a%", "400"),
  target("/%c0%ae%c0%ae/b", "200 get /%c0%ae%c0%ae/b"),
  target("/%ef%bc%8e%ef%bc%8e/b", "200 get /%ef%bc%8e%ef%bc%8e/b"),
  target("/\xff", "400"),
  target("/a\tb", "505", "400"),
  target("/a\0b", "505", "400"),
  target("/a b", "505", "400"),
  target("/a\rb", "505", "400"),
  target("/a\nX: y", "505", "400"),
  target("/B/A", "200 get /b/a"),
  target("/a.", "200 get /a."),
  target("/a/", "200 get /a/"),
  target(`/${"a".repeat(15_000)}`, "200 get /aaa…"),
];

const host = (hosts: string[], passed: string, onDeno?: string): Trick => [
  `Host: ${hosts.join(" and ")}`,
  get("/x/-/metrics", ...hosts.map((name) => `Host: ${name}`)),
  passed,
  onDeno,
];

const HOSTS: readonly Trick[] = [
  ["no Host", get("/x"), "400", "200 get /x"],
  ["no Host, HTTP/1.0", "GET /x HTTP/1.0\r\n\r\n", "200 get /x"],
  ["no Host, an absolute URL", get("http://evil.test/x"), "400", "200 get /x"],
  ["another Host than the URL's", get("http://evil.test/x", "Host: other.test"), "200 get /x"],
  host([""], "200 get /x/-/metrics"),
  host(["a", "b"], "400"),
  host(["evil.test:99999"], "200 get /x/-/metrics"),
  host(["[::1]:1"], "200 get /x/-/metrics"),
  host(["[bad"], "200 get /x/-/metrics"),
  host(["a_b"], "200 get /x/-/metrics"),
  host([".."], "200 get /x/-/metrics"),
  host(["u:p@a"], "400"),
  host(["a?"], "400"),
  host(["a#"], "400"),
  host(["a/b"], "400"),
  host(["a/b?"], "400"),
  host(["/"], "400"),
  host(["a\\b?"], "400"),
  host(["a b"], "400"),
  host(["a%2fb"], "200 get /x/-/metrics"),
  host(["127.1"], "200 get /x/-/metrics"),
  host(["\xe9"], "200 get /x/-/metrics"),
];

type Framed = readonly [name: string, bytes: string];

const post = (name: string, lines: string[], body: string): Framed => [
  name,
  ["POST /x HTTP/1.1", "Host: weir.test", ...lines, "", body].join("\r\n"),
];
const plain = (name: string, ...lines: string[]): Framed => [
  name,
  get("/x", "Host: weir.test", ...lines),
];
const INNER = get("/inner", "Host: weir.test");

const FRAMED: readonly Framed[] = [
  post("a length", ["Content-Length: 3"], "abc"),
  post(
    "length and chunks",
    ["Content-Length: 5", "Transfer-Encoding: chunked"],
    `0\r\n\r\n${INNER}`,
  ),
  post(
    "chunks and length",
    ["Transfer-Encoding: chunked", "Content-Length: 4"],
    `0\r\n\r\n${INNER}`,
  ),
  post("two lengths", ["Content-Length: 3", "Content-Length: 5"], `abc${INNER}`),
  post("the same length twice", ["Content-Length: 3", "Content-Length: 3"], `abc${INNER}`),
  post("a list of lengths", ["Content-Length: 3, 3"], `abc${INNER}`),
  post("a signed length", ["Content-Length: +3"], `abc${INNER}`),
  post("a hexadecimal length", ["Content-Length: 0x3"], `abc${INNER}`),
  post("an unknown coding", ["Transfer-Encoding: xchunked"], `0\r\n\r\n${INNER}`),
  post("gzip and chunks", ["Transfer-Encoding: gzip, chunked"], "3\r\nabc\r\n0\r\n\r\n"),
  post("chunks and identity", ["Transfer-Encoding: chunked, identity"], `0\r\n\r\n${INNER}`),
  post("a blank before the colon", ["Transfer-Encoding : chunked"], `0\r\n\r\n${INNER}`),
  post("capitals", ["Transfer-Encoding: CHUNKED"], "3\r\nabc\r\n0\r\n\r\n"),
  post("extensions", ["Transfer-Encoding: chunked"], "3;a=b\r\nabc\r\n0\r\n\r\n"),
  post(
    "trailers",
    ["Transfer-Encoding: chunked", "Trailer: x-late"],
    "3\r\nabc\r\n0\r\nX-Late: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
  ),
  post("a size that is none", ["Transfer-Encoding: chunked"], `0x3\r\nabc\r\n0\r\n\r\n${INNER}`),
  post(
    "a size beyond all",
    ["Transfer-Encoding: chunked"],
    `fffffffffffffffff3\r\nabc\r\n${INNER}`,
  ),
  plain("a body of a GET", `Content-Length: ${INNER.length}\r\n\r\n${INNER.slice(0, -4)}`),
  ["pipelined", get("/1", "Host: weir.test") + get("/2", "Host: weir.test")],
  post("100-continue", ["Expect: 100-continue", "Content-Length: 3"], "abc"),
  plain("a folded line", "X: a\r\n b"),
  plain("a CR in a value", "X: a\rY: b"),
  plain("an LF in a value", "X: a\nY: b"),
  plain("a NUL in a value", "X: a\0b"),
  plain("a name with a blank", "X y: a"),
  plain("a name in brackets", "X(: a"),
  plain("no name", ": a"),
  plain("no colon", "X"),
  ["line feeds alone", "GET /x HTTP/1.1\nHost: weir.test\n\n"],
  ["two blanks", "GET  /x HTTP/1.1\r\nHost: weir.test\r\n\r\n"],
  ["HTTP/0.9", "GET /x\r\n\r\n"],
  ["HTTP/1.0", "GET /x HTTP/1.0\r\nHost: weir.test\r\n\r\n"],
  ["HTTP/2.0", "GET /x HTTP/2.0\r\nHost: weir.test\r\n\r\n"],
  ["HTTP/2's preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  plain("h2c", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMA"),
  plain("a websocket", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
  ...["CONNECT", "TRACE", "TRACK", "OPTIONS", "DELETE", "get", "Get", "post", "connect", "FOO"].map(
    (method): Framed => [method, get("/x", "Host: weir.test").replace("GET", method)],
  ),
  ["CONNECT to a host", "CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n"],
  ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: weir.test\r\n\r\n"],
];

/** What comes of it, on the binary and, where that differs, on Deno. */
const OUTCOMES: Readonly<Record<string, readonly [passed: string, onDeno?: string]>> = {
  "a length": ["200 post /x"],
  "length and chunks": ["400"],
  "chunks and length": ["400"],
  "two lengths": ["400"],
  "the same length twice": [
    "closed | closed post /x | 200 post /x",
    "200,200 post /x abcget /inner",
  ],
  "a list of lengths": ["400"],
  "a signed length": ["400"],
  "a hexadecimal length": ["400"],
  "an unknown coding": ["400"],
  "gzip and chunks": ["400", "501"],
  "chunks and identity": ["400"],
  "a blank before the colon": ["400"],
  "capitals": ["200 post /x"],
  "extensions": ["200 post /x"],
  "trailers": ["400 | 400 post /x | 200 post /x | 200,400 post /x", "200 post /x"],
  "a size that is none": ["400", "closed"],
  "a size beyond all": ["400", "closed"],
  "a body of a GET": ["200 get /x"],
  "pipelined": ["closed | closed get /1", "200,200 get /1 get /2"],
  "100-continue": ["200 post /x"],
  "a folded line": ["400"],
  "a CR in a value": ["400"],
  "an LF in a value": ["400", "200 get /x"],
  "a NUL in a value": ["400"],
  "a name with a blank": ["400"],
  "a name in brackets": ["400"],
  "no name": ["400"],
  "no colon": ["400"],
  "line feeds alone": ["505", "200 get /x"],
  "two blanks": ["400"],
  "HTTP/0.9": ["505", "400"],
  "HTTP/1.0": ["200 get /x"],
  "HTTP/2.0": ["505", "400"],
  "HTTP/2's preface": ["400", "closed"],
  "h2c": ["200 get /x"],
  "a websocket": ["200 get /x"],
  "CONNECT": ["405", "400"],
  "TRACE": ["405"],
  "TRACK": ["closed", "405"],
  "OPTIONS": ["200 options /x"],
  "DELETE": ["200 delete /x"],
  "get": ["closed", "502"],
  "Get": ["closed", "502"],
  "post": ["closed", "200 post /x"],
  "connect": ["closed", "405"],
  "FOO": ["closed", "200 foo /x"],
  "CONNECT to a host": ["400", "405"],
  "OPTIONS *": ["400", "200 options /*"],
};

const FRAMING: readonly Trick[] = FRAMED.map(([name, bytes]) => [name, bytes, ...OUTCOMES[name]]);

/** What Weir says itself, whatever a client has said; `accept-language` is of Deno's fetch. */
const OWN =
  /^(?:host|accept|accept-encoding|accept-language|connection|x-prometheus-scrape-timeout-seconds): /;

const HEADERS: readonly (readonly [name: string, sent: string[], received: string[]])[] = [
  ["nothing", [], []],
  [
    "of who came before",
    ["X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: evil.test", "Forwarded: for=1.2.3.4"],
    ["x-forwarded-for: 1.2.3.4", "x-forwarded-host: evil.test", "forwarded: for=1.2.3.4"],
  ],
  [
    "of the connection",
    [
      "Keep-Alive: 1",
      "Proxy-Connection: close",
      "Proxy-Authorization: Basic eDp5",
      "Proxy-Authenticate: Basic",
      "TE: trailers",
      "Trailer: x",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMA",
    ],
    [],
  ],
  [
    "named by Connection",
    [
      "Connection: authorization, X-A",
      "Connection: x-b",
      "Authorization: Bearer t",
      "X-A: 1",
      "X-B: 2",
    ],
    [],
  ],
  [
    "Weir's own, named by Connection",
    ["Connection: host, accept, x-prometheus-scrape-timeout-seconds", "X-C: 3"],
    ["x-c: 3"],
  ],
  ["one name twice", ["X-A: 1", "X-A: 2"], ["x-a: 1, 2"]],
  ["escapes in a value", ["X-A: a%0d%0aX-B: b"], ["x-a: a%0d%0ax-b: b"]],
  ["another path and method", ["X-Original-URL: /y", "X-HTTP-Method-Override: DELETE"], [
    "x-original-url: /y",
    "x-http-method-override: delete",
  ]],
];

/**
 * What passes as well: Bun's parser of node:http, which serves TLS, takes these for requests, and what
 * speaks to sockets on Deno takes methods in small letters.
 */
const LENIENT: Readonly<Record<string, string>> = {
  "/a\nX: y": "get /a",
  "two blanks": "get /x",
  "HTTP/0.9": "get /x",
  "HTTP/2.0": "get /x",
  get: "get /x",
  Get: "get /x",
};

/** Of the route `/a/*`. */
const SOURCES: readonly (readonly [target: string, passed: string])[] = [
  ["/source/a/b", "200 get /a/b"],
  ["/source/%61/b", "200 get /a/b"],
  ["/source/b", "404"],
  ["/source//a/b", "404"],
  ["/source/../b", "404"],
  ["/source/a/../b", "404"],
  ["/source/a/%2e%2e/b", "404"],
  ["/source/a\\..\\b", "404"],
  ["/source/a/..%2fb", "400"],
  ["/source/a/..;/b", "400"],
  ["/source/..%252fb", "400"],
];

/** Of `/-/healthy`, which needs no password; `/x` is the upstream's. */
const EXEMPT: readonly (readonly [target: string, passed: string])[] = [
  ["/-/healthy", "200"],
  ["/-/healthy?/x", "200"],
  ["/-/h%65althy", "200"],
  ["/x/../-/healthy", "200"],
  ["http://evil.test/-/healthy", "200"],
  ["http://evil.test/-/healthy/../../x", "401"],
  ["/-/healthy/../../x", "401"],
  ["/-/healthy/", "401"],
  ["/-/healthy%2f", "401"],
  ["/-/healthy%3f", "401"],
  ["/-/healthy%23", "401"],
  ["/-/healthy;x", "401"],
  ["/-/healthy%00", "401"],
  ["/-/HEALTHY", "401"],
  ["/-/healthy.", "401"],
  ["/-/healthy/..%2f..%2fx", "400"],
  ["//-/healthy", "400"],
  ["/x?/-/healthy", "401"],
];

const answered: Answer = (socket) =>
  socket.end(`${head("Content-Length: 4", "Connection: close")}a 1\n`);
const upstreamOf = (t: TestContext) => byteUpstream(t, answered);

function file(t: TestContext, keys: object): string {
  const path = join(temporaryFolder(t), "weir.json");
  writeFileSync(path, JSON.stringify(keys));
  return path;
}

/** `200 get /x`: statuses, and what the upstream was asked for. */
async function outcome(url: string, bytes: string, upstream: RawUpstream): Promise<string> {
  const statuses = await rawStatuses(url, bytes);
  return [statuses, ...takenRequests(upstream)].join(" ").replace(/a{1000,}/, "aaa…");
}

async function outcomes(
  url: string,
  tricks: readonly Trick[],
  upstream: RawUpstream,
): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, bytes] of tricks) found[shown(name)] = await outcome(url, bytes, upstream);
  return found;
}

const shown = (name: string) => JSON.stringify(name).slice(1, -1).replace(/a{1000,}/, "aaa…");

function wanted(tricks: readonly Trick[], runtime: string): Record<string, string> {
  return Object.fromEntries(tricks.map(([name, , passed, onDeno = passed]) => [
    shown(name),
    runtime === "Deno" ? onDeno : passed,
  ]));
}

/** What is not as it should be. Where a runtime's server may do this or that, ` | ` stands between. */
function differences(
  found: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): object {
  return Object.fromEntries(
    Object.entries(found).filter(([name, one]) => !wanted[name].split(" | ").includes(one))
      .map(([name, one]) => [name, { found: one, wanted: wanted[name] }]),
  );
}

for (const [runtime, program] of RUNTIMES) {
  for (const [what, tricks] of Object.entries({ TARGETS, HOSTS, FRAMING })) {
    peerTest([], `${runtime}: ${what} in Edge's form, which hands all on`, async (t) => {
      const upstream = await upstreamOf(t);
      const path = file(t, { upstream_url: upstream.url, policy_providers: [] });
      const weir = await startWeir(t, [path], { program });
      const found = await outcomes(weir.url, tricks, upstream);
      assert.deepEqual(differences(found, wanted(tricks, runtime)), {});
    });
  }

  peerTest(
    [],
    `${runtime}: headers of a connection end there, and others are one each`,
    async (t) => {
      const upstream = await upstreamOf(t);
      const path = file(t, { upstream_url: upstream.url, policy_providers: [] });
      const weir = await startWeir(t, [path], { program });
      for (const [name, sent, received] of HEADERS) {
        await rawStatuses(weir.url, get("/x", "Host: weir.test", "User-Agent: x", ...sent));
        const lines = upstream.requests.splice(0).join("").split("\r\n").slice(1)
          .filter((line) => line !== "" && !OWN.test(line));
        assert.deepEqual(lines.sort(), ["user-agent: x", ...received].sort(), name);
      }
    },
  );

  for (const form of ["Weir's", "metric-gate's"]) {
    peerTest([], `${runtime}: passthrough in ${form} form`, async (t) => {
      const upstream = await upstreamOf(t);
      const args = form === "Weir's"
        ? [file(t, { upstream_url: upstream.url, passthrough: true })]
        : ["-H", upstream.url, "--passthrough"];
      const weir = await startWeir(t, args, { program });
      const tricks = [...TARGETS, ...HOSTS];
      const found = await outcomes(weir.url, tricks, upstream);
      assert.deepEqual(differences(found, wanted(tricks, runtime)), {});
      // Only what reads is handed on, and what it reads is the body of no other.
      const framed = await outcomes(weir.url, FRAMING, upstream);
      // The one behind `the same length twice` is a request of its own.
      const others = Object.entries(framed).filter(([name, one]) =>
        !/^\S+(?: get \/[x12])*$/.test(one) &&
        !(name === "the same length twice" && one === "405,200 get /inner")
      );
      assert.deepEqual(others, []);
    });
  }

  peerTest([], `${runtime}: a route for all below a path leads nowhere else`, async (t) => {
    const upstream = await upstreamOf(t);
    const path = file(t, { upstream_url: upstream.url, routes: [{ path: "/a/*" }] });
    const weir = await startWeir(t, [path], { program });
    const below = (passed: string) => passed.replace(/^200 get (?!\/a\/).*/, "404");
    const all = wanted(TARGETS, runtime);
    const expected = Object.fromEntries(
      Object.entries(all).map(([name, one]) => [name, below(one)]),
    );
    assert.deepEqual(differences(await outcomes(weir.url, TARGETS, upstream), expected), {});
    const sources = SOURCES.map(([name, passed]): Trick => [name, get(name, "Host: a"), passed]);
    const found = await outcomes(weir.url, sources, upstream);
    assert.deepEqual(differences(found, wanted(sources, runtime)), {});
  });

  peerTest(
    ["openssl"],
    `${runtime}: nothing reaches the upstream without a password`,
    async (t) => {
      const upstream = await upstreamOf(t);
      const folder = new WebFolder(t);
      folder.write({ basic_auth_users: users });
      const web = { config_file: folder.path, auth_exempt: ["/-/healthy"] };
      const path = file(t, { upstream_url: upstream.url, policy_providers: [], web });
      const weir = await startWeir(t, [path], { program, guarded: true });
      const found = await outcomes(weir.url, [...TARGETS, ...HOSTS, ...FRAMING], upstream);
      const others = Object.entries(found).filter(([, one]) =>
        !/^(?:4\d\d|505|closed)(?:,4\d\d)?$/.test(one)
      );
      assert.deepEqual(others, []);
      const exempt = EXEMPT.map(([name, passed]): Trick => [name, get(name, "Host: a"), passed]);
      assert.deepEqual(
        differences(await outcomes(weir.url, exempt, upstream), wanted(exempt, runtime)),
        {},
      );
    },
  );

  peerTest(
    [],
    `${runtime}: the path that Kubernetes is asked of is the one that is asked for`,
    async (t) => {
      const upstream = await upstreamOf(t);
      const api = new KubernetesApi("own");
      api.users.set("token", { username: "prometheus" });
      api.allowed.set("prometheus", ["get /a/*"]);
      const server = await httpUpstream(
        t,
        (request, response) => void api.listener(request, response),
      );
      const http_config = { authorization: { credentials: "own" } };
      const web = { kubernetes_auth: { api_server: server, http_config } };
      const path = file(t, { upstream_url: upstream.url, passthrough: true, web });
      const weir = await startWeir(t, [path], { program, guarded: true });
      const tricks = [...TARGETS, ...HOSTS].map(([name, bytes, ...rest]): Trick => [
        name,
        bytes.replace("\r\n\r\n", "\r\nAuthorization: Bearer token\r\n\r\n"),
        ...rest,
      ]);
      const judged = (passed: string) =>
        passed.replace(/^200(?: get (\S+))?$/, (all, asked = "/") => {
          return /^\/a\/[^%;?]*$/.test(asked) && !asked.includes("//") ? all : "403";
        });
      const all = wanted(tricks, runtime);
      const expected = Object.fromEntries(
        Object.entries(all).map(([name, one]) => [name, judged(one)]),
      );
      const reviewed = () =>
        api.asked.splice(0).flatMap(([, spec]) => {
          const of = spec.nonResourceAttributes as { readonly path: string } | undefined;
          return of === undefined ? [] : [of.path.toLowerCase()];
        });
      const seen = new Set<string>();
      const found: Record<string, string> = {};
      for (const [name, bytes] of tricks) {
        found[shown(name)] = await outcome(weir.url, bytes, upstream);
        for (const one of reviewed()) seen.add(one);
        const asked = / get ([^? ]+)/.exec(found[shown(name)])?.[1];
        assert.ok(asked === undefined || seen.has(asked), `${name}: ${asked} was not reviewed`);
      }
      assert.deepEqual(differences(found, expected), {});
    },
  );

  peerTest(["openssl"], `${runtime}: over TLS, and to a socket`, async (t) => {
    const folder = temporaryFolder(t);
    const upstream = await rawUpstream(answered, join(folder, "app.sock"));
    t.after(() => upstream.stop());
    const web = new WebFolder(t);
    web.write({ tls_server_config: serverSection(web.authority.issue("w", "DNS:localhost")) });
    const keys = { upstream_url: upstream.url, policy_providers: [] };
    const path = file(t, { ...keys, web: { config_file: web.path } });
    const weir = await startWeir(t, [path], { program, guarded: true });
    const tricks = [...TARGETS, ...HOSTS, ...FRAMING];
    const found = await outcomes(weir.url, tricks, upstream);
    // Servers differ in what they refuse; what passes is the same.
    const reached = (one: string) => / (.*)/.exec(one)?.[1] ?? "";
    const others = tricks.filter(([name, , passed, onDeno = passed]) => {
      const allowed = [...passed.split(" | "), ...onDeno.split(" | ")].map(reached);
      const one = reached(found[shown(name)]);
      return one !== "" && one !== LENIENT[name] && !allowed.includes(one);
    }).map(([name]) => [name, found[shown(name)]]);
    assert.deepEqual(others, []);
    assert.equal(found["/a/../b"], "200 get /b");
  });
}
