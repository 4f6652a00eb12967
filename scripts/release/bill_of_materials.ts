import { createHash } from "node:crypto";
import {
  directPaths,
  type LockedPackage,
  lockedPackage,
  type PackageLock,
  productionPackages,
} from "./locked_packages.ts";

export interface Release {
  /** Of package.json. */
  readonly manifest: {
    readonly name: string;
    readonly version: string;
    readonly description: string;
    readonly license: string;
  };
  readonly lock: PackageLock;
  /** npm packages of the runtimes that are built in, one for each platform. */
  readonly runtimes: readonly string[];
  /** The binaries, with their SHA-256 in hexadecimal digits; none when only sources are released. */
  readonly binaries: readonly { readonly file: string; readonly sha256: string }[];
  /** Unix seconds; without them no time is told, so that the same release gives the same text. */
  readonly time?: number;
}

/**
 * What a release consists of, as a CycloneDX 1.6 document: Weir, the binaries, what is bundled into
 * them with the SHA-512 of each archive as npm publishes it, and the Bun that runs it. Its serial
 * number is made from the rest. Throws when the lock file lacks something, or when the runtimes are
 * not all of one version.
 */
export function billOfMaterials(release: Release): object {
  const { manifest, lock, binaries, time } = release;
  const reference = `pkg:generic/${manifest.name}@${manifest.version}`;
  const packages = productionPackages(lock);
  const runtime = runtimeComponent(release);
  const rest = {
    version: 1,
    metadata: {
      ...time === undefined ? {} : { timestamp: new Date(time * 1000).toISOString() },
      component: {
        type: "application",
        "bom-ref": reference,
        name: manifest.name,
        version: manifest.version,
        description: manifest.description,
        licenses: licenses(manifest.license),
        purl: reference,
        ...binaries.length === 0 ? {} : { components: binaries.map(fileComponent) },
      },
    },
    components: [...packages.map(libraryComponent), runtime],
    dependencies: [
      { ref: reference, dependsOn: [...references(lock, directPaths(lock)), runtime["bom-ref"]] },
      ...packages.map(({ path, needs }) => ({
        ref: references(lock, [path])[0],
        dependsOn: references(lock, needs),
      })),
      { ref: runtime["bom-ref"], dependsOn: [] },
    ],
    // What Bun links is told by its licence text and not listed here.
    compositions: [{ aggregate: "incomplete", assemblies: [runtime["bom-ref"]] }],
  };
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify(rest))}`,
    ...rest,
  };
}

function libraryComponent(locked: LockedPackage) {
  const { name, version, license, sha512 } = locked;
  const [base, group] = name.split("/").reverse();
  return {
    type: "library",
    "bom-ref": purl(name, version),
    ...group === undefined ? {} : { group },
    name: base,
    version,
    scope: "required",
    hashes: [{ alg: "SHA-512", content: sha512 }],
    licenses: licenses(license),
    purl: purl(name, version),
  };
}

function runtimeComponent({ lock, runtimes }: Release) {
  const { version, license } = lockedPackage(lock, "node_modules/bun");
  const builds = runtimes.map((name) => lockedPackage(lock, `node_modules/${name}`));
  const other = builds.find((build) => build.version !== version);
  if (other !== undefined) {
    throw new Error(`package-lock.json: ${other.path}: found ${other.version}, wanted ${version}`);
  }
  return {
    type: "platform",
    "bom-ref": purl("bun", version),
    name: "bun",
    version,
    description: "The JavaScript runtime, built into each binary.",
    scope: "required",
    licenses: [...licenses(license), { license: { name: "those of what it links" } }],
    purl: purl("bun", version),
    components: builds.map(libraryComponent).map((build) => ({ ...build, type: "platform" })),
  };
}

function fileComponent({ file, sha256 }: Release["binaries"][number]) {
  return { type: "file", name: file, hashes: [{ alg: "SHA-256", content: sha256 }] };
}

/** An SPDX identifier, or an expression where there are several. */
function licenses(text: string) {
  return text.includes(" ") ? [{ expression: text }] : [{ license: { id: text } }];
}

function references(lock: PackageLock, paths: readonly string[]): string[] {
  return paths.map((path) => lockedPackage(lock, path))
    .map(({ name, version }) => purl(name, version));
}

/** The package URL. Of the names that npm allows, only the `@` of a scope has to be escaped. */
function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

/** A UUID (version 8 of RFC 9562: of one's own making) that stands for the text. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join("-");
}
