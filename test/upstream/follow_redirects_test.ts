/** Redirects to another origin: whose host is allowed, and what is sent there. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type tls from "node:tls";
import type { HttpConfigEntry } from "../../src/config/http_config_schema.ts";
import { parseUpstream } from "../../src/config/upstream_url.ts";
import type { UpstreamGet } from "../../src/upstream/ask.ts";
import { getUpstream } from "../../src/upstream/get.ts";
import { COMPLETE, SAMPLES, status } from "../support/upstream/answers.ts";
import { httpConfig, pem, withFiles } from "../support/upstream/credential_files.ts";
import { failureOf, readText, request, withUpstream } from "../support/upstream/get_fixture.ts";
import {
  type Answer,
  head,
  type RawUpstream,
  rawUpstream,
} from "../support/upstream/raw_upstream.ts";

const WHOLE = COMPLETE["with a Content-Length"];

async function ask(
  url: string,
  entry: HttpConfigEntry,
  more: Partial<UpstreamGet> = {},
): Promise<string> {
  const { body } = await getUpstream(request(url, { http: httpConfig(entry), ...more }));
  return await readText(body);
}

const to = (url: string): Answer => status("302 Found", `Location: ${url}`);

/** The names of the headers in a request. */
function headerNames(text: string): string[] {
  return text.trim().split("\r\n").slice(1).map((line) => line.split(":")[0]).sort();
}

/** What runtimes send of themselves, and what Weir says in every request. */
const COMMON = ["accept", "accept-encoding", "host", "user-agent"];
const NOT_OURS = ["connection", "accept-language", "sec-fetch-mode"];

function assertNoCredentials(text: string): void {
  const names = headerNames(text).filter((name) => !NOT_OURS.includes(name));
  assert.deepEqual(names, [...COMMON, "x-prometheus-scrape-timeout-seconds"].sort());
  assert.doesNotMatch(text, /s3cret|czncmv0|evil/);
}

const ALLOWED: Record<string, (port: string) => string> = {
  "its host": () => "127.0.0.1",
  "its host and port": (port) => `127.0.0.1:${port}`,
};

for (const [name, hostOf] of Object.entries(ALLOWED)) {
  test(`a redirect to another origin is followed where ${name} is allowed`, () =>
    withUpstream(
      WHOLE,
      (other) =>
        withUpstream(to(`${other.url.replace("//", "//evil:s3cret@")}/m?a=b`), async ({ url }) => {
          const redirect_hosts = [hostOf(new URL(other.url).port)];
          assert.equal(await ask(`${url}/metrics`, { redirect_hosts }), SAMPLES);
          assert.match(other.requests[0], /^get \/m\?a=b http/);
          assertNoCredentials(other.requests[0]);
        }),
    ));
}

const REFUSED: Record<string, (port: number) => HttpConfigEntry> = {
  "nothing is allowed": () => ({}),
  "no host is": () => ({ redirect_hosts: [] }),
  "another host is": () => ({ redirect_hosts: ["127.0.0.2", "0.0.1", "127.0.0.1.test"] }),
  "another port is": (port) => ({ redirect_hosts: [`127.0.0.1:${port + 1}`] }),
};

for (const [name, entryOf] of Object.entries(REFUSED)) {
  test(`a redirect to another origin is refused, and nothing asked there, where ${name}`, () =>
    withUpstream(WHOLE, (other) =>
      withUpstream(to(`${other.url}/m`), async ({ url }) => {
        const entry = entryOf(Number(new URL(other.url).port));
        assert.deepEqual(await failureOf(ask(`${url}/metrics`, entry)), [
          "protocol",
          502,
          "upstream URL/metrics: redirects to another origin, URL",
        ]);
        assert.equal(other.requests.length, 0);
      })));
}

test("an allowed host is no allowed protocol", () =>
  withUpstream(to("ftp://127.0.0.1/metrics"), async ({ url }) => {
    const failure = await failureOf(ask(`${url}/m`, { redirect_hosts: ["127.0.0.1"] }));
    assert.deepEqual(failure.slice(0, 2), ["protocol", 502]);
    assert.match(failure[2], /redirects to another origin/);
  }));

const CREDENTIALS: Record<string, HttpConfigEntry> = {
  "basic_auth": { basic_auth: { username: "user", password: "s3cret" } },
  "authorization": { authorization: { credentials: "s3cret" } },
  "http_headers": {
    http_headers: { "X-Key": { secrets: ["s3cret"] }, "Cookie": { values: ["s3cret"] } },
  },
  "the URL's user": {},
};

for (const [name, entry] of Object.entries(CREDENTIALS)) {
  test(`${name}: never sent to another origin, nor by one that leads back`, () => {
    let home = "";
    const back: Answer = (socket, path) =>
      path === "/back" ? to(`${home}/whole`)(socket, path) : WHOLE(socket, path);
    return withUpstream(back, (other) =>
      withUpstream((socket, path) => {
        if (path === "/whole") WHOLE(socket, path);
        else to(`${other.url}${path}`)(socket, path);
      }, async (upstream) => {
        home = upstream.url;
        const url = name === "the URL's user" ? home.replace("//", "//user:s3cret@") : home;
        const http = { ...entry, redirect_hosts: ["127.0.0.1"] };
        assert.equal(await ask(`${url}/there`, http), SAMPLES);
        assert.match(upstream.requests[0], /s3cret|authorization: basic/);
        assertNoCredentials(other.requests[0]);
        assert.equal(await ask(`${url}/back`, http), SAMPLES);
        assertNoCredentials(other.requests[1]);
        assert.match(upstream.requests[2], /^get \/whole /);
        assertNoCredentials(upstream.requests[2]);
      }));
  });
}

