/** A request in Edge's form: what of it reaches the application, and what of the answer comes back. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { head } from "../support/upstream/raw_upstream.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { byteUpstream, httpUpstream } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { LOGIN, serverSection, USER, users, WebFolder } from "../support/e2e/web_config.ts";
import {
  binary,
  denoSource,
  runWeir,
  type StartOptions,
  startWeir,
  type WeirProcess,
  weirVersion,
} from "../support/e2e/weir_process.ts";

const TOKEN = "tok-8c1f-of-this-client";
const BEARER = ["-H", `Authorization: Bearer ${TOKEN}`] as const;

function edgeFile(t: TestContext, upstream: string, keys: object = {}): string {
  const path = join(temporaryFolder(t), "config.json");
  writeFileSync(path, JSON.stringify({ upstream_url: upstream, policy_providers: [], ...keys }));
  return path;
}

function startEdge(
  t: TestContext,
  upstream: string,
  keys: object = {},
  options: StartOptions = {},
): Promise<WeirProcess> {
  return startWeir(t, [edgeFile(t, upstream, keys)], options);
}

/** The lines of a raw request behind the first, in order, without those that vary. */
function headerLines(request: string): string[] {
  return request.split("\r\n").slice(1).filter((line) => line !== "").map((line) =>
    line.startsWith("x-prometheus-scrape-timeout-seconds") ? line.replace(/: .*/, ": N") : line
  ).sort();
}

/** Sends bytes, and returns all that comes back until the connection ends. */
async function sendRaw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => answer += text);
  socket.write(request);
  await once(socket, "close");
  return answer;
}

const SENT = [
  "GET /metrics HTTP/1.1",
  "Host: client.example",
  "Accept: text/plain;version=0.0.4;q=1,*/*;q=0.1",
  "Accept-Encoding: gzip, br",
  "User-Agent: Prometheus/3.1.0",
  "X-Prometheus-Scrape-Timeout-Seconds: 10",
  `Authorization: Bearer ${TOKEN}`,
  "Cookie: a=1; b=2",
  "X-Scope-OrgID: tenant-1",
  "X-Hop: of the connection",
  "Keep-Alive: timeout=5",
  "TE: trailers",
  "Proxy-Authorization: Basic eDp5",
  "Range: bytes=0-3",
  'If-None-Match: "x"',
  "Connection: close, X-Hop",
  "\r\n",
].join("\r\n");

const OWN = [
  "accept-encoding: identity",
  "accept: text/plain;version=0.0.4;q=1,*/*;q=0.1",
  "connection: keep-alive",
  "x-prometheus-scrape-timeout-seconds: N",
];

const FORWARDED: readonly (readonly [name: string, keys: object, lines: string[]])[] = [
  ["all, unless it says otherwise", {}, [
    `authorization: bearer ${TOKEN}`,
    "cookie: a=1; b=2",
    "user-agent: prometheus/3.1.0",
    "x-scope-orgid: tenant-1",
  ]],
  ["none", { forward_headers: "none" }, [`user-agent: weir/${weirVersion}`]],
  ["those that are named", { forward_headers: ["X-Scope-OrgId", "Connection", "range"] }, [
    `user-agent: weir/${weirVersion}`,
    "x-scope-orgid: tenant-1",
  ]],
  ["none in Weir's own form", { policy_providers: undefined }, [`user-agent: weir/${weirVersion}`]],
  [
    "what Weir's own form asks for",
    { policy_providers: undefined, forward_headers: ["authorization"] },
    [`authorization: bearer ${TOKEN}`, `user-agent: weir/${weirVersion}`],
  ],
];

for (const [name, keys, lines] of FORWARDED) {
  peerTest([], `headers of a scrape that the application gets: ${name}`, async (t) => {
    const app = await byteUpstream(t, (socket) => socket.end(`${head("Content-Length: 4")}a 1\n`));
    const weir = await startEdge(t, app.url, keys);
    const answer = await sendRaw(weir.url, SENT);
    assert.match(answer, /^HTTP\/1\.1 200 /);
    const host = `host: ${new URL(app.url).host}`;
    assert.deepEqual(headerLines(app.requests[0]), [...OWN, host, ...lines].sort());
  });
}

