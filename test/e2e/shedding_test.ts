/** `limits.shed` before an upstream that grows. */
import { deepEqual, equal } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { binary, denoSource, startWeir } from "../support/e2e/weir_process.ts";

for (const [on, program] of [["the binary", binary], ["Deno", denoSource]] as const) {
  peerTest(
    ["curl"],
    `steps are taken, stay over a reload, and go, on ${on}`,
    async (t) => {
      let paths = 3;
      const upstream = await httpUpstream(t, (_, response) => {
        response.writeHead(200, { "content-type": TEXT_TYPE });
        const lines = Array.from({ length: paths }, (_, at) => `http_total{path="/${at}"} 1\n`);
        response.end(`# HELP http_total H.\n# TYPE http_total counter\n${lines.join("")}`);
      });
      const config = join(temporaryFolder(t), "weir.yaml");
      const write = (more: string) =>
        writeFileSync(
          config,
          `upstream_url: ${upstream}\nweb: {reload: true}\nlimits:\n  series: 10\n  shed:\n` +
            `    - label: path\n    - metric: "debug_.*"\n${more}`,
        );
      write("");
      const weir = await startWeir(t, [config], { program });
      const scrape = async () => {
        const { body } = await curl(`${weir.url}/metrics`);
        return body.toString().split("\n").filter((line) => line !== "" && !line.startsWith("#"));
      };
      const reload = () => curl(`${weir.url}/-/reload`, "-X", "POST");
      const shed = ["http_total 20", "weir_scrape_shed_steps 1"];
      equal((await scrape()).length, 3);
      paths = 20;
      await scrape();
      deepEqual(await scrape(), shed);
      write("log_level: debug\n");
      await reload();
      deepEqual(await scrape(), shed);
      const own = await weir.ownMetrics();
      deepEqual(
        [...own].filter(([key]) => key.startsWith("weir_shed")).map(([key, value]) =>
          `${key} ${value}`
        ),
        [
          'weir_shed_active{step="label path"} 1',
          'weir_shed_active{step="metric debug_.*"} 0',
          'weir_shed_changes_total{step="label path",change="taken"} 1',
          'weir_shed_changes_total{step="label path",change="released"} 0',
          'weir_shed_changes_total{step="metric debug_.*",change="taken"} 0',
          'weir_shed_changes_total{step="metric debug_.*",change="released"} 0',
        ],
      );
      paths = 8;
      for (let count = 0; count < 5; count++) {
        deepEqual(await scrape(), ["http_total 8", "weir_scrape_shed_steps 1"]);
      }
      equal((await scrape()).length, 8);
      const said = weir.log.split("\n").filter((line) => line.includes("limits.shed"))
        .map((line) => line.replace(/^.* level=/, "level="));
      deepEqual(said, [
        'level=warn msg="more series than limits.series: a step of limits.shed is taken" ' +
        'path=/metrics step="label path" limit=10',
        'level=info msg="a step of limits.shed is given back" ' +
        'path=/metrics step="label path" limit=10 series=8',
      ]);
    },
  );
}
