import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Cleanup } from "../../test/support/e2e/cleanup.ts";
import { type Program, startWeir, type WeirProcess } from "../../test/support/e2e/weir_process.ts";
import { GatewayJudge, type InForce, type Judge, judgeOf, POLICIES, RULES } from "./judge.ts";
import type { Mode } from "./right_answer.ts";

/** Bytes of one response that Weir reads; more than any exposition here but the bombs. */
export const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** Weir in one mode, with its files, and what judges its answers. */
export interface Instance {
  readonly weir: WeirProcess;
  readonly judge: Judge;
  readonly inForce: InForce;
  readonly files: InstanceFiles;
}

export interface InstanceFiles {
  readonly config: string;
  readonly policies: string;
  readonly rules: string;
  readonly state: string;
}

export interface InstanceOptions {
  readonly mode: Mode;
  readonly program: Program;
  /** The faulty one first. */
  readonly upstreams: readonly string[];
  /** Where its files are written. */
  readonly folder: string;
  readonly cleanup: Cleanup;
  /** Where the state file is, if not in the folder. */
  readonly stateFolder?: string;
  /** After how long a gateway's target that is gone is forgotten. */
  readonly targetTtl?: string;
  /** The total that the state file has. */
  readonly kept?: number;
}

/** Starts Weir and waits until it is healthy. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { mode, program, folder, cleanup, upstreams, kept } = options;
  const files = {
    config: join(folder, "weir.yaml"),
    policies: join(folder, "policies.json"),
    rules: join(folder, "rules.yaml"),
    state: join(options.stateFolder ?? folder, "state"),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(files.policies, policiesText(POLICIES));
  writeFileSync(files.rules, rulesText(RULES));
  writeFileSync(files.config, configText(mode, upstreams, files, options.targetTtl));
  const weir = await startWeir(cleanup.context, [files.config], {
    program,
    env: { WEIR_SCRAPE_OFFSET: "0.05" },
  });
  const inForce: InForce = { dropped: [POLICIES], labels: [RULES] };
  const judge = mode === "gateway" ? new GatewayJudge(inForce, kept) : judgeOf(mode, inForce);
  return { weir, judge, inForce, files };
}

export function policiesText(dropped: RegExp): string {
  const match = [{ metric_field: "name", regex: dropped.source }];
  return JSON.stringify({
    policies: [{ id: "drop", name: "Drop", metric: { match, keep: false } }],
  });
}

export function rulesText(labels: readonly string[]): string {
  const rules = `[{action: labeldrop, regex: ${labels.join("|")}}]`;
  const part = "{action: keep, source_labels: [__name__], regex: shop_items}";
  return `metric_relabel_configs: ${rules}\npart: [${part}, {action: labeldrop, regex: path}]\n`;
}

export function configText(
  mode: Mode,
  upstreams: readonly string[],
  files: InstanceFiles,
  targetTtl = "24h",
): string {
  const shared = `prometheus: {max_input_bytes_per_scrape: ${MAX_INPUT_BYTES}}\n` +
    "scrape: {on_limit: truncate, timeout: 60s}\n";
  switch (mode) {
    case "sidecar":
      return `${shared}upstream_url: ${upstreams[0]}\n` +
        `policy_providers: [{id: file, type: file, path: ${files.policies}}]\n`;
    case "aggregating":
      return `${shared}upstream_url: ${upstreams[0]}\nrelabel_file: ${files.rules}\n`;
    case "gateway":
      return `${shared}upstreams: [${upstreams.join(", ")}]\nrelabel_file: ${files.rules}\n` +
        `state_file: ${files.state}\ntarget_ttl: ${targetTtl}\nsubset_timestamps: false\n`;
  }
}
