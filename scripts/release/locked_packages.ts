import { Buffer } from "node:buffer";

/** One entry of package-lock.json's `packages`, as far as it is read here. */
export interface LockEntry {
  /** Only where the package is installed under another name. */
  readonly name?: string;
  readonly version: string;
  /** An SPDX identifier or expression. */
  readonly license?: string;
  /** `sha512-` and base64, of the package's archive. */
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface PackageLock {
  readonly packages: Readonly<Record<string, LockEntry>>;
}

export interface LockedPackage {
  /** Its place below the repository: `node_modules/…`, the key in package-lock.json. */
  readonly path: string;
  /** The name that it is published under. */
  readonly name: string;
  readonly version: string;
  readonly license: string;
  /** SHA-512 of the package's archive, in hexadecimal digits. */
  readonly sha512: string;
  /** Paths of the packages that it needs when it runs. */
  readonly needs: readonly string[];
}

/**
 * What Weir consists of beside its own sources: its production dependencies and theirs, sorted by
 * name. Peers and optional packages count where they are installed for production. Throws when the
 * lock file lacks one, or does not pin it by a SHA-512.
 */
export function productionPackages(lock: PackageLock): LockedPackage[] {
  const found = new Map<string, LockedPackage>();
  const open = directPaths(lock);
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (found.has(path)) continue;
    const locked = lockedPackage(lock, path);
    found.set(path, locked);
    open.push(...locked.needs);
  }
  return [...found.values()].sort((a, b) => compare(a.name, b.name) || compare(a.path, b.path));
}

/** Paths of what package.json's `dependencies` name. */
export function directPaths(lock: PackageLock): string[] {
  return neededBy(lock, "");
}

/** The package at that path of the lock file. Throws when it is not there or not pinned. */
export function lockedPackage(lock: PackageLock, path: string): LockedPackage {
  const entry = lock.packages[path];
  if (entry === undefined) throw new Error(`package-lock.json does not know ${path}`);
  const digest = /^sha512-([A-Za-z0-9+/]{86}==)$/.exec(entry.integrity ?? "")?.[1];
  if (digest === undefined) {
    throw new Error(`package-lock.json: ${path}: found no SHA-512, wanted one as integrity`);
  }
  if (entry.license === undefined) {
    throw new Error(`package-lock.json: ${path}: found no license, wanted an SPDX identifier`);
  }
  return {
    path,
    name: entry.name ?? path.slice(path.lastIndexOf(FOLDER) + FOLDER.length),
    version: entry.version,
    license: entry.license,
    sha512: Buffer.from(digest, "base64").toString("hex"),
    needs: neededBy(lock, path),
  };
}

function neededBy(lock: PackageLock, path: string): string[] {
  const entry = lock.packages[path];
  const required = Object.keys(entry.dependencies ?? {}).map((name) => {
    const place = resolved(lock, path, name);
    if (place === undefined) {
      throw new Error(`package-lock.json: ${path}: found no ${name}, wanted it as a dependency`);
    }
    return place;
  });
  // An optional peer that is there is there for somebody else: nothing of it is built in.
  const peers = Object.keys(entry.peerDependencies ?? {})
    .filter((name) => !entry.peerDependenciesMeta?.[name]?.optional);
  const others = [...Object.keys(entry.optionalDependencies ?? {}), ...peers]
    .flatMap((name) => resolved(lock, path, name) ?? []);
  return [...new Set([...required, ...others])].sort();
}

/** Where a package finds another one: in its own folder, or in one around it. */
function resolved(lock: PackageLock, from: string, name: string): string | undefined {
  for (let folder = from;; folder = folder.slice(0, Math.max(0, folder.lastIndexOf(FOLDER) - 1))) {
    const path = `${folder === "" ? "" : `${folder}/`}${FOLDER}${name}`;
    if (path in lock.packages) return path;
    if (folder === "") return undefined;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const FOLDER = "node_modules/";
