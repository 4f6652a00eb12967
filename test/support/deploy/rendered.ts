import assert from "node:assert/strict";
import { cpSync, globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { TestContext } from "node:test";
import { parse } from "@std/yaml";
import { runProgram } from "../e2e/program.ts";
import { temporaryFolder } from "../e2e/temporary_folder.ts";
import { deployFolder, type Manifest } from "./deploy_manifests.ts";

/** What a chart or a kustomization makes. */
export interface Rendering {
  readonly name: string;
  readonly peer: "helm" | "kustomize";
  /** The YAML as it would be applied. */
  readonly render: (context: TestContext) => Promise<string>;
}

/** The charts with each of the value sets beside them, and the kustomization of the example. */
export const renderings: readonly Rendering[] = [
  ...valueSets("weir").map((file) => ({
    name: `weir with ${basename(file)}`,
    peer: "helm" as const,
    render: (context: TestContext) => helmTemplate(context, "weir", ["--values", file]),
  })),
  ...valueSets("example").map((file) => ({
    name: `weir-sidecar in an application's chart, with ${basename(file)}`,
    peer: "helm" as const,
    render: (context: TestContext) => helmTemplate(context, "example", ["--values", file]),
  })),
  { name: "the Kustomize component", peer: "kustomize", render: () => kustomizeBuild("example") },
];

function valueSets(chart: string): string[] {
  const folder = join(deployFolder, "helm", chart, "ci");
  return globSync("*-values.yaml", { cwd: folder }).sort().map((file) => join(folder, file));
}

/** What `helm template` makes of a chart in `deploy/helm`; fails with what Helm says otherwise. */
export async function helmTemplate(
  context: TestContext,
  chart: string,
  args: readonly string[],
): Promise<string> {
  return await succeeds("helm", await templateArguments(context, chart, args));
}

/** What Helm says of a chart that it does not render with these arguments. */
export async function helmRefuses(
  context: TestContext,
  chart: string,
  args: readonly string[],
): Promise<string> {
  const { exitCode, stderr } = await runProgram(
    "helm",
    await templateArguments(context, chart, args),
  );
  assert.equal(exitCode, 1, "it was rendered");
  return stderr;
}

async function templateArguments(
  context: TestContext,
  chart: string,
  args: readonly string[],
): Promise<string[]> {
  const folder = await chartFolder(context, chart);
  return ["template", "shop", folder, "--namespace=shop", "--kube-version=1.37", ...args];
}

/** The chart; one with dependencies is copied first, as Helm puts those beside its templates. */
async function chartFolder(context: TestContext, chart: string): Promise<string> {
  const folder = join(deployFolder, "helm", chart);
  if (!readFileSync(join(folder, "Chart.yaml"), "utf8").includes("dependencies:")) return folder;
  const copy = join(temporaryFolder(context), "helm");
  cpSync(join(deployFolder, "helm"), copy, { recursive: true });
  await succeeds("helm", ["dependency", "build", join(copy, chart)]);
  return join(copy, chart);
}

/** What Kustomize makes of a folder in `deploy/kustomize`. */
export async function kustomizeBuild(folder: string): Promise<string> {
  return await succeeds("kustomize", ["build", join(deployFolder, "kustomize", folder)]);
}

async function succeeds(program: string, args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await runProgram(program, args);
  assert.equal(exitCode, 0, stderr);
  return stdout.toString();
}

/** The manifests in a rendered text. */
export function manifestsOf(text: string): Manifest[] {
  return text.split(/^---\n/m).map((part) => parse(part) as Manifest).filter((found) => found);
}
