import { equal, rejects } from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { currentRuntime } from "../../src/runtime/current.ts";
import { fileError } from "../../src/runtime/node_files.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";

/** What stands at a path, and what reading it says after the path. */
const UNREADABLE: Readonly<Record<string, [make: (path: string) => void, why: string]>> = {
  "nothing": [() => {}, "there is no such file"],
  "a directory": [(path) => mkdirSync(path), "is a directory, wanted a file"],
  "a link to itself": [
    (path) => symlinkSync(path, path),
    "is a symbolic link that leads to itself",
  ],
};

for (const [name, [make, why]] of Object.entries(UNREADABLE)) {
  test(`reading ${name} says so without the system's codes`, async (t) => {
    const path = join(temporaryFolder(t), "x");
    make(path);
    const runtime = await currentRuntime();
    await rejects(runtime.readFile(path), { message: `${path}: ${why}` });
    await rejects(runtime.openFile(path), { message: `${path}: ${why}` });
  });
}

test("a path through a file, and one that is too long", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "x"), "");
  const runtime = await currentRuntime();
  const through = join(folder, "x", "y");
  const why = "a part of the path before the last is no directory";
  await rejects(runtime.readFile(through), { message: `${through}: ${why}` });
  await rejects(runtime.replaceFile(through, []), { message: `${through}: ${why}` });
  const long = join(folder, "x".repeat(300));
  await rejects(runtime.readFile(long), { message: `${long}: the path is too long` });
  const nowhere = join(folder, "no", "file");
  await rejects(runtime.replaceFile(nowhere, []), {
    message: `${nowhere}: there is no such directory`,
  });
});

// Tests may run as root, whom nothing is refused.
test("what may not be read or written names who may not", () => {
  for (const code of ["EACCES", "EPERM"]) {
    const cause = Object.assign(new Error(`${code}: permission denied, open 'x'`), { code });
    equal(fileError("x", cause).message, "x: may not be read by the user that Weir runs as");
    equal(
      fileError("x", cause, "write").message,
      "x: may not be written by the user that Weir runs as",
    );
  }
});

test("of a code that is not known, the system's words", () => {
  const cause = Object.assign(new Error("EXYZ: it is odd, open 'x'"), { code: "EXYZ" });
  equal(fileError("x", cause).message, "x: it is odd, open 'x'");
});
