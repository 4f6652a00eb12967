import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { COMPLETE, largeBody, SAMPLES, TORN } from "../support/upstream/answers.ts";
import { type Answer, type RawUpstream, rawUpstream } from "../support/upstream/raw_upstream.ts";

const PROGRAM = path("../support/upstream/get_program.ts");
const AUTHORITY = { NODE_EXTRA_CA_CERTS: path("./tls/authority.pem") };

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url).href);
}

/** A TLS server whose certificate is for `target.test`. `names` are those that clients asked for. */
async function withTls(
  answer: Answer,
  use: (upstream: RawUpstream, port: string, names: string[]) => Promise<void>,
): Promise<void> {
  const names: string[] = [];
  const upstream = await rawUpstream(
    (socket, path) => {
      names.push(String((socket as { servername?: unknown }).servername));
      answer(socket, path);
    },
    "127.0.0.1",
    {
      key: readFileSync(path("./tls/key.pem")),
      cert: readFileSync(path("./tls/certificate.pem")),
    },
  );
  try {
    await use(upstream, new URL(upstream.url).port, names);
  } finally {
    upstream.stop();
  }
}

/** What each of the URLs gives when 127.0.0.1 is asked for it. */
async function outcomes(urls: string[], env: Record<string, string> = {}): Promise<string[]> {
  const run = "Deno" in globalThis ? ["run", "-A", "--no-check"] : ["run"];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...run, PROGRAM, "127.0.0.1", ...urls],
    { env: { ...process.env, ...env }, maxBuffer: 64 << 20 },
  );
  // Bun's runtime prints a line of its own for broken gzip.
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

test("TLS with an address uses the name of the URL, and so does the Host header", () =>
  withTls(COMPLETE["chunked"], async (upstream, port, names) => {
    const url = `https://target.test:${port}/metrics`;
    assert.deepEqual(await outcomes([url], AUTHORITY), [SAMPLES]);
    assert.deepEqual(names, ["target.test"]);
    assert.match(upstream.requests[0], new RegExp(`\r\nhost: target.test:${port}\r\n`));
  }));

test("TLS with an address fails for a name that the certificate does not have", () =>
  withTls(COMPLETE["chunked"], async (upstream, port) => {
    const urls = ["target.test", "other.test"].map((name) => `https://${name}:${port}/metrics`);
    // The good one first: what it leaves open must not serve the other name.
    const [good, bad] = await outcomes(urls, AUTHORITY);
    assert.equal(good, SAMPLES);
    assert.match(bad, /^UpstreamError: upstream https:\/\/other\.test:\d+\/metrics: TLS failed: /);
    assert.equal(upstream.requests.length, 1);
  }));

test("TLS with an address fails for an authority that is not trusted", () =>
  withTls(COMPLETE["chunked"], async (upstream, port) => {
    const [bad] = await outcomes([`https://target.test:${port}/metrics`]);
    assert.match(bad, /^UpstreamError: upstream \S+: TLS failed: /);
    assert.equal(upstream.requests.length, 0);
  }));

test("responses over TLS from an address are read whole or error", () => {
  const answers = [...Object.values(COMPLETE), ...Object.values(TORN).map(([answer]) => answer)];
  const answer: Answer = (socket, path) => answers[Number(path.slice(1))](socket, path);
  return withTls(answer, async (_, port) => {
    const urls = answers.map((_, index) => `https://target.test:${port}/${index}`);
    const found = await outcomes(urls, AUTHORITY);
    const expected = [
      ...Object.keys(COMPLETE).map((name) => [name, /^http_requests_total/]),
      ...Object.entries(TORN).map(([name, [, begin]]) => [
        name,
        String(begin).includes("reset") ? /connection closed before/ : /broken compression/,
      ]),
    ] as [string, RegExp][];
    for (const [index, [name, pattern]] of expected.entries()) {
      assert.match(found[index].slice(0, 200), pattern, name);
      if (index < Object.keys(COMPLETE).length) assert.equal(found[index], SAMPLES, name);
    }
  });
});

test("a slow reader slows an address over TLS", () => {
  const { answer, size, accepted } = largeBody();
  return withTls(answer, async (_, port) => {
    const found = await outcomes([`https://target.test:${port}/metrics#pause`], AUTHORITY);
    assert.deepEqual(found, ["paused"]);
    assert.ok(accepted() < size / 2, `${accepted()} of ${size} bytes were taken`);
  });
});

test("an address is asked through no proxy", () =>
  withTls(COMPLETE["chunked"], async (_, port) => {
    const proxy = "http://127.0.0.1:1";
    const env = { ...AUTHORITY, HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: "" };
    assert.deepEqual(await outcomes([`https://target.test:${port}/metrics`], env), [SAMPLES]);
  }));
