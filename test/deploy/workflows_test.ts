/** The workflows of the forge: what they run is there, with no more rights than they need. */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { parse } from "@std/yaml";
import { crossTargets } from "../../scripts/cross_targets.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { scripts } = JSON.parse(read("package.json"));

// deno-lint-ignore no-explicit-any -- workflows; a wrong shape fails the assertion that reads it
type Workflow = any;

const files = globSync(".github/workflows/*", { cwd: root }).sort();
const workflows = files.map((file) => ({
  file,
  text: read(file),
  workflow: parse(read(file)) as Workflow,
}));
const jobs = workflows.flatMap(({ file, workflow }) =>
  Object.entries<Workflow>(workflow.jobs).map(([name, job]) => ({ name: `${file}: ${name}`, job }))
);
const steps = jobs.flatMap(({ name, job }) =>
  ((job.steps ?? []) as Workflow[]).map((step) => ({ name, step }))
);
const runs = steps.flatMap(({ name, step }) =>
  step.run === undefined ? [] : [{ name, run: step.run }]
);
const release = workflows.find(({ file }) => file.endsWith("/release.yml"))!;

test("there are these", () => {
  assert.deepEqual(files, [".github/workflows/ci.yml", ".github/workflows/release.yml"]);
});

test("each job has the rights that it needs, and there are no others", () => {
  for (const { file, workflow } of workflows) assert.deepEqual(workflow.permissions, {}, file);
  const attest = { "id-token": "write", attestations: "write" };
  assert.deepEqual(Object.fromEntries(jobs.map(({ name, job }) => [name, job.permissions])), {
    ".github/workflows/ci.yml: run": { contents: "read" },
    ".github/workflows/release.yml: test": { contents: "read" },
    ".github/workflows/release.yml: build": { contents: "read" },
    ".github/workflows/release.yml: image": { contents: "read", packages: "write", ...attest },
    ".github/workflows/release.yml: publish": { contents: "write", ...attest },
  });
});

test("nobody else's pull request runs with this repository's rights", () => {
  for (const { file, workflow } of workflows) {
    for (const event of ["pull_request_target", "workflow_run", "issue_comment"]) {
      assert.equal(event in workflow.on, false, `${file}: ${event}`);
    }
  }
  assert.deepEqual(release.workflow.on, { push: { tags: ["v[0-9]+.[0-9]+.[0-9]+*"] } });
});

test("actions are pinned by commit, with their version beside it; images by digest", () => {
  const uses = workflows.flatMap(({ text }) =>
    [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, used]) => used)
  );
  assert.ok(uses.length >= 10);
  const local = uses.filter((used) => used.startsWith("./"));
  for (const used of local) assert.ok(existsSync(join(root, used)), used);
  for (const used of uses.filter((used) => !local.includes(used))) {
    assert.match(used, /^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  }
  // One commit of each action: another one would be an oversight.
  const actions = new Set(uses.map((used) => used.split("@")[0]));
  assert.equal(new Set(uses).size, actions.size);
  for (const { name, job } of jobs) {
    if (job.container !== undefined) {
      assert.match(job.container.image, /@sha256:[0-9a-f]{64}$/, name);
    }
  }
});

test("no checkout leaves its token behind", () => {
  const checkouts = steps.filter(({ step }) => step.uses?.startsWith("actions/checkout@"));
  assert.ok(checkouts.length >= 4);
  for (const { name, step } of checkouts) {
    assert.equal(step.with["persist-credentials"], false, name);
  }
});

test("what comes from outside is no part of a command", () => {
  assert.ok(runs.length > 5);
  for (const { name, run } of runs) assert.equal(run.includes("${{"), false, `${name}: ${run}`);
});

test("no secret is needed but the job's own token", () => {
  for (const { file, text } of workflows) assert.equal(/\bsecrets\./.test(text), false, file);
});

test("the scripts and files that they run are there", () => {
  const text = runs.map(({ run }) => run).join("\n");
  const named = [...text.matchAll(/npm run (\S+)/g)].map(([, name]) => name);
  assert.deepEqual(named, ["release"]);
  for (const name of named) assert.ok(name in scripts, name);
  for (const file of [".ci/run", "Dockerfile.distroless", "CHANGELOG.md"]) {
    assert.ok(text.includes(file), `${file} is used`);
    assert.ok(existsSync(join(root, file)), file);
  }
});

test("a job waits for those whose work it takes on", () => {
  const needs = Object.entries<Workflow>(release.workflow.jobs).map((
    [name, { needs }],
  ) => [name, needs]);
  assert.deepEqual(Object.fromEntries(needs), {
    test: undefined,
    build: "test",
    image: "build",
    publish: ["build", "image"],
  });
});

test("the image is built with every argument that the Dockerfile has", () => {
  const { run } = release.workflow.jobs.image.steps.find(({ id }: Workflow) => id === "build");
  const given = [...run.matchAll(/--build-arg (\w+)=/g)].map(([, name]) => name);
  const asked = [...read("Dockerfile.distroless").matchAll(/^ARG (\w+)/gm)].map(([, name]) => name)
    .filter((name) => name !== "TARGETARCH");
  assert.deepEqual([...new Set(given)].sort(), [...new Set(asked)].sort());
  const architectures = [...new Set(crossTargets.map(({ arch }) => `linux/${arch}`))];
  assert.ok(run.includes(`--platform ${architectures.join(",")} `));
});

test("all that is released is published, the binaries compressed", () => {
  const { run } = release.workflow.jobs.publish.steps.at(-1);
  const [, pattern] = /^rm dist\/release\/(.*)$/m.exec(run)!;
  // What bash makes of the braces.
  const removed = pattern.match(/\{[^}]*\}/g)!.map((set) => set.slice(1, -1).split(","))
    .reduce((names, set) => names.flatMap((name) => set.map((one) => name + one)), ["weir-linux-"]);
  assert.deepEqual(removed.sort(), crossTargets.map(({ file }) => file).sort());
  assert.match(run, /dist\/release\/\*\n*$/);
});

test("its binaries are compared with those of the release", () => {
  const text = release.workflow.jobs.image.steps.map(({ run }: Workflow) => run).join("\n");
  for (const { arch, libc, file } of crossTargets) {
    if (libc === "glibc") assert.ok(text.includes(`cmp weir-${arch} dist/release/${file}\n`), file);
  }
});
