/**
 * The root filesystem of `gcr.io/distroless/base-nossl-debian12:nonroot` without a container daemon:
 * the Debian packages that the image consists of, unpacked into a folder, and a way to run the
 * binary there as a container runtime would. Linux, root and apt-get are needed.
 *
 * `bun scripts/distroless_rootfs.ts FOLDER [ARGS…]` unpacks into FOLDER and runs dist/weir there.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";

/** The image's user `nonroot`. */
export const nonroot = 65532;

/** What `dpkg-deb -x` puts in the image, beside the certificates. */
const packages = ["base-files", "netbase", "tzdata", "media-types", "libc6"];

/** Mount points; the root is read-only later, so they have to be there before. */
const devices = ["null", "zero", "random", "urandom"];

/**
 * Unpacks the image into the empty folder `rootfs`, with `binary` as `/weir`. Throws an Error that
 * holds apt-get's or dpkg-deb's own words when a package cannot be had.
 */
export function buildRootfs(rootfs: string, binary: string): void {
  const downloads = mkdtempSync(join(tmpdir(), "weir-debs-"));
  try {
    // apt-get downloads as its own user, which must be able to write here.
    chmodSync(downloads, 0o777);
    download([...packages, "ca-certificates"], downloads);
    for (const name of packages) unpack(downloads, name, rootfs);
    addCertificates(downloads, rootfs);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
  addUsers(rootfs);
  mkdirSync(join(rootfs, "dev"), { recursive: true });
  mkdirSync(join(rootfs, "proc"), { recursive: true });
  copyFileSync(binary, join(rootfs, "weir"));
  chmodSync(join(rootfs, "weir"), 0o755);
}

/**
 * Starts `/weir` in `rootfs` with `args`: uid and gid 65532, no capability, no way to gain one, a
 * read-only root, `/proc` and four devices. The child's pid is the binary's own: each program on
 * the way replaces itself with the next, so signals and the exit status need no passing on.
 */
export function runInRootfs(rootfs: string, args: readonly string[]): ChildProcess {
  const mounts = [
    "set -eu",
    'mount --bind "$1" "$1"',
    'mount -t proc -o nosuid,nodev,noexec proc "$1/proc"',
    'mount -t tmpfs -o nosuid,noexec,mode=755 tmpfs "$1/dev"',
    ...devices.map((name) => `: > "$1/dev/${name}"; mount --bind /dev/${name} "$1/dev/${name}"`),
    'mount -o remount,bind,ro "$1"',
    // chroot needs the three capabilities that are left; changing to another user drops them.
    "exec setpriv --no-new-privs --inh-caps=-all --ambient-caps=-all" +
    " --bounding-set=-all,+sys_chroot,+setuid,+setgid" +
    ` chroot --userspec=${nonroot}:${nonroot} --groups=${nonroot} "$@"`,
  ].join("\n");
  const command = ["--mount", "--propagation=private", "sh", "-c", mounts, "sh", rootfs, "/weir"];
  return spawn("unshare", [...command, ...args], {
    cwd: "/",
    stdio: ["ignore", "pipe", "pipe"],
    // What a container runtime gives, and nothing of this process's own.
    env: { PATH: "/usr/bin:/bin:/usr/sbin:/sbin", HOME: "/home/nonroot" },
  });
}

function download(names: readonly string[], folder: string): void {
  const attempt = () => run("apt-get", ["download", ...names], folder);
  const failure = attempt();
  if (failure === undefined) return;
  // A fresh machine has no package lists.
  run("apt-get", ["update"], folder);
  const second = attempt();
  if (second !== undefined) throw new Error(second);
}

function unpack(downloads: string, name: string, target: string): void {
  const file = readdirSync(downloads).find((entry) => entry.startsWith(`${name}_`));
  if (file === undefined) throw new Error(`apt-get download left no file for ${name}`);
  const failure = run("dpkg-deb", ["-x", file, resolve(target)], downloads);
  if (failure !== undefined) throw new Error(failure);
}

/** One bundle, as the image has it; the package's own tool for it is a shell script. */
function addCertificates(downloads: string, rootfs: string): void {
  const unpacked = join(downloads, "certificates");
  unpack(downloads, "ca-certificates", unpacked);
  const files = globSync(join(unpacked, "usr/share/ca-certificates/**/*.crt")).sort();
  mkdirSync(join(rootfs, "etc/ssl/certs"), { recursive: true });
  const bundle = files.map((file) => readFileSync(file, "utf8")).join("");
  writeFileSync(join(rootfs, "etc/ssl/certs/ca-certificates.crt"), bundle);
}

function addUsers(rootfs: string): void {
  const passwd = [
    "root:x:0:0:root:/root:/sbin/nologin",
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
    `nonroot:x:${nonroot}:${nonroot}:nonroot:/home/nonroot:/sbin/nologin`,
  ];
  const group = ["root:x:0:", "nobody:x:65534:", `nonroot:x:${nonroot}:`];
  mkdirSync(join(rootfs, "home/nonroot"), { recursive: true, mode: 0o700 });
  writeFileSync(join(rootfs, "etc/passwd"), passwd.join("\n") + "\n");
  writeFileSync(join(rootfs, "etc/group"), group.join("\n") + "\n");
}

/** Runs a program to its end. Returns what went wrong, if anything did. */
function run(command: string, args: readonly string[], cwd: string): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: "utf8" });
  return status === 0 ? undefined : `${command} ${args[0]}: ${error?.message ?? stderr.trim()}`;
}

if (import.meta.main) {
  const [folder, ...args] = process.argv.slice(2);
  if (folder === undefined) throw new Error("usage: distroless_rootfs.ts FOLDER [ARGS…]");
  mkdirSync(folder, { recursive: true });
  buildRootfs(folder, resolve(import.meta.dirname!, "..", "dist", "weir"));
  const child = runInRootfs(resolve(folder), args);
  child.stdout?.pipe(process.stdout);
  child.stderr?.pipe(process.stderr);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => child.kill(signal));
  child.on("exit", (code) => process.exitCode = code ?? 1);
}
