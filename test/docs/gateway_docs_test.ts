import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { isShortfall } from "../../src/lines/shortfall.ts";
import { WeirMetrics } from "../../src/telemetry/weir_metrics.ts";
import { encode } from "../support/lines/filtered.ts";
import { GatewayExample } from "../support/docs/gateway_example.ts";

const DOCS = readFileSync(new URL("../../docs/gateway.md", import.meta.url).pathname).toString();

/** What a target answers from now on, or what Weir does then at a path. */
type Step =
  | { readonly target: string; readonly text: string }
  | { readonly path: string; readonly text: string };

interface Example {
  readonly heading: string;
  readonly config: string;
  readonly steps: readonly Step[];
}

const EXAMPLES = examples();

for (const { heading, config, steps } of EXAMPLES) {
  test(`example: ${heading}`, async () => {
    const targets = new Set(steps.flatMap((step) => "target" in step ? [step.target] : []));
    const example = await GatewayExample.start(config, [...targets]);
    try {
      for (const step of steps) {
        if ("target" in step) example.answer(step.target, step.text);
        else {
          const subset = step.path.split("/")[2];
          const found = subset === undefined ? await example.scrape() : example.subset(subset);
          assert.equal(found, step.text);
        }
      }
    } finally {
      example.stop();
    }
  });
}

test("every block is part of an example", () => {
  const blocks = [...DOCS.matchAll(/^```(?:prom|yaml|text)\b.*$/gm)].length;
  const used = EXAMPLES.reduce((sum, { steps }) => sum + 1 + steps.length, 0);
  const layouts = [...DOCS.matchAll(/^```yaml (?:sidecar|gateway)$/gm)].length;
  assert.equal(blocks, used + layouts);
  assert.equal(EXAMPLES.length, 6);
});

for (const counters of ["raw", "monotonic"]) {
  test(`the restart table: ${counters}`, async () => {
    const config = `upstreams: ["http://a:1", "http://b:1"]\ntarget_metrics: false\n` +
      `counters: ${counters}\n`;
    const example = await GatewayExample.start(config, ["a:1", "b:1"]);
    const [a, b] = [restartRow("of a"), restartRow("of b")];
    const sums: number[] = [];
    try {
      for (const at of a.keys()) {
        example.answer("a:1", `# TYPE metric counter\nmetric ${a[at]}\n`);
        example.answer("b:1", `# TYPE metric counter\nmetric ${b[at]}\n`);
        sums.push(Number(/^metric (\S+)$/m.exec(await example.scrape())![1]));
      }
    } finally {
      example.stop();
    }
    assert.deepEqual(sums, restartRow(`counters: ${counters}`));
    // A fall is a reset for Prometheus: the counter began at zero since.
    const increases = sums.slice(1).map((now, at) => now < sums[at] ? now : now - sums[at]);
    assert.deepEqual(increases, restartRow(counters === "raw" ? "as Prometheus" : "its increase "));
  });
}

test("the two layouts are valid config files, and the gateway asks for the sidecars' subset", async () => {
  const layout = (name: string) => new RegExp(`\`\`\`yaml ${name}\n([^]*?)\`\`\``).exec(DOCS)![1];
  const sidecar = await load(layout("sidecar"));
  const gateway = await load(layout("gateway"));
  assert.deepEqual([sidecar.warnings, gateway.warnings], [[], []]);
  assert.deepEqual([...sidecar.subsets.keys()], ["requests"]);
  assert.ok(gateway.upstreams[0].url.endsWith("/metrics/requests"));
  assert.ok(gateway.upstreams[0].fansOut);
});

test("the metrics exist", () => {
  const usage = () => ({ cpuSeconds: 0, residentBytes: 0, startTimeSeconds: 0 });
  const metrics = new WeirMetrics("0.1.0", { name: "bun", version: "1", usage });
  metrics.targets.with("up").set(1);
  const rendered = metrics.render("text");
  for (const [, name] of DOCS.matchAll(/`(weir_\w+?)`/g)) {
    // Those are in a gateway's responses.
    if (!name.startsWith("weir_target_") && !isShortfall(name)) {
      assert.match(rendered, new RegExp(`^# TYPE ${name} `, "m"));
    }
  }
});

function load(config: string) {
  return loadConfig({
    path: "weir.yaml",
    bytes: encode(config),
    flags: {},
    env: {},
    version: "0.1.0",
    instanceId: "i",
  });
}

/** The numbers of the first row of the restart table that holds `text`. */
function restartRow(text: string): number[] {
  const table = DOCS.slice(DOCS.indexOf("| scrape "), DOCS.indexOf("So Weir exports"));
  const row = table.split("\n").find((line) => line.includes(text))!;
  return row.split("|").slice(2, -1).map((cell) => cell.trim()).filter((cell) => cell !== "")
    .map(Number);
}

/** Each config with the blocks that follow it, and the heading above. */
function examples(): Example[] {
  const found: { heading: string; config: string; steps: Step[] }[] = [];
  let heading = "";
  for (const [, title, info, text] of DOCS.matchAll(/^#+ (.*)$|^```(\S.*)\n([^]*?)^```$/gm)) {
    const [kind, first, path = "/metrics"] = (info ?? "").split(" ");
    if (title !== undefined) heading = title;
    else if (info === "yaml") found.push({ heading, config: text, steps: [] });
    else if (kind === "prom" || kind === "text") {
      found.at(-1)!.steps.push(first === "output" ? { path, text } : { target: first, text });
    }
  }
  return found;
}
