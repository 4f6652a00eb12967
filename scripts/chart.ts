/**
 * `npm run chart`: copies into the chart `weir` what other folders of `deploy/` have first, as Helm
 * reads nothing outside of a chart: the template of the container, and the alerts, recording rules and
 * dashboard of the mixin. `test/deploy/chart_test.ts` compares them.
 */
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const deploy = resolve(import.meta.dirname!, "..", "deploy");

/** Where each copy comes from, by its path; both below `deploy/`. */
export const CHART_COPIES: Readonly<Record<string, string>> = {
  "helm/weir/templates/_container.tpl": "helm/weir-sidecar/templates/_container.tpl",
  "helm/weir/files/alerts.yaml": "mixin/alerts.yaml",
  "helm/weir/files/rules.yaml": "mixin/rules.yaml",
  "helm/weir/files/dashboard.json": "mixin/dashboard.json",
};

if (import.meta.main) {
  for (const [copy, source] of Object.entries(CHART_COPIES)) {
    if (!existsSync(join(deploy, source))) continue;
    mkdirSync(dirname(join(deploy, copy)), { recursive: true });
    copyFileSync(join(deploy, source), join(deploy, copy));
    console.log(`deploy/${copy}: as deploy/${source}`);
  }
}
