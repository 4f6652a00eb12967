/** A container's memory is never used up, whatever the upstream sends. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import { eventually } from "../support/e2e/eventually.ts";
import { memoryGroup } from "../support/e2e/memory_group.ts";
import { dropPolicies } from "../support/e2e/policy_file.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream, TEXT_TYPE } from "../support/e2e/upstreams.ts";
import { startWeir } from "../support/e2e/weir_process.ts";

const MANY = 200_000;
const SMALL = "# TYPE up gauge\nup 1\n";
/** Of code, which is resident, but which the system can take back. */
const CODE_MEBIBYTES = 64;

const lines = (count: number, line: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => line(n)).join("");

const INPUTS: Readonly<Record<string, () => string>> = {
  names: () => lines(MANY, (n) => `name_${n} 1\n`),
  families: () => lines(MANY / 3, (n) => `# HELP f_${n} Text.\n# TYPE f_${n} gauge\nf_${n} 1\n`),
  "names of labels": () => lines(MANY, (n) => `m{label_${n}="v",other_${n}="v"} 1\n`),
  values: () => lines(MANY, (n) => `m{id="${n}",path="/a/${n}"} 1\n`),
  "names and values": () => lines(MANY, (n) => `m_${n}{id="${n}"} 1\n`),
  "huge lines": () => lines(20, (n) => `m{id="${n}",v="${"x".repeat(1_000_000)}"} 1\n`),
  "two families of each name": () =>
    lines(
      MANY / 5,
      (n) => `# TYPE f_${n} gauge\nf_${n} 1\n# TYPE f_${n} histogram\nf_${n}_sum 1\n`,
    ),
};

const MODES: Readonly<Record<string, (context: TestContext) => object>> = {
  "a policy": (context) => ({
    policy_providers: [{
      id: "file",
      type: "file",
      path: dropPolicies(context, [{ metric_field: "name", equals: "other" }]),
    }],
  }),
  "a label rule": () => ({ metric_relabel_configs: [{ action: "labeldrop", regex: "path" }] }),
  "a gateway": () => ({
    counters: "monotonic",
    metric_relabel_configs: [{ action: "labeldrop", regex: "path" }],
  }),
};

/** A Weir in a control group, or within a limit of its own where the machine lets nobody make one. */
async function weirWithin(context: TestContext, mebibytes: number, keys: object) {
  let body = new Uint8Array(gzipSync(SMALL));
  const upstream = await httpUpstream(context, (_request, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE, "content-encoding": "gzip" });
    response.end(body);
  });
  const group = memoryGroup(context, mebibytes);
  const config = join(temporaryFolder(context), "weir.json");
  const limits = group === undefined ? { memory: `${mebibytes * 0.75}MiB` } : {};
  const scrape = { timeout: "100s" };
  writeFileSync(config, JSON.stringify({ upstream_url: upstream, limits, scrape, ...keys }));
  return {
    weir: await startWeir(context, ["--config", config], { program: group?.program }),
    expose: (text: string) => void (body = new Uint8Array(gzipSync(text))),
    kills: () => group?.kills() ?? 0,
  };
}

for (const mebibytes of [64, 128, 256]) {
  for (const [mode, keys] of Object.entries(MODES)) {
    const name = `${mebibytes} MiB and ${mode}: the process lives, and says what happened`;
    test(name, { timeout: 300_000 }, async (context) => {
      const { weir, expose, kills } = await weirWithin(context, mebibytes, keys(context));
      const answer = async (text: string) => {
        expose(text);
        const response = await fetch(`${weir.url}/metrics`);
        try {
          return { status: response.status, text: await response.text() };
        } catch {
          // What fails after its first MiB has been sent breaks the transfer.
          return { status: response.status, text: "broken" };
        }
      };
      for (const [input, make] of Object.entries(INPUTS)) {
        const { status, text } = await answer(make());
        if (status !== 200) {
          assert.equal(status, 502, `${input}: ${text}`);
          assert.match(text, /limits\.memory|more (series|families) than/, input);
        }
        assert.equal(kills(), 0, input);
      }
      await eventually("a small scrape passes again", async () => {
        assert.match((await answer(SMALL)).text, /^up 1$/m);
        return true;
      });
      const own = await weir.ownMetrics();
      assert.ok(own.get("weir_memory_failures_total")! >= 0);
      const peak = weir.peakMebibytes;
      assert.ok(peak < mebibytes + CODE_MEBIBYTES, `${peak} MiB`);
    });
  }
}

test("64 MiB and analyses of anybody: the process lives", async (context) => {
  const { weir, expose, kills } = await weirWithin(context, 64, { web: { preview: true } });
  const relabel = "metric_relabel_configs:\n- action: labeldrop\n  regex: path\n";
  const preview = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ relabel }),
  };
  const headers = { accept: "application/json" };
  for (const input of ["names", "names of labels", "huge lines"]) {
    expose(INPUTS[input]());
    const answers = [
      await fetch(`${weir.url}/analyze`, { headers }),
      await fetch(`${weir.url}/analyze/preview`, preview),
    ];
    for (const answer of answers) {
      const text = await answer.text();
      if (answer.status === 200) continue;
      assert.equal(answer.status, 503, `${input}: ${text}`);
      assert.ok(answer.headers.has("retry-after"), input);
      assert.match(text, /Weir holds more memory than limits\.memory/, input);
    }
    assert.equal(kills(), 0, input);
  }
  expose(SMALL);
  await eventually("a small scrape passes again", async () => {
    assert.equal(await (await fetch(`${weir.url}/metrics`)).text(), SMALL);
    return true;
  });
});

test("a scrape beyond limits.memory is given up and counted, and others go on", async (context) => {
  let body = SMALL;
  const upstream = await httpUpstream(context, (_request, response) => {
    response.writeHead(200, { "content-type": TEXT_TYPE }).end(body);
  });
  const config = join(temporaryFolder(context), "weir.json");
  const rules = [{ action: "labeldrop", regex: "path" }];
  const limits = { memory: "40MiB" };
  writeFileSync(
    config,
    JSON.stringify({ upstream_url: upstream, limits, metric_relabel_configs: rules }),
  );
  const weir = await startWeir(context, ["--config", config]);
  body = lines(MANY, (n) => `m{id="${"x".repeat(200)}${n}"} 1\n`);
  const response = await fetch(`${weir.url}/metrics`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /Weir holds more memory than limits\.memory, 40 MiB/);
  const own = await weir.ownMetrics();
  assert.equal(own.get("weir_memory_failures_total"), 1);
  body = SMALL;
  assert.equal(await (await fetch(`${weir.url}/metrics`)).text(), SMALL);
});
