import assert from "node:assert/strict";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test, type TestContext } from "node:test";
import { plainEnvironment } from "./program.ts";

/**
 * A program that Weir is tested against, under its name in Debian, or in `.ci/go_peers`; `root` is no
 * program but the right to bind any port and to mount.
 */
export type Peer =
  | "actionlint"
  | "awk"
  | "bash"
  | "chromium"
  | "client-golang-random"
  | "curl"
  | "dnsmasq"
  | "dpkg-deb"
  | "fish"
  | "groff"
  | "helm"
  | "kubeconform"
  | "kubernetes-schemas"
  | "kustomize"
  | "man"
  | "nginx"
  | "openssl"
  | "prometheus"
  | "prometheus-node-exporter"
  | "prometheus3"
  | "promtool"
  | "python3"
  | "root"
  | "script"
  | "setpriv"
  | "systemd-analyze"
  | "zsh";

/** What `.ci/go_peers` builds; the schemas are a folder. */
const BUILT_WITH_GO: ReadonlySet<Peer> = new Set([
  "actionlint",
  "client-golang-random",
  "helm",
  "kubeconform",
  "kubernetes-schemas",
  "kustomize",
  "prometheus3",
]);

/**
 * A test that needs these programs. Where one is not installed it says so and is skipped, in CI it
 * fails; where Go is missing to build one, CI goes without the test. The bound is for a machine that is busy with other things, not what the test takes.
 */
export function peerTest(
  peers: readonly Peer[],
  name: string,
  body: (context: TestContext) => Promise<void>,
  timeoutMs = 30_000,
): void {
  const missing = peers.filter((peer) =>
    peer === "root" ? process.getuid?.() !== 0 : !isInstalled(peer)
  );
  if (missing.length === 0) {
    test(name, { timeout: timeoutMs }, body);
    return;
  }
  const reason = `not here: ${missing.join(", ")}`;
  if (process.env.CI === "true" && !isInstalled("go") && missing.every(isBuiltWithGo)) {
    console.log(`left out, ${reason}, nor Go: ${name}`);
    return;
  }
  if (process.env.CI === "true") {
    test(name, () => assert.fail(reason));
    return;
  }
  console.log(`skipped, ${reason}: ${name}`);
  test(name, { skip: reason }, () => {});
}

function isBuiltWithGo(peer: Peer): boolean {
  return BUILT_WITH_GO.has(peer);
}

/** Whether a program of that name is on the PATH that tests have. */
export function isInstalled(program: string): boolean {
  return pathOf(program) !== undefined;
}

/** Where that program is. */
export function pathOf(program: string): string | undefined {
  const places = plainEnvironment().PATH.split(":").map((folder) => join(folder, program));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
