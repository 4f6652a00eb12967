import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { requestTarget } from "../../src/scrape/request_target.ts";

/** URLs as runtimes give them, in whole, or the target alone where the Host is none. */
const CASES: readonly (readonly [url: string, path: string, query?: string])[] = [
  ["http://weir:8080/metrics?x=1", "/metrics", "?x=1"],
  ["/metrics?x=1", "/metrics", "?x=1"],
  ["/12345678/metrics", "/12345678/metrics"],
  ["http://host:99999/metrics?x=http://a/b", "/metrics", "?x=http://a/b"],
  ["http://[bad/metrics", "/metrics"],
  ["HTTPS://u:p@host/metrics#x", "/metrics"],
  ["http://host", "/"],
  ["http://host?/metrics", "/", "?/metrics"],
  ["http://host\\metrics", "/metrics"],
  ["http://host/a/../b/./c", "/b/c"],
  ["http://host/a/%2e%2E/b", "/b"],
  ["http://host/a\\..\\b", "/b"],
  ["http://host/%6d%65trics%2D%7e", "/metrics-~"],
  ["http://host/a%2Fb%3F%25", "/a%2Fb%3F%25"],
  ["http://host/\u00e9", "/%C3%A9"],
];

for (const [url, path, query = ""] of CASES) {
  test(`the target of ${url}`, () => {
    deepEqual(requestTarget(new Asked(url)), { path, query });
  });
}

const REFUSED: readonly (readonly [url: string, host?: string])[] = [
  ["evil.test:443"],
  ["ftp://host/x"],
  ["http:/x"],
  ["x"],
  [""],
  ["http://host//evil.test/x"],
  ["http://host/\\evil.test/x"],
  ["http://host/%"],
  ["http://host/%zz"],
  ["http://host/%2%65%2%65/x"],
  ["http://host/%%32f"],
  ["http://host/%EF%BF%BD"],
  ["http://host/a/..%2fb"],
  ["http://host/a%2f..%2fb"],
  ["http://host/a/..%5Cb"],
  ["http://host/a/..%25252fb"],
  ["http://host/a/%252e%252e/b"],
  ["http://host/a/%25%32%65%252e/b"],
  ["http://host/a/..;/b"],
  ["http://host/a/..%3b/b"],
  ["http://host/a/.;x"],
  ["http://a/b/metrics", "a/b"],
  ["http://a?/metrics", "a?"],
  ["http://a#/metrics", "a#"],
  ["http://a\\b?/metrics", "a\\b?"],
  ["http://u@a/metrics", "u@a"],
  ["http://a/metrics", "a, b"],
];

for (const [url, host] of REFUSED) {
  test(`${url} is no target${host === undefined ? "" : ` with the Host ${host}`}`, () => {
    deepEqual(requestTarget(new Asked(url, host)), undefined);
  });
}

test("what was told of one request is not told of another with the same URL or the same Host", () => {
  const target = (url: string, host?: string) => requestTarget(new Asked(url, host))?.path;
  const asked = [
    target("http://a/x"),
    target("http://a/y"),
    target("http://a/x", "a"),
    target("http://a/x", "a?"),
    target("http://a/x", "a"),
    target("http://a/%zz", "a"),
    target("http://a/x", "a"),
  ];
  deepEqual(asked, ["/x", "/y", "/x", undefined, "/x", undefined, "/x"]);
});

/** A Request would take the URL in order. */
class Asked {
  readonly url: string;
  readonly headers: Headers;

  constructor(url: string, host = "host") {
    this.url = url;
    this.headers = new Headers({ host });
  }
}
