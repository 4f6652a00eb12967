/** Policies in Edge's form: whose goes before, what a server leaves out, and what it is told at last. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { answer, type Reply, type SyncRequest, syncServer } from "../support/policy/sync_server.ts";
import { curl } from "../support/e2e/curl.ts";
import { eventually } from "../support/e2e/eventually.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { startWeir, type WeirProcess } from "../support/e2e/weir_process.ts";

const BODY = 'file_a 1\nhttp_a 1\nlabelled{b="1",a="x=y"} 1\nkept 1\n';

function dropping(id: string, prefix: string, keys: object = {}): object {
  const match = [{ metric_field: "name", starts_with: prefix }];
  return { id, name: id, enabled: true, metric: { match, keep: false }, ...keys };
}

interface Started {
  readonly weir: WeirProcess;
  readonly syncs: SyncRequest[];
  readonly metrics: () => Promise<string>;
}

/** Weir with a policy server of these policies, and with policy files. */
async function start(
  t: TestContext,
  synced: readonly object[],
  files: readonly (readonly object[])[] = [],
  keys: object = {},
  order: "http first" | "http last" = "http last",
): Promise<Started> {
  const syncs: SyncRequest[] = [];
  const reply = answer({ policies: synced, hash: "1" });
  const server = await syncServer((response, request) => {
    syncs.push(request);
    return reply(response);
  });
  t.after(() => server.stop());
  const folder = temporaryFolder(t);
  const ofFiles = files.map((policies, index) => {
    const path = join(folder, `${index}.json`);
    writeFileSync(path, JSON.stringify({ policies }));
    return { id: `file-${index}`, type: "file", path };
  });
  const http = { id: "http", type: "http", url: server.url };
  const config = join(folder, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      upstream_url: await servingUpstream(t, BODY),
      policy_providers: order === "http last" ? [...ofFiles, http] : [http, ...ofFiles],
      ...keys,
    }),
  );
  const weir = await startWeir(t, [config]);
  await eventually("ready", async () => (await curl(`${weir.url}/-/ready`)).status === 200);
  const metrics = async () => (await curl(`${weir.url}/metrics`)).body.toString();
  return { weir, syncs, metrics };
}

const without = (...names: readonly string[]) =>
  BODY.split("\n").filter((line) => !names.some((name) => line.startsWith(name))).join("\n");

const OF_FILE = [dropping("same", "file_")];
const OF_HTTP = [dropping("same", "http_")];

for (const order of ["http first", "http last"] as const) {
  peerTest(
    ["curl"],
    `a server's policy goes before a file's of the same id: ${order}`,
    async (t) => {
      const { metrics, weir } = await start(t, OF_HTTP, [OF_FILE], {}, order);
      assert.equal(await metrics(), without("http_"));
      const [duplicate] = weir.logged("duplicate policy id");
      assert.match(duplicate, /policy=same provider=file-0 in_force=http$/);
    },
  );
}

peerTest(["curl"], "of two files the later goes before, as listed the earlier", async (t) => {
  const files = [OF_FILE, [dropping("same", "labelled")]];
  assert.equal(await (await start(t, [], files)).metrics(), without("labelled"));
  const listed = { provider_precedence: "listed" };
  assert.equal(await (await start(t, [], files, listed)).metrics(), without("file_"));
  assert.equal(await (await start(t, OF_HTTP, files, listed)).metrics(), without("file_"));
});

peerTest(["curl"], "in Weir's own form the first in the list goes before", async (t) => {
  const own = { listen_port: undefined, listen: "127.0.0.1:0" };
  assert.equal(await (await start(t, OF_HTTP, [OF_FILE], own)).metrics(), without("file_"));
  const remote = { ...own, provider_precedence: "remote" };
  assert.equal(await (await start(t, OF_HTTP, [OF_FILE], remote)).metrics(), without("http_"));
});

const MATCH = [{ metricField: "METRIC_FIELD_NAME", startsWith: "http_" }];

