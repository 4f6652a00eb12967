/** The bill of materials: of a small lock file, and of Weir's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import { crossTargets } from "../../scripts/cross_targets.ts";
import { billOfMaterials } from "../../scripts/release/bill_of_materials.ts";
import { type LockEntry, productionPackages } from "../../scripts/release/locked_packages.ts";
import { thirdPartyLicenses } from "../../scripts/release/third_party_licenses.ts";

const root = resolve(import.meta.dirname!, "..", "..");
const manifest = { name: "weir", version: "1.2.3", description: "A proxy.", license: "Apache-2.0" };
const zeros = { integrity: `sha512-${"A".repeat(86)}==`, hex: "0".repeat(128) };

function entry(version: string, more: Partial<LockEntry> = {}): LockEntry {
  return { version, license: "MIT", integrity: zeros.integrity, ...more };
}

const packages: Record<string, LockEntry> = {
  "": entry("1.2.3", { dependencies: { "@std/yaml": "npm:yaml@^2", b: "2.0.0" } }),
  "node_modules/@std/yaml": entry("2.9.1", { name: "yaml", license: "ISC" }),
  "node_modules/b": entry("2.0.0", {
    license: "MIT OR Apache-2.0",
    dependencies: { "@s/c": "^1.0.0" },
    peerDependencies: { compiler: "*" },
    peerDependenciesMeta: { compiler: { optional: true } },
    optionalDependencies: { gone: "*" },
  }),
  // The nearer one is meant, and what it needs is found further out.
  "node_modules/b/node_modules/@s/c": entry("1.0.1", { dependencies: { d: "*" } }),
  "node_modules/@s/c": entry("9.0.0"),
  "node_modules/d": entry("4.0.0", { dependencies: { b: "*" } }),
  "node_modules/compiler": entry("5.0.0"),
  "node_modules/bun": entry("1.4.5"),
  "node_modules/@oven/bun-linux-x64": entry("1.4.5"),
};
const release = { manifest, lock: { packages }, runtimes: ["@oven/bun-linux-x64"], binaries: [] };

describe("of a small lock file", () => {
  test("what is built in, through all it needs, and nothing that only builds it", () => {
    const found = productionPackages({ packages }).map(({ name, version }) => `${name} ${version}`);
    assert.deepEqual(found, ["@s/c 1.0.1", "b 2.0.0", "d 4.0.0", "yaml 2.9.1"]);
  });

  test("the whole document", () => {
    const hashes = [{ alg: "SHA-512", content: zeros.hex }];
    const mit = [{ license: { id: "MIT" } }];
    const library = (reference: string, name: string, version: string, licenses: unknown) => ({
      type: "library",
      "bom-ref": reference,
      name,
      version,
      scope: "required",
      hashes,
      licenses,
      purl: reference,
    });
    const [weir, c, b, d, yaml, bun, x64] = [
      "pkg:generic/weir@1.2.3",
      "pkg:npm/%40s/c@1.0.1",
      "pkg:npm/b@2.0.0",
      "pkg:npm/d@4.0.0",
      "pkg:npm/yaml@2.9.1",
      "pkg:npm/bun@1.4.5",
      "pkg:npm/%40oven/bun-linux-x64@1.4.5",
    ];
    const binaries = [{ file: "weir-linux-x64", sha256: "ab" }];
    const { serialNumber, ...document } = billOfMaterials({ ...release, binaries, time: 0 }) as {
      serialNumber: string;
    };
    assert.match(
      serialNumber,
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
    );
    assert.deepEqual(document, {
      $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      version: 1,
      metadata: {
        timestamp: "1970-01-01T00:00:00.000Z",
        component: {
          type: "application",
          "bom-ref": weir,
          name: "weir",
          version: "1.2.3",
          description: "A proxy.",
          licenses: [{ license: { id: "Apache-2.0" } }],
          purl: weir,
          components: [{
            type: "file",
            name: "weir-linux-x64",
            hashes: [{ alg: "SHA-256", content: "ab" }],
          }],
        },
      },
      components: [
        { ...library(c, "c", "1.0.1", mit), group: "@s" },
        library(b, "b", "2.0.0", [{ expression: "MIT OR Apache-2.0" }]),
        library(d, "d", "4.0.0", mit),
        library(yaml, "yaml", "2.9.1", [{ license: { id: "ISC" } }]),
        {
          type: "platform",
          "bom-ref": bun,
          name: "bun",
          version: "1.4.5",
          description: "The JavaScript runtime, built into each binary.",
          scope: "required",
          licenses: [...mit, { license: { name: "those of what it links" } }],
          purl: bun,
          components: [{
            ...library(x64, "bun-linux-x64", "1.4.5", mit),
            group: "@oven",
            type: "platform",
          }],
        },
      ],
      dependencies: [
        { ref: weir, dependsOn: [yaml, b, bun] },
        { ref: c, dependsOn: [d] },
        { ref: b, dependsOn: [c] },
        { ref: d, dependsOn: [b] },
        { ref: yaml, dependsOn: [] },
        { ref: bun, dependsOn: [] },
      ],
      compositions: [{ aggregate: "incomplete", assemblies: [bun] }],
    });
  });

  test("the same release gives the same text, without a time; another one another number", () => {
    const text = JSON.stringify(billOfMaterials(release));
    assert.equal(JSON.stringify(billOfMaterials(release)), text);
    assert.equal(text.includes("timestamp"), false);
    const numberOf = (document: object) => (document as { serialNumber: string }).serialNumber;
    const other = billOfMaterials({ ...release, manifest: { ...manifest, version: "1.2.4" } });
    assert.notEqual(numberOf(other), numberOf(billOfMaterials(release)));
  });
});

const broken: { name: string; change: Record<string, LockEntry | undefined>; error: RegExp }[] = [
  {
    name: "a dependency that is not there",
    change: { "node_modules/d": undefined },
    error: /^Error: package-lock\.json: node_modules\/b\/node_modules\/@s\/c: found no d, wanted/,
  },
  {
    name: "a package that is not pinned",
    change: { "node_modules/d": entry("4.0.0", { integrity: undefined }) },
    error:
      /^Error: package-lock\.json: node_modules\/d: found no SHA-512, wanted one as integrity$/,
  },
  {
    name: "a package that is pinned by a weak hash",
    change: {
      "node_modules/d": entry("4.0.0", { integrity: "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=" }),
    },
    error: /node_modules\/d: found no SHA-512/,
  },
  {
    name: "a package without a licence",
    change: { "node_modules/d": entry("4.0.0", { license: undefined }) },
    error: /node_modules\/d: found no license, wanted an SPDX identifier$/,
  },
  {
    name: "runtimes of several versions",
    change: { "node_modules/@oven/bun-linux-x64": entry("1.4.4") },
    error: /node_modules\/@oven\/bun-linux-x64: found 1\.4\.4, wanted 1\.4\.5$/,
  },
];

for (const { name, change, error } of broken) {
  test(`refused: ${name}`, () => {
    const changed = Object.entries({ ...packages, ...change }).filter(([, value]) => value);
    const lock = { packages: Object.fromEntries(changed) as Record<string, LockEntry> };
    assert.throws(() => billOfMaterials({ ...release, lock }), error);
  });
}

describe("of Weir", () => {
  const own = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const lock = JSON.parse(readFileSync(`${root}/package-lock.json`, "utf8"));
  const runtimes = crossTargets.map(({ runtime }) => runtime);

  test("every production dependency of package.json, the Bun that builds it, all platforms", () => {
    const document = billOfMaterials({ manifest: own, lock, runtimes, binaries: [] }) as {
      components: { purl: string; version: string; components?: { purl: string }[] }[];
    };
    const found = document.components.map(({ purl }) => purl);
    const version = own.devDependencies.bun;
    const direct = Object.entries<string>(own.dependencies).map(([name, wanted]) => {
      const [alias] = /(?<=^npm:).+(?=@)/.exec(wanted) ?? [name];
      return `pkg:npm/${alias.replace("@", "%40")}@${
        lock.packages[`node_modules/${name}`].version
      }`;
    });
    assert.deepEqual(direct.filter((reference) => !found.includes(reference)), []);
    assert.equal(found.at(-1), `pkg:npm/bun@${version}`);
    assert.deepEqual(
      document.components.at(-1)!.components!.map(({ purl }) => purl),
      runtimes.map((name) => `pkg:npm/${name.replace("@", "%40")}@${version}`),
    );
    for (const tool of ["typescript", "deno", "assemblyscript"]) {
      assert.equal(found.some((reference) => reference.startsWith(`pkg:npm/${tool}@`)), false);
    }
  });

  test("the licence of each of them goes along", () => {
    const text = thirdPartyLicenses(root, lock);
    const titles = [...text.matchAll(/^={80}\n(.+)\n={80}\n\n(?=\S)/gm)].map(([, title]) => title);
    const named = productionPackages(lock).map(({ name, version, license }) =>
      `${name} ${version} (${license})`
    );
    const bun = `bun ${own.devDependencies.bun} (MIT, and those of what it links)`;
    assert.deepEqual(titles, [...named, bun]);
    assert.equal(
      text.match(/WITH(OUT)? .*WARRANT|PROVIDED "AS IS"/g)!.length >= named.length,
      true,
    );
    assert.match(text, /JavaScriptCore.*LGPL/);
  });
});
