import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { StateFile } from "../../src/gateway/state_file.ts";
import { currentRuntime } from "../../src/runtime/current.ts";
import { settled } from "../support/lines/body_source.ts";

const runtime = await currentRuntime();
const text = (total: number) => `# weir counters 2\n# table metrics\na_total ${total}\n# end\n`;
const produce = (total: number) => () => [new TextEncoder().encode(text(total))];

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** What was told to the sink, as lines. */
async function loaded(file: StateFile): Promise<string[]> {
  const told: string[] = [];
  await file.load({
    table: (name) => told.push(name),
    series: (bytes, start, end, value) =>
      told.push(`${new TextDecoder().decode(bytes.subarray(start, end))} = ${value}`),
  });
  return told;
}

function stateFile(path: string) {
  const failures: string[] = [];
  const failed = (error: Error) => failures.push(error.message);
  return { file: new StateFile(path, { runtime, failed }), failures };
}

/** A disk that finishes a write when the test says so. */
function slowDisk() {
  const writes: { path: string; text: string; done: () => void; fail: (error: Error) => void }[] =
    [];
  const disk = {
    readFile: () => Promise.resolve(new TextEncoder().encode("damaged")),
    replaceFile: (path: string, chunks: Iterable<Uint8Array>) =>
      new Promise<void>((done, fail) => {
        const text = [...chunks].map((chunk) => new TextDecoder().decode(chunk)).join("");
        writes.push({ path, text, done, fail });
      }),
  };
  return { disk, writes };
}

test("a file that is not there holds nothing", () =>
  withFolder(async (folder) => {
    const { file, failures } = stateFile(join(folder, "state"));
    assert.deepEqual(await loaded(file), []);
    await file.save(produce(1));
    assert.deepEqual([await readdir(folder), failures], [["state"], []]);
  }));

test("what was saved is loaded", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state");
    const { file } = stateFile(path);
    await file.save(produce(12.5));
    assert.deepEqual(await loaded(stateFile(path).file), ["metrics", "a_total = 12.5"]);
  }));

test("of requests that wait, the newest is written", async () => {
  const { disk, writes } = slowDisk();
  const file = new StateFile("state", { runtime: disk, failed: assert.fail });
  const first = file.save(produce(1));
  while (writes.length === 0) await settled();
  const second = file.save(() => assert.fail("the older one was asked"));
  const third = file.save(produce(3));
  writes[0].done();
  await first;
  while (writes.length === 1) await settled();
  writes[1].done();
  await Promise.all([second, third]);
  assert.deepEqual(writes.map(({ text }) => text), [text(1), text(3)]);
});

test("one save at a time: a flush waits for the one that runs", async () => {
  const { disk, writes } = slowDisk();
  const file = new StateFile("state", { runtime: disk, failed: assert.fail });
  void file.save(produce(1));
  while (writes.length === 0) await settled();
  void file.save(produce(2));
  let over = false;
  const flushed = file.flush().then(() => over = true);
  await settled();
  assert.deepEqual([writes.length, over], [1, false]);
  writes[0].done();
  while (writes.length === 1) await settled();
  assert.equal(over, false);
  writes[1].done();
  await flushed;
});

test("a flush without anything new writes nothing", () =>
  withFolder(async (folder) => {
    await stateFile(join(folder, "state")).file.flush();
    assert.deepEqual(await readdir(folder), []);
  }));

test("the text is taken whole before the disk is waited for", async () => {
  const { disk, writes } = slowDisk();
  let total = 1;
  const file = new StateFile("state", { runtime: disk, failed: assert.fail });
  void file.save(function* () {
    yield new TextEncoder().encode(`${total} `);
    yield new TextEncoder().encode(`${total}`);
  });
  const replaced = disk.replaceFile;
  disk.replaceFile = (path, chunks) => {
    total = 2;
    return replaced(path, chunks);
  };
  const flushed = file.flush();
  while (writes.length === 0) await settled();
  writes[0].done();
  await flushed;
  assert.equal(writes[0].text, "1 1");
});

