/** What the log and `/-/status` tell of changes of what is in force. */
import { deepEqual, equal } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { dropPolicies, writeDropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, denoSource, startWeir } from "../support/e2e/weir_process.ts";

const SOURCE = "a 1\nb 2\nc 3\nd 4\n";
const drop = (regex: string) => ({ action: "drop", source_labels: ["__name__"], regex });

for (const program of [binary, denoSource]) {
  const on = program === binary ? "the binary" : "Deno";
  peerTest(
    ["curl"],
    `each change of what is in force leaves a line in the log, on ${on}`,
    async (t) => {
      const folder = temporaryFolder(t);
      const config = join(folder, "weir.json");
      const policies = dropPolicies(t, [{ metric_field: "name", equals: "d" }]);
      const write = (...regexes: string[]) =>
        writeFileSync(
          config,
          JSON.stringify({
            upstream_url: upstream,
            web: { reload: true },
            policy_providers: [{ id: "team", type: "file", path: policies }],
            metric_relabel_configs: regexes.map(drop),
          }),
        );
      const upstream = await servingUpstream(t, SOURCE);
      write("a");
      const weir = await startWeir(t, [config], { program });
      const changes = async () =>
        JSON.parse((await curl(`${weir.url}/-/status`)).body.toString()).changes as Record<
          string,
          unknown
        >[];
      const first = await changes();
      equal(first.length, 1);
      await curl(`${weir.url}/metrics`);
      write("a", "b");
      await curl(`${weir.url}/-/reload`, "-X", "POST");
      equal((await changes()).length, 2);
      await curl(`${weir.url}/metrics`);
      writeDropPolicies(policies, [{ metric_field: "name", equals: "d" }], [{
        metric_field: "name",
        equals: "c",
      }]);
      await eventually("the policies", async () => (await changes()).length === 3);
      await curl(`${weir.url}/metrics`);
      const [third, second, begun] = await changes();
      const picked = (
        { source, rules, policies, seriesBefore, seriesAfter }: Record<string, unknown>,
      ) => [
        source,
        rules,
        policies,
        seriesBefore,
        seriesAfter,
      ];
      deepEqual([begun, second, third].map(picked), [
        [`${config}, provider team`, 1, 1, undefined, 2],
        [config, 2, 1, 2, 1],
        ["provider team", 2, 2, 1, 0],
      ]);
      deepEqual([second.hashBefore, third.hashBefore], [begun.hash, second.hash]);
      const said = weir.log.split("\n").filter((line) =>
        / msg="(rules in force|first scrape under the rules)"/.test(line)
      ).map((line) => line.replace(/^.* msg=/, ""));
      deepEqual(said, [
        `"rules in force" route=/metrics source="${config}, provider team" hash_before=none hash=${begun.hash} rules=1 policies=1 limits=0`,
        `"first scrape under the rules" route=/metrics hash=${begun.hash} series_after=2`,
        `"rules in force" route=/metrics source=${config} hash_before=${begun.hash} hash=${second.hash} rules=2 policies=1 limits=0 series_before=2`,
        `"first scrape under the rules" route=/metrics hash=${second.hash} series_before=2 series_after=1`,
        `"rules in force" route=/metrics source="provider team" hash_before=${second.hash} hash=${third.hash} rules=2 policies=2 limits=0 series_before=1`,
        `"first scrape under the rules" route=/metrics hash=${third.hash} series_before=1 series_after=0`,
      ]);
    },
  );
}
