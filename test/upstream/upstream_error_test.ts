import assert from "node:assert/strict";
import { test } from "node:test";
import { printableUrl } from "../../src/config/print.ts";
import { classifyFailure, timeoutError, UpstreamError } from "../../src/upstream/upstream_error.ts";

const URLS: Record<string, string> = {
  "http://host:9100/metrics": "http://host:9100/metrics",
  "http://user:pa@ss@host/metrics": "http://<secret>@host/metrics",
  "http://user@host/a@b?c=d@e": "http://<secret>@host/a@b?c=d@e",
  "dns+http://u:p@host:80": "dns+http://<secret>@host:80",
  "u:p@host:9100/metrics": "<secret>@host:9100/metrics",
  "http://u:p@[::1]:9100/": "http://<secret>@[::1]:9100/",
  "http://u:p@no such host/": "http://<secret>@no such host/",
  "http://host/mail@example": "http://host/mail@example",
};

for (const [url, printed] of Object.entries(URLS)) {
  test(`printableUrl: ${url}`, () => assert.equal(printableUrl(url), printed));
}

test("an UpstreamError is one line without credentials", () => {
  const error = new UpstreamError("status", 503, "http://u:p@host/metrics", "answered\r\n503");
  assert.equal(error.message, "upstream http://<secret>@host/metrics: answered 503");
  assert.deepEqual([error.status, error.reason], [503, "status"]);
});

test("a timeout is a 504 that says how long", () => {
  const error = timeoutError("http://host/metrics", 9.5);
  assert.equal(error.message, "upstream http://host/metrics: did not finish within 9.5 s");
  assert.deepEqual([error.status, error.reason], [504, "timeout"]);
});

function fetchError(message: string, extra: { code?: string; cause?: Error } = {}): Error {
  return Object.assign(new TypeError(message), extra);
}

const DENO = "error sending request for url (http://host/): client error (Connect): ";
const FAILURES: Record<string, [Error, string, string]> = {
  "Bun refused": [
    fetchError("Unable to connect.", { code: "ECONNREFUSED" }),
    "refused",
    "connection refused",
  ],
  "Deno refused": [
    fetchError("fetch failed", {
      cause: new Error(`${DENO}tcp connect error: Connection refused (os error 111)`),
    }),
    "refused",
    "connection refused",
  ],
  "Bun unknown host": [
    fetchError("getaddrinfo ENOTFOUND h", { code: "ENOTFOUND" }),
    "dns",
    "host name not found",
  ],
  "Deno unknown host": [
    fetchError("fetch failed", { cause: new Error(`${DENO}dns error: failed to lookup`) }),
    "dns",
    "host name not found",
  ],
  "Deno certificate": [
    fetchError("fetch failed", {
      cause: new Error(`${DENO}invalid peer certificate: UnknownIssuer`),
    }),
    "tls",
    "TLS failed: invalid peer certificate: UnknownIssuer",
  ],
  "Bun reset": [
    fetchError("The socket connection was closed unexpectedly.", { code: "ECONNRESET" }),
    "reset",
    "connection closed before the response was complete",
  ],
  "Deno cut body": [
    fetchError("error reading a body from connection"),
    "reset",
    "connection closed before the response was complete",
  ],
  "Deno cut TLS": [
    fetchError("peer closed connection without sending TLS close_notify: https://docs.rs/rustls"),
    "reset",
    "connection closed before the response was complete",
  ],
  "Bun bad gzip": [
    fetchError("ZlibError", { code: "ZlibError" }),
    "protocol",
    "broken compression",
  ],
  "Deno bad gzip": [fetchError("unexpected end of file"), "protocol", "broken compression"],
  "Deno bad gzip checksum": [
    fetchError("CRC computed does not match"),
    "protocol",
    "broken compression",
  ],
};

for (const [name, [error, reason, what]] of Object.entries(FAILURES)) {
  test(`classifyFailure: ${name}`, () => {
    const failure = classifyFailure("http://u:p@host/", error);
    assert.deepEqual([failure.reason, failure.status], [reason, 502]);
    assert.equal(failure.message, `upstream http://<secret>@host/: ${what}`);
  });
}
