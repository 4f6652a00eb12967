import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { currentRuntime } from "../../src/runtime/current.ts";

const runtime = await currentRuntime();
const bytes = (text: string) => new TextEncoder().encode(text);

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

test("replaceFile writes a new file, and an old one anew", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state");
    await runtime.replaceFile(path, [bytes("a 1\n"), bytes(""), bytes("b 2\n")]);
    assert.equal(await readFile(path, "utf8"), "a 1\nb 2\n");
    const large = Array.from({ length: 100 }, (_, i) => bytes(`${i}`.padStart(65_536, "x")));
    await runtime.replaceFile(path, large);
    assert.equal(
      await readFile(path, "utf8"),
      large.map((one) => new TextDecoder().decode(one)).join(""),
    );
    await runtime.replaceFile(path, []);
    assert.equal(await readFile(path, "utf8"), "");
    assert.deepEqual(await readdir(folder), ["state"]);
  }));

test("replaceFile takes the place of what a killed process left", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state");
    await writeFile(`${path}.tmp`, "half of something longer");
    await runtime.replaceFile(path, [bytes("a 1\n")]);
    assert.equal(await readFile(path, "utf8"), "a 1\n");
    assert.deepEqual(await readdir(folder), ["state"]);
  }));

test("replaceFile keeps the old file, and nothing else, when the chunks fail half-way", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state");
    await writeFile(path, "old");
    const failing = function* () {
      yield bytes("a 1\n");
      throw new Error("half-way");
    };
    await assert.rejects(runtime.replaceFile(path, failing()), { message: `${path}: half-way` });
    assert.equal(await readFile(path, "utf8"), "old");
    assert.deepEqual(await readdir(folder), ["state"]);
  }));

test("replaceFile names a path that it cannot write", () =>
  withFolder(async (folder) => {
    const file = join(folder, "file");
    await writeFile(file, "data");
    const taken = join(folder, "taken");
    await mkdir(join(taken, "inside"), { recursive: true });
    for (const path of [join(file, "state"), join(folder, "absent", "state"), taken]) {
      await assert.rejects(
        runtime.replaceFile(path, [bytes("a 1\n")]),
        (error: Error) => error.message.startsWith(`${path}: `),
      );
    }
    assert.deepEqual((await readdir(folder)).sort(), ["file", "taken"]);
    assert.equal(await readFile(file, "utf8"), "data");
  }));
