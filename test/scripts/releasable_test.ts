/** What is released is named: one version everywhere, a heading in the changelog, a commit. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { changelogHeadings, releaseObstacle } from "../../scripts/release/releasable.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const read = (file: string) => readFileSync(join(root, file), "utf8");
const { version } = JSON.parse(read("package.json"));

test("the lock file has the version of package.json", () => {
  const lock = JSON.parse(read("package-lock.json"));
  assert.deepEqual([lock.version, lock.packages[""].version], [version, version]);
});

test("the changelog begins with that version, or with what is not released", () => {
  const [first] = changelogHeadings(read("CHANGELOG.md"));
  assert.ok(first === version || first === "Unreleased", first);
});

test("what is deployed is that version", () => {
  const named = globSync("deploy/**/*.{yaml,yml,md,tpl}", { cwd: root }).flatMap((file) =>
    [...read(file).matchAll(/(?:\bweir:|^appVersion: "?)v?(\d+\.\d+\.\d+[\w.-]*)/gm)]
      .map(([, found]) => ({ file, found }))
  );
  assert.ok(named.length >= 5, "the manifests name an image");
  assert.deepEqual(named.filter(({ found }) => found !== version), []);
});

const commit = "0123456789abcdef0123456789abcdef01234567";
const changelog =
  "# Changelog\n\n## 1.2.3\n\n### Added\n\n## [1.2.2] - 2026-01-02\n\n## 1.2.0-rc.1\n";

const cases: { name: string; version?: string; revision?: string; obstacle?: string }[] = [
  { name: "a version with a heading, of a commit" },
  { name: "an older one, with a date", version: "1.2.2" },
  { name: "one before a release", version: "1.2.0-rc.1" },
  {
    name: "without a heading",
    version: "1.2.4",
    obstacle: 'CHANGELOG.md: found no heading "## 1.2.4", wanted one',
  },
  {
    name: "that is a part of one that has one",
    version: "1.2.0",
    obstacle: 'CHANGELOG.md: found no heading "## 1.2.0", wanted one',
  },
  {
    name: "that is none",
    version: "v1.2.3",
    obstacle: 'package.json: version: found "v1.2.3", wanted one like 1.2.3 or 1.2.3-rc.1',
  },
  {
    name: "with files that differ from the commit",
    revision: `${commit}-dirty`,
    obstacle: `found revision "${commit}-dirty", wanted a commit, and nothing that differs from it`,
  },
  {
    name: "without a commit",
    revision: "unknown",
    obstacle: 'found revision "unknown", wanted a commit, and nothing that differs from it',
  },
];

for (const { name, version = "1.2.3", revision = commit, obstacle } of cases) {
  test(`a release ${name}`, () => {
    assert.equal(releaseObstacle(version, revision, changelog), obstacle);
  });
}
