/** The Debian package and its systemd unit, held against Debian's and systemd's own tools. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { debianPackage } from "../../scripts/release/debian_package.ts";
import { extras } from "../../scripts/release/extras.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { runProgram } from "../support/e2e/program.ts";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { httpUpstream } from "../support/e2e/upstreams.ts";
import { binary, startWeir, weirVersion } from "../support/e2e/weir_process.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const unitFile = join(root, "deploy/systemd/weir.service");

/** As it is released, but without compression, which takes a minute, and a small file for a binary. */
function build(
  t: TestContext,
  version = weirVersion,
  program = join(root, "LICENSE"),
): string {
  const manifest = { ...JSON.parse(readFileSync(join(root, "package.json"), "utf8")), version };
  return debianPackage({
    manifest,
    arch: "amd64",
    binary: program,
    papers: [join(root, "README.md")],
    extras: Object.fromEntries(extras.map(({ path, file }) => [path, `what ${file} says\n`])),
    time: 1_700_000_000,
    compression: "none",
  }, temporaryFolder(t));
}

async function dpkgDeb(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram("dpkg-deb", args);
  assert.equal(exitCode, 0, stderr);
  return stdout.toString();
}

peerTest(["dpkg-deb"], "the package says what it is, and holds what it should", async (t) => {
  const file = build(t);
  assert.ok(file.endsWith(`/weir_${weirVersion}_amd64.deb`), file);
  const control = await dpkgDeb("--field", file, "Package", "Version", "Architecture", "Depends");
  assert.deepEqual(control.trim().split("\n"), [
    "Package: weir",
    `Version: ${weirVersion}`,
    "Architecture: amd64",
    "Depends: libc6 (>= 2.17)",
  ]);
  const listed = (await dpkgDeb("--contents", file)).trim().split("\n");
  const files = listed.filter((line) => !line.endsWith("/"))
    .map((line) => `${line.slice(0, 20)} ${line.slice(line.indexOf("./") + 1)}`);
  assert.deepEqual(files.sort(), [
    "-rw-r--r-- root/root /etc/weir/weir.yaml",
    "-rw-r--r-- root/root /usr/lib/systemd/system/weir.service",
    "-rw-r--r-- root/root /usr/share/bash-completion/completions/weir",
    "-rw-r--r-- root/root /usr/share/doc/weir/CHANGELOG.md",
    "-rw-r--r-- root/root /usr/share/doc/weir/README.md",
    "-rw-r--r-- root/root /usr/share/doc/weir/changelog.gz",
    "-rw-r--r-- root/root /usr/share/doc/weir/copyright",
    "-rw-r--r-- root/root /usr/share/fish/vendor_completions.d/weir.fish",
    "-rw-r--r-- root/root /usr/share/man/man1/weir.1.gz",
    "-rw-r--r-- root/root /usr/share/weir/weir.schema.json",
    "-rw-r--r-- root/root /usr/share/zsh/vendor-completions/_weir",
    "-rwxr-xr-x root/root /usr/bin/weir",
  ]);
  assert.match(listed[0], /^drwxr-xr-x root\/root +0 2023-11-14 /);
});

peerTest(["dpkg-deb"], "the same content gives the same package, whatever the umask", async (t) => {
  const first = build(t);
  const mask = process.umask(0o077);
  t.after(() => process.umask(mask));
  const second = build(t);
  assert.equal(await dpkgDeb("--contents", second), await dpkgDeb("--contents", first));
  assert.ok(readFileSync(first).equals(readFileSync(second)));
});

peerTest(["dpkg-deb"], "a version before a release sorts before it", async (t) => {
  const file = build(t, "1.0.0-rc.1");
  assert.ok(file.endsWith("/weir_1.0.0~rc.1_amd64.deb"), file);
  assert.equal((await dpkgDeb("--field", file, "Version")).trim(), "1.0.0~rc.1");
});

peerTest(
  ["dpkg-deb"],
  "the maintainer's scripts are shell, and the configuration is kept",
  async (t) => {
    const folder = join(temporaryFolder(t), "control");
    await dpkgDeb("--control", build(t), folder);
    assert.equal(readFileSync(join(folder, "conffiles"), "utf8"), "/etc/weir/weir.yaml\n");
    for (const script of ["postinst", "prerm", "postrm"]) {
      const { exitCode, stderr } = await runProgram("sh", ["-n", join(folder, script)]);
      assert.equal(exitCode, 0, stderr);
    }
  },
);

peerTest(
  ["dpkg-deb"],
  "what is unpacked runs, with the configuration that comes along",
  async (t) => {
    const folder = join(temporaryFolder(t), "root");
    await dpkgDeb("--extract", build(t, weirVersion, binary[0]), folder);
    const program = [join(folder, "usr/bin/weir")] as const;
    const configuration = join(folder, "etc/weir/weir.yaml");
    const check = await runProgram(program[0], ["check", configuration]);
    assert.equal(check.exitCode, 0, check.stderr);

    const upstream = await httpUpstream(t, (_, response) => response.end("a 1\n"));
    const text = readFileSync(configuration, "utf8");
    const scraped = "http://localhost:9100/metrics";
    assert.ok(text.includes(scraped), "the configuration scrapes node_exporter");
    writeFileSync(configuration, text.replace(scraped, `${upstream}/metrics`));
    const weir = await startWeir(t, [configuration], { program });
    assert.equal(await (await fetch(`${weir.url}/metrics`)).text(), "a 1\n");
  },
);

peerTest(
  ["systemd-analyze"],
  "systemd takes the unit without a word, and finds it confined",
  async (t) => {
    const unit = join(temporaryFolder(t), "weir.service");
    const text = readFileSync(unitFile, "utf8");
    assert.match(text, /^ExecStart=\/usr\/bin\/weir \/etc\/weir\/weir\.yaml$/m);
    // The package is not installed here.
    writeFileSync(unit, text.replaceAll("/usr/bin/weir", binary[0]));
    const verify = await runProgram("systemd-analyze", ["verify", "--man=no", unit]);
    assert.deepEqual([verify.exitCode, verify.stderr, String(verify.stdout)], [0, "", ""]);

    // 0 is confined, 10 is not at all; the threshold is ten times that.
    const args = ["security", "--offline=true", "--threshold=15", "--no-pager", unit];
    const security = await runProgram("systemd-analyze", args);
    assert.equal(security.exitCode, 0, String(security.stdout));
  },
);
