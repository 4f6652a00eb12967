import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { connect } from "node:tls";
import { currentRuntime } from "../../src/runtime/current.ts";
import type { HttpServer, ServeOptions } from "../../src/runtime/runtime.ts";
import type { ServerTls } from "../../src/runtime/server_tls.ts";
import { CertificateAuthority, pemOf, shownName } from "../support/runtime/certificates.ts";

const runtime = await currentRuntime();

function tlsOf(pem: { certificate: string; key: string }, rest: Partial<ServerTls> = {}) {
  const tls: ServerTls = {
    ...pem,
    clientAuth: "NoClientCert",
    clientAuthorities: undefined,
    clientNames: [],
    minVersion: "TLSv1.2",
    maxVersion: "TLSv1.3",
    cipherSuites: [],
    curves: [],
    preferServerCiphers: undefined,
    http2: undefined,
    ...rest,
  };
  return tls;
}

/** A server with the certificate `first`; `second` is another one of the same authority. */
async function withServer(
  fetch: ServeOptions["fetch"],
  use: (server: HttpServer, second: ServerTls) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-tls-"));
  try {
    const authority = new CertificateAuthority(folder);
    const [first, second] = ["first", "second"].map((name) => tlsOf(pemOf(authority.issue(name))));
    const listen = { hostname: "127.0.0.1", port: 0 };
    const server = await runtime.serve({ listen, fetch, tls: first });
    try {
      await use(server, second);
    } finally {
      await server.stop(0);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The whole body; rejects when the transfer breaks off. */
function get(port: number, path = "/", method = "GET"): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path, method, rejectUnauthorized: false };
    request({ ...options, agent: false }, (response) => {
      let text = `${response.statusCode} `;
      response.setEncoding("utf8").on("data", (part: string) => text += part);
      response.on("error", reject).on("end", () => resolve(text));
    }).on("error", reject).end();
  });
}

test("a request over TLS is answered, and its URL is an https one", () =>
  withServer(
    ({ method, url }) => new Response(`${method} ${url}\n`),
    async ({ port }) => {
      assert.equal(
        await get(port, "/metrics?a=b"),
        `200 GET https://127.0.0.1:${port}/metrics?a=b\n`,
      );
      assert.equal(await get(port, "/", "HEAD"), "200 ");
    },
  ));

test("what throws is a 500 over TLS, and a body that errors breaks the transfer off", () => {
  const failing = (request: Request) => {
    if (request.url.endsWith("/throw")) throw new Error("a password");
    let pulls = 0;
    return new Response(
      new ReadableStream({
        pull(controller) {
          if (pulls++ > 0) throw new Error("the upstream is gone");
          controller.enqueue(new TextEncoder().encode("up 1\n"));
        },
      }, { highWaterMark: 0 }),
    );
  };
  return withServer(failing, async ({ port }) => {
    assert.equal(await get(port, "/throw"), "500 internal error\n");
    await assert.rejects(get(port, "/error"));
  });
});

test("a large body over TLS arrives whole", () => {
  const chunk = new TextEncoder().encode("up 1\n".repeat(10_000));
  const large = () => {
    let left = 100;
    return new Response(
      new ReadableStream({
        pull: (controller) => left-- > 0 ? controller.enqueue(chunk) : controller.close(),
      }, { highWaterMark: 0 }),
    );
  };
  return withServer(large, async ({ port }) => {
    assert.equal((await get(port)).length, "200 ".length + 100 * chunk.length);
  });
});

const closesUnread = () => {
  let fail = () => {};
  const stuck = () => {
    let pull: ReturnType<typeof setTimeout>;
    return new Response(
      new ReadableStream({
        pull(controller) {
          clearTimeout(pull);
          controller.enqueue(new Uint8Array(65536));
          pull = setTimeout(() => controller.error(new Error("nobody reads")), 200);
          fail = () => clearTimeout(pull);
        },
      }, { highWaterMark: 0 }),
    );
  };
  return withServer(stuck, async ({ port }) => {
    await new Promise<void>((resolve) => {
      const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false }, () => {
        socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        socket.pause();
        setTimeout(() => socket.resume(), 1000);
      });
      socket.on("error", () => {}).on("close", () => resolve());
    });
    fail();
  });
};

// Deno's server asks a body for nothing, and hears of no error, while its client reads nothing.
if (runtime.name === "bun") {
  test("a body that errors closes the connection of a client that reads nothing", closesUnread);
}

test("a client that leaves aborts its request", async () => {
  let aborted = () => {};
  const left = new Promise<void>((resolve) => aborted = resolve);
  let began = () => {};
  const beginning = new Promise<void>((resolve) => began = resolve);
  const endless = (request: Request) => {
    request.signal.addEventListener("abort", aborted);
    began();
    return new Promise<Response>(() => {});
  };
  await withServer(endless, async ({ port }) => {
    const options = { host: "127.0.0.1", port, rejectUnauthorized: false, agent: false };
    const asked = request(options).on("error", () => {});
    asked.end();
    await beginning;
    asked.destroy();
    await left;
  });
});

test("new connections get a new certificate, and what runs is finished with the old one", () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  let began = () => {};
  const beginning = new Promise<void>((resolve) => began = resolve);
  const slow = async () => {
    began();
    await held;
    return new Response("whole\n");
  };
  return withServer(slow, async (server, second) => {
    assert.equal(await shownName(server.port), "first");
    const running = get(server.port);
    await beginning;
    await server.useTls!(second);
    assert.equal(await shownName(server.port), "second");
    release();
    assert.equal(await running, "200 whole\n");
  });
});

test("what the runtime cannot do is named", async () => {
  const pem = { certificate: "", key: "" };
  const asked = tlsOf(pem, {
    clientAuth: "RequestClientCert",
    cipherSuites: ["NONE"],
    http2: true,
  });
  const keys = (await runtime.tlsProblems(asked)).map(([key]) => key);
  const expected = {
    deno: ["tls_server_config.client_auth_type", "tls_server_config.cipher_suites"],
    bun: ["http_server_config.http2", "tls_server_config"],
  };
  assert.deepEqual(keys, expected[runtime.name]);
});
