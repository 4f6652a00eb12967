import { spawnSync } from "node:child_process";
import {
  chmodSync,
  globSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";

const root = resolve(import.meta.dirname!, "..", "..");

export interface DebianPackage {
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
  };
  readonly arch: string;
  /** The binary for that architecture, with glibc. */
  readonly binary: string;
  /** Files for `/usr/share/doc/weir`. */
  readonly papers: readonly string[];
  /** A man page and completions, by the path that they have in the package. */
  readonly extras?: Readonly<Record<string, string>>;
  /** Unix seconds: the time of all files. */
  readonly time: number;
  /** dpkg-deb's own; `xz` unless given. */
  readonly compression?: "xz" | "gzip" | "none";
}

const MAINTAINER = "The Weir authors <weir@localhost>";

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: Weir
Comment: What is built into the binary stands in THIRD-PARTY-LICENSES.txt beside this file.

Files: *
Copyright: The Weir authors
License: Apache-2.0
 The text is in /usr/share/common-licenses/Apache-2.0 on Debian systems.
`;

/** The name of the package's file. */
export function debianFile({ name, version }: DebianPackage["manifest"], arch: string): string {
  return `${name}_${debianVersion(version)}_${arch}.deb`;
}

/** Debian sorts `1.0~rc.1` before `1.0`, as semantic versions sort `1.0-rc.1`. */
function debianVersion(version: string): string {
  return version.replaceAll("-", "~");
}

/**
 * Builds a Debian package into `outdir` and returns its path: the binary, a systemd unit that is not
 * enabled, its configuration, and what there is to read. The same content gives the same file. Throws
 * with dpkg-deb's own words when it could not be built.
 */
export function debianPackage(contents: DebianPackage, outdir: string): string {
  const { manifest, arch, binary, papers, extras = {}, time, compression = "xz" } = contents;
  const tree = mkdtempSync(join(tmpdir(), "weir-deb-"));
  try {
    const put = (path: string, text: string | Uint8Array, mode = 0o644) => {
      mkdirSync(join(tree, dirname(path)), { recursive: true });
      writeFileSync(join(tree, path), text);
      chmodSync(join(tree, path), mode);
    };
    const copy = (from: string, path: string, mode?: number) => put(path, readFileSync(from), mode);

    copy(binary, "usr/bin/weir", 0o755);
    copy(join(root, "deploy/systemd/weir.service"), "usr/lib/systemd/system/weir.service");
    copy(join(root, "deploy/systemd/weir.yaml"), "etc/weir/weir.yaml");
    for (const file of [...papers, join(root, "CHANGELOG.md")]) {
      copy(file, `usr/share/doc/weir/${basename(file)}`);
    }
    put("usr/share/doc/weir/copyright", COPYRIGHT);
    put("usr/share/doc/weir/changelog.gz", gzipSync(changelog(contents), { level: 9 }));
    for (const [path, text] of Object.entries(extras)) {
      put(path, path.endsWith(".gz") ? gzipSync(text, { level: 9 }) : text);
    }
    for (const script of ["postinst", "prerm", "postrm"]) {
      copy(join(root, "deploy/debian", script), `DEBIAN/${script}`, 0o755);
    }
    put("DEBIAN/conffiles", "/etc/weir/weir.yaml\n");
    put("DEBIAN/control", control(manifest, arch, installedKibibytes(tree)));

    setTimes(tree, time);
    const file = join(outdir, debianFile(manifest, arch));
    const args = ["--root-owner-group", `-Z${compression}`, "--build", tree, file];
    const { status, stderr, error } = spawnSync("dpkg-deb", args, {
      encoding: "utf8",
      env: { ...process.env, SOURCE_DATE_EPOCH: String(time) },
    });
    if (status !== 0) throw new Error(`dpkg-deb: ${error?.message ?? stderr.trim()}`);
    return file;
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

/** As Debian wants to have it; what changed stands beside it. */
function changelog({ manifest: { name, version }, time }: DebianPackage): string {
  const date = new Date(time * 1000).toUTCString().replace("GMT", "+0000");
  return `${name} (${debianVersion(version)}) unstable; urgency=medium

  * See CHANGELOG.md beside this file.

 -- ${MAINTAINER}  ${date}
`;
}

/** Bun's binaries need glibc 2.17 and nothing else. */
function control(
  { name, version, description }: DebianPackage["manifest"],
  arch: string,
  installedSize: number,
): string {
  const [synopsis, ...rest] = description.replace(/\.$/, "").split(": ");
  return [
    `Package: ${name}`,
    `Version: ${debianVersion(version)}`,
    `Architecture: ${arch}`,
    `Maintainer: ${MAINTAINER}`,
    "Section: net",
    "Priority: optional",
    "Depends: libc6 (>= 2.17)",
    "Suggests: prometheus",
    `Installed-Size: ${installedSize}`,
    `Description: ${synopsis.replace(/^A /, "")}`,
    ` It ${rest.join(": ")}.`,
    " .",
    " The service is not enabled by itself: say in /etc/weir/weir.yaml what it",
    " scrapes, then run systemctl enable --now weir.",
    "",
  ].join("\n");
}

function files(tree: string): string[] {
  return globSync("**", { cwd: tree }).map((path) => join(tree, path));
}

function installedKibibytes(tree: string): number {
  const sizes = files(tree).map((path) => lstatSync(path))
    .map((stat) => stat.isFile() ? Math.ceil(stat.size / 1024) : 1);
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** One time for all; and folders that all can read, whatever the umask of whoever builds. */
function setTimes(tree: string, time: number): void {
  for (const path of [tree, ...files(tree)]) {
    if (lstatSync(path).isDirectory()) chmodSync(path, 0o755);
    utimesSync(path, time, time);
  }
}
