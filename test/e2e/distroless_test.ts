/** The binary in the distroless image's root filesystem, confined as `deploy/sidecar.yaml` does. */
import assert from "node:assert/strict";
import { type ChildProcess, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { buildRootfs, nonroot, runInRootfs } from "../../scripts/distroless_rootfs.ts";

const binary = process.env.WEIR_BINARY ??
  resolve(import.meta.dirname!, "..", "..", "dist", "weir");
const inCi = process.env.CI === "true";
const rootfs = mkdtempSync(join(tmpdir(), "weir-rootfs-"));
const missing = missingPeer() ?? unpackRootfs();

if (missing !== undefined && !inCi) {
  rmSync(rootfs, { recursive: true, force: true });
  console.log(`the distroless test is skipped: ${missing}`);
  test("in the distroless root filesystem", { skip: missing }, () => {});
} else {
  describe("in the distroless root filesystem", confined);
}

function confined(): void {
  let weir: ChildProcess | undefined;
  let url = "";
  let log = "";

  before(async () => {
    assert.equal(missing, undefined);
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    weir = runInRootfs(rootfs, ["--demo", "--listen", `127.0.0.1:${port}`]);
    weir.stdout?.on("data", (bytes) => log += bytes);
    weir.stderr?.on("data", (bytes) => log += bytes);
    await untilHealthy(url, weir, () => log);
  });

  after(() => {
    weir?.kill("SIGKILL");
    rmSync(rootfs, { recursive: true, force: true });
  });

  test("it is healthy and answers a scrape", async () => {
    assert.equal((await fetch(`${url}/_health`)).status, 200);
    const scrape = await fetch(`${url}/metrics`);
    assert.equal(scrape.status, 200);
    assert.match(await scrape.text(), /^# TYPE /m);
  });

  test("what the binary is linked with is there, and no OpenSSL", () => {
    const { stdout } = spawnSync("ldd", [binary], { encoding: "utf8" });
    const libraries = [...stdout.matchAll(/^\t(?:.* => )?\/\S*?([^/\s]+) \(/gm)].map(([, name]) =>
      name
    );
    assert.ok(libraries.includes("libc.so.6"), stdout);
    const names = readdirSync(rootfs, { recursive: true, encoding: "utf8" })
      .map((path) => path.split("/").at(-1)!);
    assert.deepEqual(libraries.filter((name) => !names.includes(name)), []);
    assert.deepEqual(names.filter((name) => /^lib(ssl|crypto)/.test(name)), []);
  });

  test("it is nobody in particular and can do nothing in particular", () => {
    const status = readFileSync(`/proc/${weir!.pid}/status`, "utf8");
    const ids = new Array(4).fill(nonroot).join("\t");
    assert.match(status, new RegExp(`^Uid:\t${ids}$`, "m"));
    assert.match(status, new RegExp(`^Gid:\t${ids}$`, "m"));
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
      assert.match(status, new RegExp(`^${set}:\t0+$`, "m"));
    }
    assert.match(status, /^NoNewPrivs:\t1$/m);
  });

  test("its root is read-only, even to root", () => {
    // /proc/PID/root is the process's own view: its mount namespace, its root.
    assert.throws(
      () => writeFileSync(`/proc/${weir!.pid}/root/written`, ""),
      { code: "EROFS" },
    );
  });

  test("no shell is in reach", () => {
    const shells = new Set(["sh", "ash", "bash", "busybox", "dash", "ksh", "zsh", "toybox"]);
    const names = readdirSync(rootfs, { recursive: true, encoding: "utf8" });
    assert.ok(names.includes("weir"));
    assert.deepEqual(names.filter((name) => shells.has(name.split("/").at(-1)!)), []);
  });

  test("SIGTERM ends it with status 0", async () => {
    const exit = once(weir!, "exit");
    weir!.kill("SIGTERM");
    assert.deepEqual(await exit, [0, null], log);
  });
}

/** Why this cannot be shown on this machine, if it cannot. In CI it has to be. */
function missingPeer(): string | undefined {
  if (process.platform !== "linux") return "it needs Linux";
  if (process.getuid?.() !== 0) return "it needs root, for mounts and chroot";
  for (const command of ["apt-get", "dpkg-deb", "unshare", "setpriv", "chroot"]) {
    if (spawnSync(command, ["--version"]).status !== 0) return `it needs ${command}`;
  }
  return undefined;
}

/** Returns why the packages cannot be had, if they cannot. */
function unpackRootfs(): string | undefined {
  try {
    chmodSync(rootfs, 0o755);
    buildRootfs(rootfs, binary);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

async function untilHealthy(url: string, weir: ChildProcess, log: () => string): Promise<void> {
  // Below the runner's own 5 s for a hook, so that what the process wrote is shown.
  for (let attempt = 0; attempt < 80 && weir.exitCode === null; attempt++) {
    const answer = await fetch(`${url}/_health`).catch(() => undefined);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`/_health does not answer; exit code ${weir.exitCode}, it wrote: ${log()}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
