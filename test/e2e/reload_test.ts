/** Policies change while Weir runs. */
import assert from "node:assert/strict";
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { curl } from "./curl.ts";
import { peerTest } from "./peers.ts";
import { servingUpstream } from "./upstreams.ts";
import { dropPolicies, writeDropPolicies } from "./policy_file.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { startWeir, type WeirProcess } from "./weir_process.ts";

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
});

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

peerTest(["curl"], "without its policy file Weir starts, and everything passes", async (t) => {
  const path = join(temporaryFolder(t), "policies.json");
  const weir = await startWeir(t, ["-H", await servingUpstream(t, source), "--policies", path]);
  assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), source);
  assert.equal((await curl(`${weir.url}/-/ready`)).status, 200);
  writeDropPolicies(path, dropping("c"));
  await answers(weir, "a 1\nb 2\n");
});
