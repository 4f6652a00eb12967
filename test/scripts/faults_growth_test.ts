/** What tells the fault suite that something is remembered that should have been forgotten. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { growth, type Held } from "../../scripts/faults/growth.ts";

const WARM: Held = { mebibytes: 100, files: 13 };

const ENDS: Readonly<Record<string, readonly [end: Held, told: string | undefined]>> = {
  "as it was": [WARM, undefined],
  "less": [{ mebibytes: 60, files: 3 }, undefined],
  "within the slack": [{ mebibytes: 356, files: 77 }, undefined],
  "more memory": [
    { mebibytes: 357, files: 13 },
    "100 MiB and 13 files after 50 scrapes, 357 MiB and 13 files in the end",
  ],
  "more files": [
    { mebibytes: 100, files: 78 },
    "100 MiB and 13 files after 50 scrapes, 100 MiB and 78 files in the end",
  ],
};

for (const [what, [end, told]] of Object.entries(ENDS)) {
  test(what, () => assert.equal(growth(WARM, end), told));
}
