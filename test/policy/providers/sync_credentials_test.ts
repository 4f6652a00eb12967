import assert from "node:assert/strict";
import { test } from "node:test";
import { httpConfig, pem, withFiles } from "../../support/upstream/credential_files.ts";
import { AB, Fixture, withServer } from "../../support/policy/provider_fixture.ts";
import { answer, syncServer } from "../../support/policy/sync_server.ts";

test("a policy server gets the credentials of files as they are at each sync", () =>
  withFiles((files) => {
    const credentials_file = files.write("token", "t0ken-1");
    const http = httpConfig({
      authorization: { credentials_file },
      http_headers: { "X-Tenant": { values: ["blue"] } },
    });
    return withServer(answer(AB), async ({ requests }, fixture) => {
      await fixture.start();
      files.write("token", "t0ken-2");
      await fixture.provider.reload();
      const sent = requests.map(({ headers }) => [headers.authorization, headers["x-tenant"]]);
      assert.deepEqual(sent, [["Bearer t0ken-1", "blue"], ["Bearer t0ken-2", "blue"]]);
    }, { http });
  }));

test("a sync without a readable file fails with its name", () =>
  withFiles((files) => {
    const http = httpConfig({ authorization: { credentials_file: files.path("none") } });
    return withServer(answer(AB), async ({ requests, url }, fixture) => {
      await fixture.start();
      const place = `${url}: credentials_file: ${files.path("none")}: `;
      assert.equal(fixture.reasons[0].slice(0, place.length), place);
      assert.equal(requests.length, 0);
    }, { http });
  }));

test("no secret of an http_config is in the reason where a server repeats it", async () => {
  const configs = [
    httpConfig({ basic_auth: { username: "us3r", password: "p@ss" } }),
    httpConfig({ authorization: { credentials: "p@ss" } }),
    httpConfig({ http_headers: { "X-A": { secrets: ["p@ss"] } } }),
  ];
  for (const http of configs) {
    const telltale = (response: Parameters<ReturnType<typeof answer>>[0], { headers }: {
      headers: object;
    }) => answer({ errorMessage: `p@ss ${JSON.stringify(headers)}` })(response);
    await withServer(telltale, async (_, fixture) => {
      await fixture.start();
      const reason = fixture.reasons[0];
      assert.match(reason, /<secret>/);
      for (const secret of ["p@ss", btoa("us3r:p@ss")]) assert.ok(!reason.includes(secret), reason);
    }, { http });
  }
});

test("a policy server is asked under TLS with a client certificate", async () => {
  const server = await syncServer(answer(AB), {
    key: pem("key"),
    cert: pem("certificate"),
    ca: pem("client_authority"),
    requestCert: true,
    rejectUnauthorized: true,
  });
  const trusted = { ca: pem("authority"), server_name: "target.test" };
  const client = { cert: pem("client1"), key: pem("client1_key") };
  try {
    const outcomes: string[] = [];
    for (const tls_config of [{ ...trusted, ...client }, { ...client, ca: trusted.ca }, trusted]) {
      const fixture = new Fixture(server.url, { http: httpConfig({ tls_config }) });
      await fixture.start();
      fixture.provider.stop();
      outcomes.push(fixture.events[0].replace(/^failed .*/, "failed"));
    }
    assert.deepEqual(outcomes, ["loaded a,b", "failed", "failed"]);
    assert.deepEqual(server.requests.map(({ method }) => method), ["POST"]);
    assert.equal(server.requests[0].body.clientMetadata.supportedPolicyStages.length, 1);
  } finally {
    server.stop();
  }
});
