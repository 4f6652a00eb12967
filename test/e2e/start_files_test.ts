/** Files that are named and cannot be used when Weir starts. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { servingUpstream } from "../support/e2e/upstreams.ts";
import { pem } from "../support/upstream/credential_files.ts";
import { runWeir, startWeir } from "../support/e2e/weir_process.ts";

/** Ways in which a path is no file to read; each makes it, and says how the system puts it. */
const UNUSABLE: Readonly<Record<string, readonly [(path: string) => void, RegExp]>> = {
  "missing": [() => {}, /there is no such file/],
  "a folder": [(path) => mkdirSync(path), /is a directory, wanted a file/],
  "unreadable": [(path) => symlinkSync(path, path), /is a symbolic link that leads to itself/],
  "empty": [(path) => writeFileSync(path, ""), /empty|no certificate/],
  "nothing but blanks": [(path) => writeFileSync(path, " \n\t\r\n"), /empty|no certificate/],
  "binary": [
    (path) => writeFileSync(path, new Uint8Array([0x1f, 0x8b, 0x08, 0xff])),
    /found bytes that are not UTF-8|no certificate/,
  ],
  "too large": [
    (path) => writeFileSync(path, " ".repeat(16 * 1024 * 1024 + 1)),
    /found 16777217 bytes, wanted (?:at most )?\d+/,
  ],
  "no document": [
    (path) => writeFileSync(path, '{"a": ['),
    /:1:\d+: found the end of the file|no certificate/,
  ],
};

const EMPTY = ["empty", "nothing but blanks"];

/** The arguments that name `path` for each purpose; `folder` is theirs to write in. */
const PURPOSES: Readonly<Record<string, (path: string, folder: string) => string[]>> = {
  "the config file": (path) => [path],
  "--relabel-file": (path) => ["--relabel-file", path],
  "relabel_file": (path, folder) => [
    written(folder, "weir.yaml", `upstream_url: a:1\nrelabel_file: ${path}\n`),
  ],
  "--policies": (path) => ["--policies", path],
  "--policies beside providers of a config file": (path, folder) => [
    written(folder, "weir.yaml", "upstream_url: a:1\npolicy_providers: []\n"),
    "--policies",
    path,
  ],
  "a policy file that a config file of Weir's own form names": (path, folder) => {
    const provider = { id: "local", type: "file", path };
    const file = { upstreams: ["http://a:1"], policy_providers: [provider] };
    return [written(folder, "weir.json", JSON.stringify(file))];
  },
  "--web.config.file": (path) => ["--web.config.file", path],
  "a certificate for clients": (path, folder) => [
    "--web.config.file",
    written(
      folder,
      "web.yml",
      `tls_server_config: {cert_file: ${path}, key_file: ${written(folder, "key", pem("key"))}}\n`,
    ),
  ],
};

