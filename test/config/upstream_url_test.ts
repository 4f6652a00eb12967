import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { parseUpstream } from "../../src/config/upstream_url.ts";

const UPSTREAMS: [unknown, string | undefined, boolean?, boolean?, string?][] = [
  ["localhost:9100/metrics", "http://localhost:9100/metrics", false],
  ["localhost:9100", "http://localhost:9100/", true],
  ["http://localhost:8080", "http://localhost:8080/", true],
  ["http://localhost:8080/", "http://localhost:8080/", true],
  ["HTTPS://Example.com/a/b?x=1#y", "https://example.com/a/b?x=1", false],
  ["http://user:pw@host/metrics", "http://user:pw@host/metrics", false],
  ["[::1]:9100/metrics", "http://[::1]:9100/metrics", false],
  ["10.0.0.1:9100", "http://10.0.0.1:9100/", true],
  ["dns+http://host/metrics", "http://host/metrics", false, true],
  ["DNS+https://host", "https://host/", true, true],
  ["dns+localhost:8080/metrics", "http://localhost:8080/metrics", false, true],
  ["dns+host:80", "http://host/", true, true],
  ["dns4+http://host/metrics", "http://host/metrics", false, true, "ipv4"],
  ["DNS6+host:80", "http://host/", true, true, "ipv6"],
  ["dns5+http://host", undefined],
  ["dns46+http://host", undefined],
  ["dns4+dns6+http://host", undefined],
  ["dns4+unix:/run/app.sock", undefined],
  ["dns6+", undefined],
  ["dns4.example:80/metrics", "http://dns4.example/metrics", false],
  ["dns+dns+http://host", undefined],
  ["dns+ftp://host/metrics", undefined],
  ["dns+http:/host", undefined],
  ["dns+", undefined],
  ["unix:/run/app.sock", "http+unix://%2Frun%2Fapp.sock", true],
  ["unix:/run/app.sock:/", "http+unix://%2Frun%2Fapp.sock/", true],
  ["unix:/run/app.sock:/metrics?a=b", "http+unix://%2Frun%2Fapp.sock/metrics?a=b", false],
  ["unix:///run/app.sock:/metrics", "http+unix://%2Frun%2Fapp.sock/metrics", false],
  ["unix:run/a:b.sock:/m", "http+unix://run%2Fa%3Ab.sock/m", false],
  ["http+unix://%2Frun%2Fapp.sock/metrics", "http+unix://%2Frun%2Fapp.sock/metrics", false],
  ["http+unix:///metrics", undefined],
  ["http+unix://u:p@%2Frun%2Fapp.sock/metrics", undefined],
  ["dns+unix:/run/app.sock", undefined],
  ["unix:", undefined],
  ["ftp://host/metrics", undefined],
  ["http:/host", undefined],
  ["http://", undefined],
  ["http://a b/", undefined],
  ["host:99999", undefined],
  ["", undefined],
  [9100, undefined],
];

test("upstream URLs", () => {
  for (const [input, url, usesRequestPath, fansOut = false, dnsFamily] of UPSTREAMS) {
    const family = dnsFamily && { dnsFamily };
    const basePath = usesRequestPath ? "" : undefined;
    const upstream = { url, basePath, fansOut, labels: [], ...family };
    const wanted = url === undefined ? undefined : upstream;
    deepEqual(parseUpstream(input), wanted, `upstream ${JSON.stringify(input)}`);
  }
});
