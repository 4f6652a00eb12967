import { equal } from "node:assert/strict";
import { test } from "node:test";
import { unmapped } from "../../src/config/ip_address.ts";
import { isLoopback } from "../../src/config/listen.ts";

const ADDRESSES: readonly (readonly [string, string])[] = [
  ["::ffff:10.0.0.7", "10.0.0.7"],
  ["::FFFF:10.0.0.7", "10.0.0.7"],
  ["[::ffff:a00:7]", "10.0.0.7"],
  ["[::ffff:ffff:ff]", "255.255.0.255"],
  ["0:0:0:0:0:ffff:a00:7", "10.0.0.7"],
  ["0000:0000:0000:0000:0000:ffff:10.0.0.7", "10.0.0.7"],
  ["10.0.0.7", "10.0.0.7"],
  ["::1", "::1"],
  ["::ffff:1234", "::ffff:1234"],
  ["::ffff:0:10.0.0.7", "::ffff:0:10.0.0.7"],
  ["fe80::ffff:10.0.0.7", "fe80::ffff:10.0.0.7"],
  ["64:ff9b::10.0.0.7", "64:ff9b::10.0.0.7"],
  ["::10.0.0.7", "::10.0.0.7"],
  ["app", "app"],
  ["", ""],
];

test("IPv4 that is mapped into IPv6 is IPv4; nothing else is", () => {
  for (const [address, plain] of ADDRESSES) equal(unmapped(address), plain, address);
});

test("loopback, in all of its spellings", () => {
  for (const host of ["127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "a.localhost"]) {
    equal(isLoopback(host), true, host);
  }
  for (const host of ["::ffff:127.0.0.1", "[::ffff:7f00:1]"]) equal(isLoopback(host), true, host);
  for (const host of ["::", "0.0.0.0", "10.0.0.7", "::ffff:10.0.0.7", "local.host"]) {
    equal(isLoopback(host), false, host);
  }
});