const SYNCED: readonly (readonly [name: string, policy: object, expected: string, RegExp?])[] = [
  [
    "keep left out is false",
    { id: "p", name: "p", enabled: true, metric: { match: MATCH } },
    without("http_"),
  ],
  ["enabled left out is false", { id: "p", name: "p", metric: { match: MATCH } }, BODY],
  [
    "a name left out is empty",
    { id: "p", enabled: true, metric: { match: MATCH } },
    without("http_"),
  ],
  [
    "unknown fields of a matcher are none of its own",
    {
      id: "p",
      name: "p",
      enabled: true,
      metric: { match: [{ ...MATCH[0], weight: 3, newModifier: {} }], keep: false },
    },
    without("http_"),
    /policy=p fields="metric\.match\[0\]\.weight, metric\.match\[0\]\.new_modifier"$/,
  ],
  [
    "an unknown condition is no condition",
    {
      id: "p",
      name: "p",
      enabled: true,
      metric: { match: [{ metricField: "METRIC_FIELD_NAME", glob: "http_*" }], keep: false },
    },
    BODY,
    /policy is not in force.*no match condition/,
  ],
  [
    "an unknown field beside the matchers may change what they are for",
    { id: "p", name: "p", enabled: true, metric: { match: MATCH, keep: false, sample: 0.5 } },
    BODY,
    /policy is not in force.*unknown key/,
  ],
];

for (const [name, policy, expected, warning] of SYNCED) {
  peerTest(["curl"], `of a policy server: ${name}`, async (t) => {
    const { metrics, weir } = await start(t, [policy]);
    assert.equal(await metrics(), expected);
    const warnings = weir.logged("level=warn");
    if (warning !== undefined) assert.ok(warnings.some((line) => warning.test(line)), weir.log);
    else assert.deepEqual(warnings, []);
  });
}

peerTest(
  ["curl"],
  "in a file nothing may be left out but enabled, and nothing be unknown",
  async (t) => {
    const files = [[
      { id: "a", name: "a", metric: { match: [{ metric_field: "name", starts_with: "file_" }] } },
      dropping("b", "http_", {
        metric: { match: [{ metric_field: "name", starts_with: "http_", x: 1 }], keep: false },
      }),
      dropping("c", "kept", { enabled: undefined }),
    ]];
    assert.equal(await (await start(t, [], files)).metrics(), without("kept"));
  },
);

const LABELS: readonly (readonly [matcher: object, isDropped: boolean])[] = [
  [{ equals: "b=1,a=x=y" }, true],
  [{ regex: "(^|,)b=1(,|$)" }, true],
  [{ contains: "a=x" }, true],
  [{ equals: "a=x=y,b=1" }, false],
];

peerTest(["curl"], "datapoint_attribute labels is all of them, as Edge has it", async (t) => {
  for (const [matcher, isDropped] of LABELS) {
    const match = [{ datapoint_attribute: ["labels"], ...matcher }];
    const { metrics } = await start(t, [], [[{
      id: "l",
      name: "l",
      metric: { match, keep: false },
    }]]);
    const expected = isDropped ? without("labelled") : BODY;
    for (const scrape of [1, 2]) assert.equal(await metrics(), expected, `${scrape}: ${match}`);
  }
});

const drop = (id: string) => dropping(id, "http_");

peerTest(["curl"], "the policy server is told of the last hits at the stop", async (t) => {
  const { metrics, weir, syncs } = await start(t, [drop("p")]);
  await metrics();
  await metrics();
  assert.equal(syncs.length, 1);
  assert.equal(await weir.stop(), 0);
  assert.equal(syncs.length, 2);
  const statuses = syncs[1].body.policyStatuses as { id: string; matchHits: string }[];
  assert.deepEqual(statuses.map(({ id, matchHits }) => [id, matchHits]), [["p", "2"]]);
});

peerTest(["curl"], "without hits nothing more is said at the stop", async (t) => {
  const { weir, syncs } = await start(t, [drop("p")]);
  assert.equal(await weir.stop(), 0);
  assert.equal(syncs.length, 1);
});

peerTest(
  ["curl"],
  "a policy server that does not answer holds the stop up for 2 s at most",
  async (t) => {
    let isSilent = false;
    const asked: string[] = [];
    const good = answer({ policies: [drop("p")], hash: "1" });
    const reply: Reply = (response) => {
      asked.push(isSilent ? "silent" : "answered");
      if (!isSilent) return good(response);
    };
    const server = await syncServer(reply);
    t.after(() => server.stop());
    const config = join(temporaryFolder(t), "config.json");
    writeFileSync(
      config,
      JSON.stringify({
        upstream_url: await servingUpstream(t, BODY),
        policy_providers: [{ id: "h", type: "http", url: server.url }],
      }),
    );
    const weir = await startWeir(t, [config]);
    await eventually("ready", async () => (await curl(`${weir.url}/-/ready`)).status === 200);
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), without("http_"));
    isSilent = true;
    assert.equal(await weir.stop(), 0);
    assert.deepEqual(asked, ["answered", "silent"]);
  },
);
