import assert from "node:assert/strict";
import { test } from "node:test";
import { configuredAttributes, ResourceAttributes } from "../../src/policy/resource_attributes.ts";
import { Filter, policy, specsOf } from "../support/policy/policy_fixture.ts";

const service = {
  name: "shop",
  namespace: "eu",
  version: "",
  instanceId: "i-1",
  resourceAttributes: [{ key: "team", value: "a" }],
  labels: [],
};

test("the configuration gives the service's attributes and its own", () => {
  assert.deepEqual(configuredAttributes(service), [
    { key: "service.instance.id", value: "i-1" },
    { key: "service.name", value: "shop" },
    { key: "service.namespace", value: "eu" },
    { key: "service.version", value: "" },
    { key: "team", value: "a" },
  ]);
});

test("the configuration goes first, then target_info; empty is absent", () => {
  const resource = new ResourceAttributes(configuredAttributes(service));
  resource.setTargetInfo(
    new Map([
      ["team", "b"],
      ["service_name", "other"],
      ["service.version", "7"],
      ["k8s_pod", "p"],
      ["empty", ""],
    ]),
  );
  const names = ["team", "service.name", "service.version", "k8s.pod", "k8s_pod", "empty", "none"];
  assert.deepEqual(names.map((name) => resource.get(name)), [
    "a",
    "shop",
    "7",
    "p",
    "p",
    undefined,
    undefined,
  ]);
});

test("the version rises with a changed target_info only", () => {
  const resource = new ResourceAttributes([]);
  resource.setTargetInfo(new Map());
  assert.equal(resource.version, 0);
  resource.setTargetInfo(new Map([["a", "1"]]));
  resource.setTargetInfo(new Map([["a", "1"]]));
  assert.equal(resource.version, 1);
  resource.setTargetInfo(new Map([["a", "2"]]));
  resource.setTargetInfo(new Map([["a", "2"], ["b", "1"]]));
  assert.deepEqual([resource.version, resource.get("a")], [3, "2"]);
});

const POD_1 = policy([
  { resource_attribute: "k8s.pod", exact: "1" },
  { metric_field: "name", exact: "m" },
]);

test("target_info holds for the lines after it, and in the next scrape until then", async () => {
  const filter = new Filter(await specsOf(POD_1));
  const text = (pod: string) => `m 1\ntarget_info{k8s_pod="${pod}"} 1\nm 1\nm 2`;
  assert.deepEqual(filter.verdicts(text("1")), ["keep", "keep", "drop", "drop"]);
  assert.deepEqual(filter.verdicts(text("1")), ["drop", "keep", "drop", "drop"]);
  assert.deepEqual(filter.verdicts(text("2")), ["drop", "keep", "keep", "keep"]);
  assert.deepEqual(filter.verdicts("m 1"), ["keep"]);
  assert.deepEqual(filter.counts(), { p: [6, 0] });
});

test("target_info is learned even where it is dropped itself", async () => {
  const specs = await specsOf([
    POD_1,
    policy({ metric_field: "name", contains: "info" }, false, "i"),
  ]);
  const filter = new Filter(specs);
  const text = '# TYPE target info\ntarget_info{k8s_pod="1"} 1\nm 1';
  assert.deepEqual(filter.verdicts(text), ["drop", "drop"]);
  assert.deepEqual(filter.counts(), { p: [1, 0], i: [1, 0] });
});

test("two scrapes at once: metadata apart, target_info shared", async () => {
  const filter = new Filter(
    await specsOf([
      policy([{ metric_type: "sum" }, { resource_attribute: "pod", exact: "1" }], false, "sum"),
      policy({ metric_field: "description", exact: "b" }, true, "help"),
    ]),
    { bounds: { signatures: 3, bytes: 1000 } },
  );
  const scrapes = ["counter", "gauge"].map((type) => {
    const decider = filter.decider();
    const decide = (line: string) => decider.decide(line)[0];
    decide(`# HELP m ${type === "gauge" ? "b" : "a"}`);
    decide(`# TYPE m ${type}`);
    return decide;
  });
  const [counter, gauge] = scrapes;
  assert.deepEqual([counter("m 1"), gauge("m 1")], ["keep", "keep"]);
  assert.equal(gauge('target_info{pod="1"} 1'), "keep");
  for (let i = 0; i < 3; i++) assert.deepEqual([counter("m 1"), gauge("m 1")], ["drop", "keep"]);
  assert.equal(counter('target_info{pod="2"} 1'), "keep");
  assert.deepEqual([counter("m 1"), gauge("m 1")], ["keep", "keep"]);
  assert.deepEqual(filter.counts(), { sum: [3, 0], help: [5, 0] });
});