test("a secret that a redirect repeats is not in the error", () =>
  withUpstream(to("http://s3cret.test/"), async ({ url }) => {
    const entry = { authorization: { credentials: "s3cret" }, redirect_hosts: ["a.test"] };
    assert.doesNotMatch((await failureOf(ask(url, entry))).join(), /s3cret/);
  }));

test("redirects between two origins end", () => {
  let home = "";
  return withUpstream(
    (socket, path) => to(`${home}/m`)(socket, path),
    (other) =>
      withUpstream(to(`${other.url}/m`), async (upstream) => {
        home = upstream.url;
        assert.deepEqual(await failureOf(ask(`${home}/m`, { redirect_hosts: ["127.0.0.1"] })), [
          "protocol",
          502,
          "upstream URL/m: more than 5 redirects",
        ]);
        assert.deepEqual([upstream.requests.length, other.requests.length], [3, 3]);
      }),
  );
});

test("the address of a resolved name is that name's alone", () => {
  let home = "";
  const other: Answer = (socket, path) =>
    path === "/back" ? to(`${home}/whole`)(socket, path) : WHOLE(socket, path);
  return withUpstream(other, (there) =>
    withUpstream((socket, path) => {
      if (path === "/whole") WHOLE(socket, path);
      else to(`${there.url}${path}`)(socket, path);
    }, async (pod) => {
      home = `http://target.test:${new URL(pod.url).port}`;
      const more = { connectTo: "127.0.0.1" };
      const entry = { redirect_hosts: ["[::1]"] };
      assert.equal(await ask(`${home}/there`, entry, more), SAMPLES);
      assert.match(there.requests[0], /\r\nhost: \[::1\]:/);
      assert.equal(await ask(`${home}/back`, entry, more), SAMPLES);
      assert.match(pod.requests[2], /\r\nhost: target\.test:/);
    }), "::1");
});

test("a Unix socket's redirect to a host goes to the host", () =>
  withFiles((files) =>
    withUpstream(WHOLE, async (other) => {
      const socket = await rawUpstream(to(`${other.url}/m`), files.path("app.sock"));
      try {
        const { url } = parseUpstream(`${socket.url}:/metrics`)!;
        assert.equal(await ask(url, { redirect_hosts: ["127.0.0.1"] }), SAMPLES);
        assert.match(other.requests[0], /^get \/m http/);
      } finally {
        socket.stop();
      }
    })
  ));

/** A TLS server for `target.test` that asks for a client certificate and tells whose it was. */
async function withTls(
  answer: Answer,
  use: (upstream: RawUpstream) => Promise<void>,
): Promise<void> {
  const upstream = await rawUpstream(answer, "127.0.0.1", {
    key: pem("key"),
    cert: pem("certificate"),
    ca: pem("client_authority"),
    requestCert: true,
    rejectUnauthorized: false,
  });
  try {
    await use(upstream);
  } finally {
    upstream.stop();
  }
}

const TELLS: Answer = (socket) => {
  const client = (socket as tls.TLSSocket).getPeerCertificate()?.subject?.CN ?? "nobody";
  socket.write(head(`Content-Length: ${client.length + 1}`) + `${client}\n`);
};

const CLIENT = {
  ca: pem("authority"),
  server_name: "target.test",
  cert: pem("client1"),
  key: pem("client1_key"),
};

test("a client certificate is not shown to another origin, whose own is checked", () =>
  withTls(TELLS, (other) => {
    const { port } = new URL(other.url);
    return withTls((socket, path) => {
      if (path === "/here") TELLS(socket, path);
      else to(`https://127.0.0.1:${port}${path}`)(socket, path);
    }, async ({ url }) => {
      const redirect_hosts = ["127.0.0.1"];
      assert.equal(await ask(`${url}/here`, { tls_config: CLIENT, redirect_hosts }), "weir-1\n");
      const unchecked = { ...CLIENT, insecure_skip_verify: true };
      assert.equal(
        await ask(`${url}/there`, { tls_config: unchecked, redirect_hosts }),
        "nobody\n",
      );
      // The name that is looked for at home says nothing of who is elsewhere.
      const [reason] = await failureOf(
        ask(`${url}/there`, { tls_config: CLIENT, redirect_hosts }),
      );
      assert.equal(reason, "tls");
    });
  }));

test("a redirect from https to http is refused, though the host is allowed", () =>
  withUpstream(WHOLE, (other) =>
    withTls(to(`${other.url}/m`), async ({ url }) => {
      const entry = { tls_config: CLIENT, redirect_hosts: ["127.0.0.1"] };
      const [reason, code, message] = await failureOf(ask(`${url}/m`, entry));
      assert.deepEqual([reason, code], ["protocol", 502]);
      assert.match(message, /redirects from https to http, URL$/);
      assert.equal(other.requests.length, 0);
    })));
