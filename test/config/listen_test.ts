import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { parseHost, parseListen, printableListen } from "../../src/config/listen.ts";
import type { ListenAddress } from "../../src/runtime/runtime.ts";

const ADDRESSES: [unknown, ListenAddress | undefined][] = [
  [":8080", { hostname: "::", port: 8080 }],
  ["0.0.0.0:8080", { hostname: "0.0.0.0", port: 8080 }],
  ["127.0.0.1:9090", { hostname: "127.0.0.1", port: 9090 }],
  ["localhost:0", { hostname: "localhost", port: 0 }],
  ["[::1]:8080", { hostname: "::1", port: 8080 }],
  ["[::]:8080", { hostname: "::", port: 8080 }],
  ["[fe80::1%eth0]:80", { hostname: "fe80::1%eth0", port: 80 }],
  ["unix:/run/weir.sock", { unix: "/run/weir.sock" }],
  ["unix:weir.sock", { unix: "weir.sock" }],
  ["unix:", undefined],
  ["8080", undefined],
  ["localhost", undefined],
  ["localhost:", undefined],
  ["localhost:http", undefined],
  ["localhost:65536", undefined],
  ["::1:8080", undefined],
  ["[localhost]:80", undefined],
  ["[::1]", undefined],
  ["a b:80", undefined],
  ["", undefined],
  [8080, undefined],
];

test("listen addresses", () => {
  for (const [input, address] of ADDRESSES) {
    deepEqual(parseListen(input), address, `address ${JSON.stringify(input)}`);
  }
});

test("a listen address is printed as it is read", () => {
  for (const [input, address] of ADDRESSES) {
    if (address === undefined) continue;
    equal(printableListen(address), input === ":8080" ? "[::]:8080" : input);
  }
});

const HOSTS: [unknown, string | undefined][] = [
  ["0.0.0.0", "0.0.0.0"],
  ["::1", "::1"],
  ["[::1]", "::1"],
  ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
  ["my-host.example", "my-host.example"],
  ["http://x", undefined],
  ["1.2.3.4:80", undefined],
  ["", undefined],
  [1, undefined],
];

test("hosts", () => {
  for (const [input, host] of HOSTS) {
    deepEqual(parseHost(input), host, `host ${JSON.stringify(input)}`);
  }
});