peerTest(["curl"], "an application that wants a token is scraped through", async (t) => {
  const app = await httpUpstream(t, (request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401, { "www-authenticate": 'Bearer realm="app"' }).end("who?\n");
    } else response.setHeader("content-type", "text/plain").end("secret_total 1\nother 1\n");
  });
  const policies = dropPolicies(t, [{ metric_field: "name", equals: "other" }]);
  const weir = await startEdge(t, app, {
    policy_providers: [{ id: "f", type: "file", path: policies }],
  });
  const url = `${weir.url}/metrics`;
  const refused = await curl(url);
  assert.deepEqual([refused.status, refused.headers.get("www-authenticate")], [
    401,
    'Bearer realm="app"',
  ]);
  const wrong = await curl(url, "-H", "Authorization: Bearer no");
  assert.equal(wrong.status, 401);
  assert.equal((await curl(url, ...BEARER)).body.toString(), "secret_total 1\n");
});

peerTest(["curl"], "a client's token is in no log line, metric or page", async (t) => {
  const app = await httpUpstream(t, (request, response) => {
    const said = String(request.headers.authorization ?? "none").replace(/\W/g, "-");
    const path = new URL(request.url!, "http://x").pathname;
    if (path === "/metrics/redirect") {
      response.writeHead(302, { location: `http://${said}.example/` }).end();
    } else if (path === "/metrics/encoding") {
      response.writeHead(200, { "content-encoding": request.headers.authorization! }).end("x");
    } else if (path === "/metrics/broken") {
      response.writeHead(200, { "content-length": "100" }).write("a 1\n");
      setTimeout(() => response.destroy(), 50);
    } else response.writeHead(path === "/metrics" ? 200 : 503).end("a 1\n");
  });
  const weir = await startEdge(t, app, { log_level: "debug" });
  const bearer = BEARER[1].slice("Authorization: ".length).replace(/\W/g, "-");
  let seen = "";
  for (const path of ["", "/redirect", "/encoding", "/broken", "/unavailable"]) {
    const answer = await curl(`${weir.url}/metrics${path}`, ...BEARER);
    seen += answer.body.toString() + [...answer.headers.values()].join("\n");
  }
  await curl(`${weir.url}/api`, ...BEARER);
  for (const path of ["/", "/-/metrics", "/_edge/metrics", "/_edge/policies"]) {
    seen += (await curl(`${weir.url}${path}`)).body.toString();
  }
  await weir.stop();
  const all = seen + weir.log;
  assert.equal(all.includes(TOKEN), false, "the token itself");
  assert.match(weir.log, /redirects to another origin/);
  assert.match(weir.log, /unknown Content-Encoding/);
  // Said by the application in a spelling of its own: nobody can know that.
  assert.ok(bearer.length > 0);
});

peerTest([], "what Weir's own login took is not handed on", async (t) => {
  const app = await byteUpstream(t, (socket) => socket.end(`${head("Content-Length: 4")}a 1\n`));
  const folder = new WebFolder(t);
  const keys = { web: { config_file: folder.path } };
  folder.write({ basic_auth_users: users });
  const weir = await startEdge(t, app.url, keys, { guarded: true });
  for (const path of ["/metrics", "/metrics/x", "/source", "/api"]) {
    const answer = await curl(`${weir.url}${path}`, ...LOGIN, "-H", "X-Scope-OrgID: 1");
    assert.equal(answer.status, 200, path);
  }
  assert.equal(app.requests.length, 4);
  for (const request of app.requests) {
    assert.match(request, /\r\nx-scope-orgid: 1\r\n/);
    assert.equal(request.includes("authorization"), false, request);
  }
  assert.equal((await curl(`${weir.url}/metrics`, ...BEARER)).status, 401);
  assert.equal(app.requests.length, 4);
  await weir.kill();

  // Without users nobody logs in: what a client brings is for the application.
  folder.write({ http_server_config: { headers: { "X-Frame-Options": "deny" } } });
  const open = await startEdge(t, app.url, keys);
  assert.equal((await curl(`${open.url}/metrics`, "-u", `${USER}:x`)).status, 200);
  assert.match(app.requests.at(-1)!, /\r\nauthorization: basic /);
});

