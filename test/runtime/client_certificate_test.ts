import assert from "node:assert/strict";
import { test } from "node:test";
import { clientProblem } from "../../src/runtime/client_certificate.ts";
import type { ClientAuth } from "../../src/runtime/server_tls.ts";

const NONE = undefined;
const SIGNED = { authorized: true, names: "DNS:prometheus.test, IP Address:0:0:0:0:0:0:0:1" };
const STRANGE = { authorized: false, names: "DNS:prometheus.test" };

type Shown = { readonly authorized: boolean; readonly names: string } | undefined;

function judge(clientAuth: ClientAuth, shown: Shown, ...clientNames: string[]) {
  const certificate = shown === undefined
    ? {}
    : { raw: new Uint8Array(1), subjectaltname: shown.names };
  const client = {
    authorized: shown?.authorized ?? false,
    getPeerCertificate: () => certificate,
  };
  // deno-lint-ignore no-explicit-any -- the few members that are read
  return clientProblem(client as any, { clientAuth, clientNames });
}

const UNSIGNED = "a certificate that no authority has signed";

const cases: readonly [ClientAuth, none: string | undefined, strange: string | undefined][] = [
  ["NoClientCert", undefined, undefined],
  ["RequestClientCert", undefined, undefined],
  ["RequireAnyClientCert", "no certificate", undefined],
  ["VerifyClientCertIfGiven", undefined, UNSIGNED],
  ["RequireAndVerifyClientCert", "no certificate", UNSIGNED],
];

for (const [clientAuth, none, strange] of cases) {
  test(`${clientAuth}: clients without, with a strange and with a signed certificate`, () => {
    assert.deepEqual(
      [judge(clientAuth, NONE), judge(clientAuth, STRANGE), judge(clientAuth, SIGNED)],
      [none, strange, undefined],
    );
  });
}

const names: readonly [what: string, certificate: string, allowed: string, passes: boolean][] = [
  ["a name", "DNS:a.test, DNS:b.test", "b.test", true],
  ["another name", "DNS:a.test", "b.test", false],
  ["a wildcard, which is a name like any other", "DNS:*.test", "b.test", false],
  ["no names", "", "b.test", false],
  ["an address", "IP Address:10.0.0.7", "10.0.0.7", true],
  ["an IPv6 address in another spelling", "IP Address:0:0:0:0:0:0:0:1", "::1", true],
  ["a URI", "URI:spiffe://cluster/prometheus", "spiffe://cluster/prometheus", true],
  ["an e-mail address", "email:prometheus@a.test", "prometheus@a.test", true],
  ["a name that pretends to be two", 'DNS:"a.test, DNS:b.test"', "b.test", false],
  ["the same, quoted as node does", String.raw`DNS:"a\u002c DNS:b.test"`, "b.test", false],
];

for (const [what, certificate, allowed, passes] of names) {
  test(`client_allowed_sans: ${what}`, () => {
    const shown = { authorized: true, names: certificate };
    const problem = judge("RequireAndVerifyClientCert", shown, allowed);
    assert.equal(problem, passes ? undefined : "another name");
  });
}
