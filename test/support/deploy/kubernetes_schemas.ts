import { globSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { parse } from "@std/yaml";
import { pathOf } from "../e2e/peers.ts";
import { runProgram } from "../e2e/program.ts";
import { temporaryFolder } from "../e2e/temporary_folder.ts";
import type { Manifest } from "./deploy_manifests.ts";

/** The versions whose schemas `.ci/go_peers` fetches: the first with native sidecars, and a late one. */
export const KUBERNETES_VERSIONS = ["1.29.0", "1.37.0"] as const;

interface Judged {
  readonly resources: readonly { kind: string; name: string; status: string; msg: string }[];
}

/**
 * What kubeconform has against manifests (a YAML text) by the strict schemas of that version of
 * Kubernetes and of the Prometheus Operator, a line each. An unknown kind or field is one.
 */
export async function schemaViolations(
  context: TestContext,
  version: typeof KUBERNETES_VERSIONS[number],
  manifests: string,
): Promise<string[]> {
  const schemas = pathOf("kubernetes-schemas")!;
  const folder = temporaryFolder(context);
  writeOperatorSchemas(join(schemas, "crds"), folder);
  const file = join(folder, "manifests.yaml");
  writeFileSync(file, manifests);
  const name = "{{ .ResourceKind }}{{ .KindSuffix }}.json";
  const { stdout } = await runProgram("kubeconform", [
    "-strict",
    "-verbose",
    "-output=json",
    `-kubernetes-version=${version}`,
    `-schema-location=${schemas}/{{ .NormalizedKubernetesVersion }}{{ .StrictSuffix }}/${name}`,
    `-schema-location=${folder}/crds/${name}`,
    file,
  ]);
  const { resources } = JSON.parse(stdout.toString()) as Judged;
  return resources.length === 0 ? ["nothing was looked at"] : resources
    .filter(({ status }) => status !== "statusValid")
    .map(({ kind, name, msg }) => `${kind} ${name}: ${msg}`);
}

/** The operator's definitions as schemas that kubeconform finds by kind and version. */
function writeOperatorSchemas(definitions: string, folder: string): void {
  mkdirSync(join(folder, "crds"));
  for (const [name, schema] of operatorSchemas(definitions)) {
    writeFileSync(join(folder, "crds", name), schema);
  }
}

let converted: ReadonlyMap<string, string> | undefined;

function operatorSchemas(folder: string): ReadonlyMap<string, string> {
  converted ??= new Map(
    globSync("*.yaml", { cwd: folder }).flatMap((file) => {
      const { spec } = parse(readFileSync(join(folder, file), "utf8")) as Manifest;
      const [group] = spec.group.split(".");
      return spec.versions.map(({ name, schema }: Manifest) => [
        `${spec.names.singular}-${group}-${name}.json`,
        JSON.stringify(closed(schema.openAPIV3Schema)),
      ]);
    }),
  );
  return converted;
}

/** The schema, with no fields but those that it names. */
function closed(schema: Manifest): Manifest {
  if (typeof schema !== "object" || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const inner = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, closed(value)]),
  );
  const names = typeof schema.properties === "object" && schema.type === "object" &&
    !("additionalProperties" in schema) && !schema["x-kubernetes-preserve-unknown-fields"];
  return names ? { ...inner, additionalProperties: false } : inner;
}