peerTest(["curl"], "what is configured for the upstream goes before a client's", async (t) => {
  const app = await byteUpstream(t, (socket) => socket.end(`${head("Content-Length: 4")}a 1\n`));
  const configured = { http_config: { authorization: { credentials: "of-the-operator" } } };
  const weir = await startEdge(t, app.url, configured);
  await curl(`${weir.url}/metrics`, ...BEARER);
  const { host } = new URL(app.url);
  const named = await startEdge(t, `http://u:p@${host}`);
  await curl(`${named.url}/metrics`, ...BEARER);
  const sent = app.requests.map((request) => /\r\nauthorization: (.*)\r\n/.exec(request)?.[1]);
  assert.deepEqual(sent, ["bearer of-the-operator", "basic dtpw"]);
});

peerTest(
  ["curl"],
  "no header of a client reaches another origin, or comes back from one",
  async (t) => {
    const asked: string[] = [];
    const note = (name: string, request: IncomingMessage) => {
      const { authorization, cookie, "user-agent": agent } = request.headers;
      asked.push(`${name} ${request.url} ${authorization ?? "-"} ${cookie ?? "-"} ${agent}`);
    };
    let home = "";
    const elsewhere = await httpUpstream(t, (request, response) => {
      note("elsewhere", request);
      response.writeHead(307, { location: `${home}/back` }).end();
    });
    home = await httpUpstream(t, (request, response) => {
      note("home", request);
      if (request.url === "/metrics") return response.writeHead(302, { location: "/next" }).end();
      if (request.url === "/next") {
        return response.writeHead(302, { location: `${elsewhere}/there` }).end();
      }
      return response.setHeader("content-type", "text/plain").end("a 1\n");
    });
    const args = [...BEARER, "-H", "Cookie: c=1", "-A", "client/1"];
    const refusing = await startEdge(t, home);
    assert.equal((await curl(`${refusing.url}/metrics`, ...args)).status, 502);
    const own = `Bearer ${TOKEN} c=1 client/1`;
    assert.deepEqual(asked, [`home /metrics ${own}`, `home /next ${own}`]);
    await refusing.kill();

    asked.length = 0;
    const { host } = new URL(elsewhere);
    const following = await startEdge(t, home, { http_config: { redirect_hosts: [host] } });
    const answer = await curl(`${following.url}/metrics`, ...args);
    assert.deepEqual([answer.status, answer.body.toString()], [200, "a 1\n"], following.log);
    assert.deepEqual(asked, [
      `home /metrics ${own}`,
      `home /next ${own}`,
      `elsewhere /there - - Weir/${weirVersion}`,
      `home /back - - Weir/${weirVersion}`,
    ]);
  },
);

/** An application that answers each client with its own token, some time later. */
function personal(t: TestContext, asked: string[]): Promise<string> {
  return httpUpstream(t, (request, response) => {
    const who = /\w+$/.exec(request.headers.authorization ?? "nobody")![0];
    asked.push(who);
    response.setHeader("content-type", "text/plain");
    response.setHeader("set-cookie", `session=${who}`);
    setTimeout(() => response.end(`of_${who} 1\n`), 300);
  });
}

peerTest(["curl"], "clients share an answer only where they sent the same", async (t) => {
  const asked: string[] = [];
  const app = await personal(t, asked);
  const keys = { coalesce: true, min_scrape_interval: "5s" };
  const weir = await startEdge(t, app, keys);
  const scrape = async (...args: readonly string[]) => {
    const { status, headers, body } = await curl(`${weir.url}/metrics`, ...args);
    assert.equal(status, 200);
    return `${body}${headers.get("set-cookie") ?? ""}`;
  };
  const as = (who: string) => ["-H", `Authorization: Bearer ${who}`];
  const answers = await Promise.all([
    ...["alice", "bob", "alice", "bob"].map((who) => scrape(...as(who))),
    scrape(),
    scrape(...as("alice"), "-H", "X-Scope-OrgID: 2"),
  ]);
  const [alice, bob] = ["of_alice 1\n", "of_bob 1\n"];
  assert.deepEqual(answers, [alice, bob, alice, bob, "of_nobody 1\n", alice]);
  assert.deepEqual(asked.toSorted(), ["alice", "alice", "bob", "nobody"]);
  assert.equal(await scrape(...as("bob")), bob, "given again within the interval");
  assert.equal(asked.length, 4);
  assert.equal((await weir.ownMetrics()).get('weir_shared_scrapes_total{how="joined"}'), 2);
});