function written(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** For these, as for Prometheus, a file without content says nothing. */
const MAY_BE_EMPTY = ["the config file", "--relabel-file", "relabel_file"];

for (const [purpose, argumentsFor] of Object.entries(PURPOSES)) {
  for (const [state, [make, reason]] of Object.entries(UNUSABLE)) {
    if (MAY_BE_EMPTY.includes(purpose) && EMPTY.includes(state)) continue;
    test(`${purpose}, ${state}: status 2 with the path, before it listens`, async (t) => {
      const folder = temporaryFolder(t);
      const path = join(folder, "file.json");
      make(path);
      const run = await runWeir([...argumentsFor(path, folder), "--listen", "127.0.0.1:0"]);
      assert.equal(run.exitCode, 2, run.stderr);
      const message = run.stderr.trim().split("\n").at(-1)!;
      assert.ok(message.includes(folder), message);
      assert.match(message, reason);
      assert.doesNotMatch(run.stderr, /msg=listening/);
    });
  }
}

/** What is wrong with the place of a state file; each returns its path. */
const NO_STATE: Readonly<Record<string, (folder: string) => string>> = {
  "in no folder": (folder) => join(folder, "none", "state"),
  "below a file": (folder) => join(written(folder, "file", ""), "state"),
  "is a folder": (folder) => {
    mkdirSync(join(folder, "state"));
    return join(folder, "state");
  },
  "is unreadable": (folder) => {
    symlinkSync(join(folder, "state"), join(folder, "state"));
    return join(folder, "state");
  },
};

for (const [state, make] of Object.entries(NO_STATE)) {
  test(`a state file that ${state}: status 2 with the path, before it listens`, async (t) => {
    const path = make(temporaryFolder(t));
    const args = ["-H", "a:1", "-H", "b:1", "--state-file", path, "--listen", "127.0.0.1:0"];
    const run = await runWeir(args);
    assert.equal(run.exitCode, 2, run.stderr);
    assert.ok(
      run.stderr.includes(`\nstate_file: ${path}: `) ||
        run.stderr.startsWith(`state_file: ${path}: `),
      run.stderr,
    );
    assert.doesNotMatch(run.stderr, /msg=listening/);
  });
}

test("a state file that is not there yet is written at the start", async (t) => {
  const path = join(temporaryFolder(t), "state");
  await startWeir(t, ["-H", "a:1", "-H", "b:1", "--state-file", path]);
  assert.match(readFileSync(path, "utf8"), /^# weir counters 2\n/);
});

test("a state file that is damaged is kept beside the new one", async (t) => {
  const path = written(temporaryFolder(t), "state", "x\n");
  const weir = await startWeir(t, ["-H", "a:1", "-H", "b:1", "--state-file", path]);
  assert.equal(readFileSync(`${path}.damaged`, "utf8"), "x\n");
  assert.match(readFileSync(path, "utf8"), /^# weir counters 2\n/);
  assert.equal(weir.logged("state file not read: counters begin at zero").length, 1);
});

for (const [state, [make, reason]] of Object.entries(UNUSABLE)) {
  peerTest(
    ["curl"],
    `a policy provider of Edge's config file, ${state}: scrapes pass`,
    async (t) => {
      const folder = temporaryFolder(t);
      const path = join(folder, "policies.json");
      make(path);
      const config = written(
        folder,
        "edge.json",
        JSON.stringify({
          upstream_url: await servingUpstream(t, "a 1\n"),
          policy_providers: [{ id: "local", type: "file", path }],
        }),
      );
      const weir = await startWeir(t, [config]);
      assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "a 1\n");
      const [line] = weir.logged("loading policies failed");
      assert.ok(line.includes(" provider=local ") && line.includes(folder), line);
      assert.match(line, reason);
      assert.equal((await curl(`${weir.url}/-/ready`)).status, 200);
    },
  );
}

peerTest(
  ["curl"],
  "a credential that is not there yet: 502 with its path, until it is",
  async (t) => {
    const folder = temporaryFolder(t);
    const path = join(folder, "password");
    const config = written(
      folder,
      "weir.json",
      JSON.stringify({
        upstream_url: await servingUpstream(t, "a 1\n"),
        http_config: { basic_auth: { username: "u", password_file: path } },
      }),
    );
    const weir = await startWeir(t, [config]);
    const refused = await curl(`${weir.url}/metrics`);
    assert.equal(refused.status, 502);
    assert.ok(
      refused.body.toString().includes(`password_file: ${path}: `),
      refused.body.toString(),
    );
    writeFileSync(path, "s3cret");
    assert.equal((await curl(`${weir.url}/metrics`)).body.toString(), "a 1\n");
  },
);

test("weir filter and weir check take no policies from a file without any", async (t) => {
  for (const [state, [make]] of Object.entries(UNUSABLE)) {
    for (const command of ["filter", "check"]) {
      const path = join(temporaryFolder(t), "policies.json");
      make(path);
      const run = await runWeir([command, "--policies", path], { stdin: [] });
      assert.deepEqual([run.exitCode, run.stdout.toString()], [2, ""], `${command}, ${state}`);
      assert.ok(run.stderr.includes(path), run.stderr);
    }
  }
});
