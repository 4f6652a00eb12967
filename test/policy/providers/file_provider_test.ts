import assert from "node:assert/strict";
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { MAX_POLICY_DOCUMENT_BYTES } from "../../../src/bounds.ts";
import { FileProvider } from "../../../src/policy/providers/file_provider.ts";
import { currentRuntime } from "../../../src/runtime/current.ts";
import { eventually, policy } from "../../support/policy/sync_server.ts";

const HOUR = 3600;

function document(...ids: string[]): string {
  return JSON.stringify({ policies: ids.map((id) => policy(id)) });
}

/** A folder with a provider of `policies.json` in it; `events` is what its sink got. */
interface Setting {
  readonly folder: string;
  readonly path: string;
  readonly events: string[];
  readonly provider: FileProvider;
  /** Starts the provider. Resolves when the first load is over. */
  start(): Promise<void>;
  /** Resolves when the last event is this one. */
  last(event: string): Promise<void>;
}

async function withFolder(
  use: (setting: Setting) => Promise<void>,
  pollIntervalSeconds = HOUR,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-file-provider-"));
  const path = join(folder, "policies.json");
  const events: string[] = [];
  const runtime = await currentRuntime();
  const provider = new FileProvider({ id: "local", path, pollIntervalSeconds }, runtime);
  const start = async () => {
    provider.start({
      loaded: (entries) => {
        const ids = entries.map((entry) => entry.state === "active" ? entry.spec.id : entry.id);
        events.push(`loaded ${ids}`);
        return Promise.resolve();
      },
      restored: () => Promise.resolve(),
      unchanged: () => void events.push("unchanged"),
      failed: (reason) => void events.push(`failed ${reason.replaceAll(folder, "DIR")}`),
    });
    await eventually(() => events.length > 0, "the first load");
    // The watch begins a moment after start; nothing tells when.
    await new Promise((resolve) => setTimeout(resolve, 200));
  };
  const last = (event: string) => eventually(() => events.at(-1) === event, event);
  try {
    await use({ folder, path, events, provider, start, last });
  } finally {
    provider.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

test("start: the file is loaded", async () => {
  await withFolder(async ({ path, events, start }) => {
    writeFileSync(path, document("a", "b"));
    await start();
    assert.deepEqual(events, ["loaded a,b"]);
  });
});

test("a ConfigMap's swap of ..data is picked up", async () => {
  await withFolder(async ({ folder, path, events, start, last }) => {
    const publish = (version: string, ...ids: string[]) => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, "policies.json"), document(...ids));
      symlinkSync(version, join(folder, "..data_tmp"));
      renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    };
    publish("..2026_01", "a");
    symlinkSync(join("..data", "policies.json"), path);
    await start();
    publish("..2026_02", "b");
    rmSync(join(folder, "..2026_01"), { recursive: true });
    await last("loaded b");
    assert.deepEqual(events.filter((event) => event !== "unchanged"), ["loaded a", "loaded b"]);
  });
});

test("an editor's atomic rename is picked up, again and again", async () => {
  await withFolder(async ({ folder, path, start, last }) => {
    writeFileSync(path, document("a"));
    await start();
    for (const id of ["b", "c", "d"]) {
      writeFileSync(join(folder, ".policies.json.swp"), document(id));
      renameSync(join(folder, ".policies.json.swp"), path);
      await last(`loaded ${id}`);
    }
  });
});

test("a write in place is picked up", async () => {
  await withFolder(async ({ path, start, last }) => {
    writeFileSync(path, document("a"));
    await start();
    writeFileSync(path, document("b"));
    await last("loaded b");
  });
});

test("a change that the watch cannot see is found by the next poll", async () => {
  await withFolder(async ({ folder, path, start, last }) => {
    mkdirSync(join(folder, "elsewhere"));
    writeFileSync(join(folder, "elsewhere", "policies.json"), document("a"));
    symlinkSync(join("elsewhere", "policies.json"), path);
    await start();
    // Only the folder of the link is watched, not that of its target.
    writeFileSync(join(folder, "elsewhere", "policies.json"), document("edited"));
    await last("loaded edited");
  }, 0.2);
});

test("a broken file is told once and the set kept; a repaired one is loaded", async () => {
  await withFolder(async ({ path, events, provider, start, last }) => {
    writeFileSync(path, document("a"));
    await start();
    writeFileSync(path, '{"policies": 5}');
    await eventually(() => events.at(-1) !== "loaded a", "the failure");
    await provider.reload();
    await provider.reload();
    assert.deepEqual(events, [
      "loaded a",
      "failed DIR/policies.json:1:2: policies: found number, wanted a list",
    ]);
    writeFileSync(path, document("b"));
    await last("loaded b");
  });
});

/** What makes a load fail, and how that is put; then the same file comes back. */
const BROKEN: Record<string, [(path: string) => void, RegExp]> = {
  "a missing file": [(path) => rmSync(path), /^failed DIR\/policies\.json: there is no such file$/],
  "an empty file": [
    (path) => truncateSync(path),
    /^failed DIR\/policies\.json: is empty, wanted policies \(\[\] for none\)$/,
  ],
  "a file that is too large": [
    (path) => truncateSync(path, MAX_POLICY_DOCUMENT_BYTES + 1),
    /^failed DIR\/policies\.json: found 16777217 bytes, wanted 16777216 at most$/,
  ],
};

for (const [name, [breakFile, reason]] of Object.entries(BROKEN)) {
  test(`${name} fails each time that it happens, and is forgotten when the old one is back`, async () => {
    await withFolder(async ({ path, events, start, last }) => {
      writeFileSync(path, document("a"));
      await start();
      for (let round = 0; round < 2; round++) {
        const before = events.length;
        breakFile(path);
        await eventually(() => events.slice(before).some((event) => reason.test(event)), name);
        writeFileSync(path, document("a"));
        await last("unchanged");
      }
      assert.equal(events.filter((event) => event.startsWith("loaded")).length, 1);
    });
  });
}

test("a file that is missing at the start is loaded when it appears", async () => {
  await withFolder(async ({ path, events, start, last }) => {
    await start();
    assert.equal(events.length, 1);
    assert.match(events[0], /^failed DIR\/policies\.json: /);
    writeFileSync(path, document("a"));
    await last("loaded a");
  });
});

test("reload: resolves when the file of this moment is loaded", async () => {
  await withFolder(async ({ path, events, provider, start }) => {
    writeFileSync(path, document("a"));
    await start();
    await provider.reload();
    assert.deepEqual(events, ["loaded a", "unchanged"]);
    provider.reload();
    writeFileSync(path, document("b"));
    await provider.reload();
    await provider.reload();
    assert.ok(events.includes("loaded b"), events.join());
  });
});

test("stop: nothing is told after it", async () => {
  await withFolder(async ({ path, events, provider, start }) => {
    writeFileSync(path, document("a"));
    await start();
    provider.stop();
    writeFileSync(path, document("b"));
    await provider.reload();
    assert.deepEqual(events, ["loaded a"]);
  });
});