peerTest(["curl"], "a subset of what was scraped with a token is for that token", async (t) => {
  const app = await personal(t, []);
  const weir = await startEdge(t, app, { subsets: { all: [] } });
  const as = (who: string) => ["-H", `Authorization: Bearer ${who}`];
  assert.equal((await curl(`${weir.url}/metrics`, ...as("alice"))).status, 200);
  const subset = async (...args: readonly string[]) => {
    const { status, body } = await curl(`${weir.url}/metrics/all`, ...args);
    return [status, body.toString().replace(/ \d+\n/, "\n")];
  };
  await eventually("the subset", async () => (await subset(...as("alice")))[0] === 200);
  assert.deepEqual(await subset(...as("alice"), "-A", "other agent"), [200, "of_alice 1\n"]);
  const refusal = "no scrape of /metrics yet by this client: it is what fills /metrics/all\n";
  assert.deepEqual(await subset(...as("bob")), [503, refusal]);
  assert.equal((await subset())[0], 503);
});

peerTest(["curl"], "the application's response headers come back", async (t) => {
  const app = await byteUpstream(t, (socket) =>
    socket.end([
      head(
        "X-App: 1",
        "Set-Cookie: a=1",
        "Set-Cookie: b=2",
        "Cache-Control: no-store",
        "Vary: X-Scope-OrgID",
        'ETag: "v1"',
        "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT",
        "Accept-Ranges: bytes",
        "X-Hop: 1",
        "Keep-Alive: timeout=5",
        "Connection: close, X-Hop",
        "Content-Length: 8",
      ),
      "a 1\nb 1\n",
    ].join("")));
  const policies = dropPolicies(t, [{ metric_field: "name", equals: "b" }]);
  const weir = await startEdge(t, app.url, {
    policy_providers: [{ id: "f", type: "file", path: policies }],
  });
  const answer = async (path: string) => {
    const raw = await sendRaw(
      weir.url,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    const [top, body] = raw.split("\r\n\r\n");
    const lines = top.toLowerCase().split("\r\n").slice(1);
    return [...lines.filter((line) => !/^(date|connection):/.test(line)).sort(), body];
  };
  const common = [
    "cache-control: no-store",
    "content-type: text/plain; version=0.0.4",
    "set-cookie: a=1",
    "set-cookie: b=2",
    "vary: x-scope-orgid, accept, accept-encoding",
    "x-app: 1",
  ];
  assert.deepEqual(await answer("/metrics"), [
    common[0],
    "content-length: 4",
    ...common.slice(1),
    "a 1\n",
  ]);
  const bytes = [
    "accept-ranges: bytes",
    'etag: "v1"',
    "last-modified: mon, 01 jan 2024 00:00:00 gmt",
  ];
  for (const path of ["/source", "/page"]) {
    const lines = await answer(path);
    assert.deepEqual(
      lines,
      [...[...common, ...bytes, "content-length: 8"].sort(), "a 1\nb 1\n"],
      path,
    );
  }
});

/** An application that tells what it was asked, and answers as the path says. */
function telling(t: TestContext): Promise<string> {
  return httpUpstream(t, async (request: IncomingMessage, response: ServerResponse) => {
    let body = "";
    for await (const bytes of request) body += bytes;
    const status = Number(/^\/status\/(\d+)/.exec(request.url!)?.[1] ?? 200);
    if (status >= 300 && status < 400) response.setHeader("location", "http://elsewhere.example/x");
    response.setHeader("x-method", request.method!);
    response.writeHead(status, { "content-type": request.headers["content-type"] ?? "text/html" });
    response.end(`${request.method} ${request.url} ${body}`);
  });
}

for (const [name, program] of [["binary", binary], ["Deno", denoSource]] as const) {
  peerTest(["curl"], `${name}: every other path and method passes`, async (t) => {
    const weir = await startEdge(t, await telling(t), {}, { program });
    const ask = async (path: string, ...args: readonly string[]) => {
      const { status, body } = await curl(`${weir.url}${path}`, ...args);
      return `${status} ${body}`;
    };
    const json = ["-H", "Content-Type: application/json"];
    assert.equal(await ask("/api?q=a%20b&q=2"), "200 GET /api?q=a%20b&q=2 ");
    assert.equal(await ask("/api", "-d", '{"a":1}', ...json), '200 POST /api {"a":1}');
    assert.equal(await ask("/metrics", "-d", "x"), "200 POST /metrics x");
    assert.equal(await ask("/metrics/job/a", "-X", "PUT", "-d", "y"), "200 PUT /metrics/job/a y");
    assert.equal(await ask("/_health", "-X", "POST"), "200 POST /_health ");
    for (const method of ["DELETE", "PATCH", "OPTIONS", "PUT"]) {
      assert.equal(await ask("/api/1", "-X", method, "-d", "z"), `200 ${method} /api/1 z`);
    }
    const chunked = ["-X", "POST", "-H", "Transfer-Encoding: chunked", "-d", "in pieces"];
    assert.equal(await ask("/api", ...chunked), "200 POST /api in pieces");
    const top = await curl(`${weir.url}/api`, "--head");
    assert.deepEqual([top.status, top.headers.get("x-method"), top.body.length], [200, "HEAD", 0]);
    for (const status of [201, 204, 404, 418, 500]) {
      const answer = await curl(`${weir.url}/status/${status}`);
      const text = status === 204 ? "" : `GET /status/${status} `;
      assert.deepEqual([answer.status, answer.body.toString()], [status, text]);
    }
    const redirect = await curl(`${weir.url}/status/302`);
    assert.deepEqual([redirect.status, redirect.headers.get("location")], [
      302,
      "http://elsewhere.example/x",
    ]);
    assert.equal((await curl(`${weir.url}/-/reload`, "-d", "")).status, 403, "Weir's own stays so");
  });
}

peerTest(["curl"], "a body that is larger than max_body_size is refused", async (t) => {
  const path = join(temporaryFolder(t), "body");
  const app = await telling(t);
  writeFileSync(path, "x".repeat(1_000_000));
  const post = ["-X", "POST", "--data-binary", `@${path}`];
  const most = await startEdge(t, app);
  const answer = await curl(`${most.url}/api`, ...post);
  assert.deepEqual([answer.status, answer.body.length], [200, "POST /api ".length + 1_000_000]);
  await most.kill();
  const small = await startEdge(t, app, { max_body_size: 1000 });
  for (const args of [post, [...post, "-H", "Transfer-Encoding: chunked"]]) {
    assert.equal((await curl(`${small.url}/api`, ...args)).status, 413);
  }
});

peerTest(["curl", "openssl"], "bodies pass where Weir serves TLS, too", async (t) => {
  const folder = new WebFolder(t);
  folder.write({ tls_server_config: serverSection(folder.authority.issue("server")) });
  const keys = { web: { config_file: folder.path }, max_body_size: 1000 };
  const weir = await startEdge(t, await telling(t), keys, { guarded: true });
  const post = async (body: string) => {
    const answer = await curl(`${weir.url}/api`, ...folder.trust(), "-d", body);
    return [answer.status, answer.body.toString()];
  };
  assert.deepEqual(await post("x"), [200, "POST /api x"]);
  assert.equal((await post("x".repeat(1001)))[0], 413);
});

peerTest(
  ["curl"],
  "an answer in an encoding that Weir does not know passes as it is",
  async (t) => {
    const app = await httpUpstream(t, (request, response) => {
      const encoding = request.url === "/br" ? "br" : "gzip";
      const body = encoding === "br" ? Buffer.from([1, 2, 3, 4]) : gzipSync("plain");
      response.writeHead(200, { "content-encoding": encoding }).end(body);
    });
    const weir = await startEdge(t, app);
    const ask = async (path: string, ...args: readonly string[]) => {
      const { status, headers, body } = await curl(`${weir.url}${path}`, ...args);
      return [status, headers.get("content-encoding"), [...body]];
    };
    const encoded = ["-H", "Accept-Encoding: gzip, br"];
    assert.deepEqual(await ask("/br"), [200, "br", [1, 2, 3, 4]]);
    assert.deepEqual(await ask("/br", ...encoded), [200, "br", [1, 2, 3, 4]]);
    const plain = [...Buffer.from("plain")];
    assert.deepEqual(await ask("/gzip"), [200, undefined, plain]);
    assert.deepEqual(await ask("/gzip", "--compressed"), [200, "gzip", plain]);
  },
);

peerTest([], "a body that does not come gives its place to others", async (t) => {
  const keys = { scrape: { timeout: "1s", max_concurrent: 1 } };
  const weir = await startEdge(t, await telling(t), keys);
  const slow = "POST /api HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nConnection: close\r\n\r\nabc";
  const text = "the request's body did not come within ";
  assert.match(await sendRaw(weir.url, slow), new RegExp(`^HTTP/1.1 408 [^]*${text}`));
  assert.equal((await fetch(`${weir.url}/metrics`)).status, 200);
});

peerTest(
  ["curl"],
  "what needs no password is got only: nothing else is handed on without",
  async (t) => {
    const asked: string[] = [];
    const app = await httpUpstream(t, (request, response) => {
      asked.push(`${request.method} ${request.headers.authorization ?? "-"}`);
      response.end();
    });
    const folder = new WebFolder(t);
    folder.write({ basic_auth_users: users });
    const web = { config_file: folder.path, auth_exempt: ["/_health", "/-/ready"] };
    const weir = await startEdge(t, app, { web });
    for (const path of ["/_health", "/-/ready"]) {
      assert.equal((await curl(`${weir.url}${path}`)).status, 200);
      assert.equal((await curl(`${weir.url}${path}`, "-d", "x")).status, 401);
      assert.equal((await curl(`${weir.url}${path}`, "-d", "x", ...LOGIN)).status, 200);
    }
    assert.deepEqual(asked, ["POST -", "POST -"]);
  },
);

peerTest(["curl"], "passthrough can be switched off", async (t) => {
  const weir = await startEdge(t, await telling(t), { passthrough: false });
  assert.equal((await curl(`${weir.url}/api`)).status, 404);
  assert.equal((await curl(`${weir.url}/api`, "-d", "x")).status, 405);
  assert.equal((await curl(`${weir.url}/metrics/x`)).status, 404);
});

peerTest(["curl"], "a path below /metrics is fetched there, and filtered", async (t) => {
  const asked: string[] = [];
  const app = await httpUpstream(t, (request, response) => {
    asked.push(request.url!);
    if (request.url === "/metrics/none") return response.writeHead(404).end("none\n");
    return response.setHeader("content-type", "text/plain").end("keep_a 1\ndrop_a 1\n");
  });
  const policies = dropPolicies(t, [{ metric_field: "name", starts_with: "drop_" }]);
  const weir = await startEdge(t, app, {
    policy_providers: [{ id: "f", type: "file", path: policies }],
    subsets: { mine: [] },
  });
  for (const path of ["/metrics/cadvisor", "/metrics/a/b?x=1", "/metrics/"]) {
    const { status, body } = await curl(`${weir.url}${path}`);
    assert.deepEqual([status, body.toString()], [200, "keep_a 1\n"], path);
  }
  assert.equal((await curl(`${weir.url}/metrics/none`)).status, 404);
  assert.deepEqual(asked, ["/metrics/cadvisor", "/metrics/a/b?x=1", "/metrics/", "/metrics/none"]);
  assert.equal((await curl(`${weir.url}/metrics/mine`)).status, 503, "no scrape of /metrics yet");
  await weir.counted({
    'weir_scrapes_total{path="/metrics/*",code="200",outcome="complete"}': 3,
    'weir_scrapes_total{path="/metrics/*",code="404",outcome="error"}': 1,
    'weir_dropped_samples_total{stage="policy"}': 3,
  });
  assert.equal((await weir.ownMetrics()).get("weir_upstream_up"), undefined);
});

peerTest([], "headers are forwarded to one plain upstream only", async (t) => {
  const several = { upstreams: ["http://a:1", "http://b:1"], forward_headers: "all" };
  const monotonic = { counters: "monotonic", forward_headers: ["cookie"] };
  for (const keys of [several, monotonic]) {
    const upstream = "upstreams" in keys ? { upstream_url: undefined } : {};
    const path = edgeFile(t, "http://a:1", { ...keys, ...upstream });
    const { exitCode, stderr } = await runWeir([path]);
    assert.equal(exitCode, 2);
    assert.match(stderr, /forward_headers: found headers to forward with /);
  }
  const { exitCode, stdout } = await runWeir([
    "check",
    edgeFile(t, "http://a:1", { counters: "monotonic" }),
  ]);
  assert.equal(exitCode, 0);
  assert.match(stdout.toString(), /as Edge +other requests are refused, headers forwarded: none/);
});
