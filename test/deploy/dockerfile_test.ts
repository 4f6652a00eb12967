/** `Dockerfile.distroless`: what it copies is there, and it says what it is, for each platform. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { glibcTarget } from "../../scripts/cross_targets.ts";
import { dockerStages } from "../support/deploy/dockerfile.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const manifest = JSON.parse(read("package.json"));
const stages = dockerStages(read("Dockerfile.distroless"));
const [build, image] = stages;

/** Sources of the COPY instructions of all stages. */
const copies = stages.flatMap(({ instructions }) => instructions)
  .filter(({ name }) => name === "COPY")
  .map(({ words }) => ({
    from: words.find((word) => word.startsWith("--from="))?.slice("--from=".length),
    sources: words.filter((word) => !word.startsWith("--")).slice(0, -1),
    target: words.at(-1)!,
  }));
const fromContext = copies.filter(({ from }) => from === undefined)
  .flatMap(({ sources }) => sources);

/** The values of an instruction's words in that stage. */
function said(stage: typeof build, name: string): string[] {
  return stage.instructions.filter((one) => one.name === name).flatMap(({ words }) => words);
}

test("one stage builds and the other is the image", () => {
  assert.deepEqual(stages.map(({ name }) => name), ["build", undefined]);
  assert.deepEqual([...new Set(copies.flatMap(({ from }) => from ?? []))], ["build"]);
});

test("images are pinned by tag and digest", () => {
  for (const { image } of stages) assert.match(image, /^[a-z0-9./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/);
});

test("the build runs on the builder's platform, for the image's", () => {
  assert.deepEqual(stages.map(({ platform }) => platform), ["$BUILDPLATFORM", undefined]);
  assert.ok(said(build, "ARG").includes("TARGETARCH"));
  const run = said(build, "RUN").join(" ");
  assert.match(run, /npm run build -- --arch "\$TARGETARCH"/);
  for (const arch of ["amd64", "arm64"]) assert.equal(glibcTarget(arch).arch, arch);
  assert.throws(() => glibcTarget("arm"), /found architecture "arm", wanted amd64 or arm64/);
  // What would run in the image's stage would be emulated.
  assert.deepEqual(said(image, "RUN"), []);
});

test("the scripts that it runs are there", () => {
  const scripts = [...said(build, "RUN").join(" ").matchAll(/npm run (\S+)/g)].map(([, name]) =>
    name
  );
  assert.deepEqual(scripts, ["build", "release"]);
  for (const name of scripts) assert.ok(name in manifest.scripts, name);
});

test("what it copies is there, and the context is no more than that", () => {
  for (const file of fromContext) assert.ok(existsSync(join(root, file)), file);
  const allowed = read(".dockerignore").split("\n").filter((line) => line.startsWith("!"))
    .map((line) => line.slice(1));
  assert.deepEqual(allowed.sort(), [...new Set(fromContext)].sort());
  assert.ok(read(".dockerignore").split("\n").includes("*"));
});

describe("the image", () => {
  const labels = Object.fromEntries(
    said(image, "LABEL").map((label) => /^org\.opencontainers\.image\.([^=]+)="(.*)"$/.exec(label)!)
      .map(([, name, value]) => [name, value]),
  );
  const [base, digest] = image.image.split("@");

  test("says what it is", () => {
    assert.deepEqual(labels, {
      title: "Weir",
      description: manifest.description,
      licenses: manifest.license,
      version: "$VERSION",
      revision: "$REVISION",
      created: "$CREATED",
      source: "$SOURCE",
      "base.name": base,
      "base.digest": digest,
    });
    const names = said(image, "ARG").map((arg) => arg.split("=")[0]);
    assert.deepEqual(names, ["VERSION", "REVISION", "CREATED", "SOURCE"]);
    assert.ok(said(image, "ARG").includes(`VERSION=${manifest.version}`));
  });

  test("runs the binary as nobody in particular", () => {
    assert.deepEqual(said(image, "USER"), ["65532:65532"]);
    assert.deepEqual(said(image, "ENTRYPOINT"), ['["/weir"]']);
    assert.ok(copies.some(({ target }) => target === "/weir"));
    assert.deepEqual(said(image, "EXPOSE"), ["8080"]);
  });

  test("has the base that the test of its root filesystem unpacks", () => {
    assert.ok(read("scripts/distroless_rootfs.ts").includes(`\`${base}\``), base);
  });
});
