/** Policies change while Weir runs. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../support/e2e/eventually.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies, writeDropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { runWeir, startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const source = "a 1\nb 2\nc 3\n";

const dropping = (name: string) => [{ metric_field: "name", equals: name }];

async function answers(weir: WeirProcess, expected: string): Promise<void> {
  await eventually(`the answer ${JSON.stringify(expected)}`, async () => {
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), expected);
    return true;
  });
}

peerTest(["curl"], "a changed policy file is picked up", async (t) => {
  const path = dropPolicies(t, dropping("a"));
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), "--policies", path]);
  await answers(weir, "b 2\nc 3\n");
  writeDropPolicies(path, dropping("b"));
  await answers(weir, "a 1\nc 3\n");
  // As editors and package managers write: another file takes the name.
  writeDropPolicies(`${path}.new`, dropping("a"), dropping("c"));
  renameSync(`${path}.new`, path);
  await answers(weir, "b 2\n");
  assert.equal((await weir.ownMetrics()).get(HITS_OF_SECOND), 1);
  // What is not in force any more has no metrics either.
  writeDropPolicies(path, dropping("a"));
  await answers(weir, "b 2\nc 3\n");
  assert.equal((await weir.ownMetrics()).has(HITS_OF_SECOND), false);
});

const HITS_OF_SECOND = 'weir_policy_hits_total{policy="drop-1"}';

peerTest(["curl"], "a ConfigMap's swapped symlink is picked up", async (t) => {
  const folder = temporaryFolder(t);
  for (const [version, name] of [["..1", "a"], ["..2", "b"]]) {
    mkdirSync(join(folder, version));
    writeDropPolicies(join(folder, version, "policies.json"), dropping(name));
  }
  symlinkSync("..1", join(folder, "..data"));
  const path = join(folder, "policies.json");
  symlinkSync("..data/policies.json", path);
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), "--policies", path]);
  await answers(weir, "b 2\nc 3\n");
  symlinkSync("..2", join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  await answers(weir, "a 1\nc 3\n");
});

peerTest(["curl"], "SIGHUP reads the policies again, where no watch sees the change", async (t) => {
  // The link's folder is watched, and nothing changes there.
  const real = dropPolicies(t, dropping("a"));
  const path = join(temporaryFolder(t), "policies.json");
  symlinkSync(real, path);
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), "--policies", path]);
  await answers(weir, "b 2\nc 3\n");
  writeDropPolicies(real, dropping("b"));
  weir.signal("SIGHUP");
  await answers(weir, "a 1\nc 3\n");
  assert.equal(await weir.stop(), 0);
});

peerTest(["curl"], "a broken policy file leaves the last good policies in force", async (t) => {
  const path = dropPolicies(t, dropping("a"));
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), "--policies", path]);
  await answers(weir, "b 2\nc 3\n");
  writeFileSync(path, '{"policies": [');
  await eventually("the failed load", () => weir.logged('"loading policies failed"').length === 1);
  await answers(weir, "b 2\nc 3\n");
  await weir.counted({ 'weir_policy_last_load_successful{provider="flag"}': 0 });
  writeDropPolicies(path, dropping("b"));
  await answers(weir, "a 1\nc 3\n");
  await weir.counted({ 'weir_policy_last_load_successful{provider="flag"}': 1 });
});

peerTest(["curl"], "without a provider's file Weir starts, and everything passes", async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, "policies.json");
  const config = {
    upstream_url: await servingUpstream(t, source),
    policy_providers: [{ id: "local", type: "file", path }],
  };
  writeFileSync(join(folder, "edge.json"), JSON.stringify(config));
  const weir = await startWeir(t, [join(folder, "edge.json")]);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), source);
  assert.equal((await curl(`${weir.url}/-/ready`)).status, 200);
  writeDropPolicies(path, dropping("c"));
  await answers(weir, "a 1\nb 2\n");
});

peerTest(["curl"], "a scrape ends with the policies that it began with", async (t) => {
  const path = dropPolicies(t, dropping("a"));
  const half = Promise.withResolvers<void>();
  const upstream = await httpUpstream(t, async (_request, response) => {
    response.write(source);
    await half.promise;
    response.end(source);
  });
  const weir = await startWeir(t, ["-H", upstream, "--policies", path]);
  const scrape = curl(`${weir.url}/metrics`);
  await weir.counted({ weir_scrapes_in_flight: 1 });
  writeDropPolicies(path, dropping("b"));
  await eventually("the new policies", () => weir.logged("policy set in force").length === 2);
  half.resolve();
  assert.equal((await scrape).body.toString(), "b 2\nc 3\nb 2\nc 3\n");
  await answers(weir, "a 1\nc 3\na 1\nc 3\n");
});

peerTest(["curl"], "changed rules are picked up, broken ones change nothing", async (t) => {
  const path = join(temporaryFolder(t), "rules.yaml");
  const drop = (name: string) => `- {action: drop, source_labels: [__name__], regex: ${name}}\n`;
  writeFileSync(path, drop("a"));
  const upstream = await servingUpstream(t, source);
  const weir = await startWeir(t, ["-H", upstream, "--relabel-file", path]);
  await answers(weir, "b 2\nc 3\n");
  writeFileSync(path, drop("b"));
  await answers(weir, "a 1\nc 3\n");
  writeFileSync(path, drop("a").replace("drop", "dorp"));
  await weir.counted({ weir_config_last_reload_successful: 0 });
  await answers(weir, "a 1\nc 3\n");
  assert.equal(weir.logged('unknown relabel action \\"dorp\\"').length, 1);
  writeFileSync(path, drop("c"));
  await answers(weir, "a 1\nb 2\n");
  await weir.counted({ weir_config_last_reload_successful: 1 });
});

peerTest(["curl"], "POST /-/reload is off unless web.reload is on", async (t) => {
  const folder = temporaryFolder(t);
  const config = join(folder, "weir.yaml");
  const upstream = await servingUpstream(t, source);
  const write = (more: string) => writeFileSync(config, `upstream_url: ${upstream}\n${more}`);
  write("");
  const weir = await startWeir(t, [config]);
  const reload = () => curl(`${weir.url}/-/reload`, "-X", "POST");
  assert.equal((await reload()).status, 403);

  write("web: {reload: true}\n");
  await eventually("reloading is on", async () => (await reload()).status === 200);
  write("web: {reload: true}\nmetric_relabel_configs: [{action: drop, regex: '('}]\n");
  const refused = await reload();
  assert.equal(refused.status, 500);
  assert.match(
    refused.body.toString(),
    /weir\.yaml:3:41: metric_relabel_configs\[0\]\.regex: error parsing regexp/,
  );
  await answers(weir, source);
  write("web: {reload: true}\nmetric_relabel_configs: [{action: labeldrop, regex: x}]\n");
  assert.equal((await reload()).body.toString(), "reloaded\n");
});

peerTest(["curl"], "rules that are wrong at start stop the process with status 2", async () => {
  const { exitCode, stderr } = await runWeir(["--relabel", "[{action: hashmod}]"]);
  assert.equal(exitCode, 2);
  assert.equal(
    stderr,
    "--relabel:1:2: metric_relabel_configs[0]: " +
      "relabel configuration for hashmod requires non-zero modulus\n",
  );
});
