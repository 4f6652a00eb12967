import { equal } from "node:assert/strict";
import { test } from "node:test";
import { absoluteUrl } from "../../src/scrape/absolute_url.ts";

const CASES: [string, string][] = [
  ["http://weir:8080/metrics?x=1", "http://weir:8080/metrics?x=1"],
  ["/metrics?x=1", "http://localhost/metrics?x=1"],
  ["//host/metrics", "http://localhost//host/metrics"],
  ["http://host:99999/metrics?x=http://a/b", "http://localhost/metrics?x=http://a/b"],
];

test("the URL of a request, whatever its Host header", () => {
  for (const [given, wanted] of CASES) equal(absoluteUrl(given), wanted, given);
});
