import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { isRedirectHost, parseRedirectHost } from "../../src/config/redirect_host.ts";

const HOSTS: readonly (readonly [unknown, string | undefined])[] = [
  ["metrics.example.com", "metrics.example.com"],
  ["Metrics.Example.COM:9100", "metrics.example.com:9100"],
  ["metrics.example.com:080", "metrics.example.com:80"],
  ["10.0.0.7", "10.0.0.7"],
  ["[FD00:0::7]:9100", "[fd00::7]:9100"],
  ["[::ffff:10.0.0.7]", "10.0.0.7"],
  ["bücher.example", "xn--bcher-kva.example"],
  ["http://a", undefined],
  ["a/metrics", undefined],
  ["user@a", undefined],
  ["*.example.com", undefined],
  ["a:", undefined],
  ["a:http", undefined],
  ["a:65536", undefined],
  ["fd00::7", undefined],
  ["a b", undefined],
  ["", undefined],
  [7, undefined],
];

test("hosts that redirects may lead to", () => {
  for (const [input, host] of HOSTS) equal(parseRedirectHost(input), host, String(input));
});

const LED: readonly (readonly [string, readonly string[], boolean])[] = [
  ["http://a/m", ["a"], true],
  ["https://a:8443/m", ["a"], true],
  ["http://a/m", ["a:80"], true],
  ["https://a/m", ["a:443"], true],
  ["https://a/m", ["a:80"], false],
  ["http://a:81/m", ["a:80", "b"], false],
  ["http://sub.a/m", ["a"], false],
  ["http://a.evil/m", ["a"], false],
  ["http://[fd00::7]:9100/m", ["[fd00::7]:9100"], true],
  ["http://[::ffff:a00:7]/m", ["10.0.0.7"], true],
  ["ftp://a/m", ["a"], false],
  ["file:///a", ["", "a"], false],
  ["http://a/m", [], false],
];

test("where a redirect leads is allowed by host, or by host and port", () => {
  deepEqual(
    LED.map(([url, hosts]) => isRedirectHost(new URL(url), hosts)),
    LED.map(([, , allowed]) => allowed),
  );
});
