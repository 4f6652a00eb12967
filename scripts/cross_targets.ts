import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname!, "..");

export interface CrossTarget {
  /** Bun's name of the target. */
  readonly target: string;
  /** The npm package that holds its runtime. */
  readonly runtime: string;
  /** The file that is made. */
  readonly file: string;
  /** The architecture, as Debian and container images name it. */
  readonly arch: "amd64" | "arm64";
  readonly libc: "glibc" | "musl";
}

/** The platforms that binaries are made for besides this machine's own. */
export const crossTargets: readonly CrossTarget[] = [
  {
    target: "bun-linux-x64",
    runtime: "@oven/bun-linux-x64",
    file: "weir-linux-x64",
    arch: "amd64",
    libc: "glibc",
  },
  {
    target: "bun-linux-arm64",
    runtime: "@oven/bun-linux-aarch64",
    file: "weir-linux-arm64",
    arch: "arm64",
    libc: "glibc",
  },
  {
    target: "bun-linux-x64-musl",
    runtime: "@oven/bun-linux-x64-musl",
    file: "weir-linux-x64-musl",
    arch: "amd64",
    libc: "musl",
  },
  {
    target: "bun-linux-arm64-musl",
    runtime: "@oven/bun-linux-aarch64-musl",
    file: "weir-linux-arm64-musl",
    arch: "arm64",
    libc: "musl",
  },
];

/** The one that a distribution with glibc, or an image, of that architecture takes. */
export function glibcTarget(arch: string): CrossTarget {
  const found = crossTargets.find((target) => target.arch === arch && target.libc === "glibc");
  if (found === undefined) {
    const known = [...new Set(crossTargets.map((target) => target.arch))];
    throw new Error(`found architecture ${JSON.stringify(arch)}, wanted ${known.join(" or ")}`);
  }
  return found;
}

/**
 * The path of another platform's Bun, unpacked into `folder`. Asked of the npm client, which knows
 * the machine's registry and cache (Bun's own download knows registry.npmjs.org alone), and held
 * against the lock file. Throws when it cannot be had.
 */
export function fetchRuntime(name: string, folder: string): string {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const locked = lock.packages[`node_modules/${name}`];
  if (locked === undefined) throw new Error(`package-lock.json does not know ${name}`);

  const spec = `${name}@${locked.version}`;
  const pack = spawnSync("npm", ["pack", "--silent", "--json", spec], {
    cwd: folder,
    encoding: "utf8",
  });
  if (pack.status !== 0) throw new Error(`npm pack ${spec}: ${pack.stderr || pack.stdout}`.trim());
  const [{ filename, integrity }] = JSON.parse(pack.stdout);
  if (integrity !== locked.integrity) {
    throw new Error(`${spec}: ${integrity} was found, package-lock.json wants ${locked.integrity}`);
  }

  const untar = spawnSync("tar", ["-xzf", filename], { cwd: folder, encoding: "utf8" });
  if (untar.status !== 0) throw new Error(`tar ${filename}: ${untar.stderr}`);
  return join(folder, "package", "bin", "bun");
}