test("a failed save is reported, keeps the old file, and is tried again with the next", async () => {
  const { disk, writes } = slowDisk();
  const failures: string[] = [];
  const failed = (error: Error) => failures.push(error.message);
  const file = new StateFile("state", { runtime: disk, failed });
  void file.save(produce(1));
  while (writes.length === 0) await settled();
  writes[0].fail(new Error("state: no space left on device"));
  await settled();
  assert.deepEqual(failures, ["state: no space left on device"]);
  const flushed = file.flush();
  while (writes.length === 1) await settled();
  writes[1].done();
  await flushed;
  assert.deepEqual(writes.map(({ text }) => text), [text(1), text(1)]);
});

test("a path that cannot be written is reported, and saved to when it can be", () =>
  withFolder(async (folder) => {
    const parent = join(folder, "parent");
    const { file, failures } = stateFile(join(parent, "state"));
    assert.deepEqual(await loaded(file), []);
    await file.save(produce(1));
    assert.equal(failures.length, 1);
    assert.ok(failures[0].startsWith(`${join(parent, "state")}: `), failures[0]);
    await mkdir(parent);
    await file.flush();
    assert.equal(await readFile(join(parent, "state"), "utf8"), text(1));
  }));

test("a producer that throws is reported", () =>
  withFolder(async (folder) => {
    const { file, failures } = stateFile(join(folder, "state"));
    void file.save(() => {
      throw new Error("no text");
    });
    await file.flush();
    assert.deepEqual([failures, await readdir(folder)], [["no text"], []]);
  }));

test("a damaged file is named, applied in no part, and kept by the next save", () =>
  withFolder(async (folder) => {
    const path = join(folder, "state");
    const cut = "# weir counters 2\n# table metrics\na_total 1\n";
    await writeFile(path, cut);
    const { file } = stateFile(path);
    const told = () => assert.fail("told");
    await assert.rejects(file.load({ table: told, series: told }), {
      message:
        `${path}: line 4: found nothing, wanted a line that ends, and "# end" as the last: ` +
        `the text is cut (the next save keeps it as ${path}.damaged)`,
    });
    assert.equal(await readFile(path, "utf8"), cut);
    await file.save(produce(1));
    assert.equal(await readFile(`${path}.damaged`, "utf8"), cut);
    await unlink(`${path}.damaged`);
    void file.save(produce(2));
    await file.flush();
    assert.deepEqual(await readdir(folder), ["state"]);
    assert.equal(await readFile(path, "utf8"), text(2));
  }));

test("a damaged file that cannot be kept is not overwritten", async () => {
  const { disk, writes } = slowDisk();
  const failures: string[] = [];
  const failed = (error: Error) => failures.push(error.message);
  const file = new StateFile("state", { runtime: disk, failed });
  await assert.rejects(loaded(file), /^Error: state: line 1: found "damaged"/);
  void file.save(produce(1));
  const flushed = file.flush();
  while (writes.length === 0) await settled();
  assert.deepEqual([writes[0].path, writes[0].text], ["state.damaged", "damaged"]);
  writes[0].fail(new Error("state.damaged: no space left on device"));
  await flushed;
  assert.deepEqual([writes.length, failures], [1, ["state.damaged: no space left on device"]]);
});

test("a path that cannot be read is named", () =>
  withFolder(async (folder) => {
    const parent = join(folder, "file");
    await writeFile(parent, "data");
    for (const path of [join(parent, "state"), folder]) {
      await assert.rejects(loaded(stateFile(path).file), (error: Error) => {
        return error.message.startsWith(`${path}: `) &&
          error.message.endsWith(" (nothing is saved there until a restart)");
      });
    }
  }));

test("in the place of a file that cannot be read nothing is written", async () => {
  const { disk, writes } = slowDisk();
  disk.readFile = () => Promise.reject(new Error("state: permission denied"));
  const failures: string[] = [];
  const failed = (error: Error) => failures.push(error.message);
  const file = new StateFile("state", { runtime: disk, failed });
  const message = "state: permission denied (nothing is saved there until a restart)";
  await assert.rejects(loaded(file), { message });
  void file.save(produce(1));
  void file.flush();
  while (writes.length === 0 && failures.length === 0) await settled();
  assert.deepEqual([writes.length, failures], [0, [message]]);
});
