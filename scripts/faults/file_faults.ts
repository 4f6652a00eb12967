import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { temporaryFolder } from "../../test/support/e2e/temporary_folder.ts";
import { eventually } from "../../test/support/e2e/eventually.ts";
import type { Fault } from "./fault.ts";
import { configText, type Instance, policiesText, rulesText } from "./instance.ts";
import { POLICIES, RULES } from "./judge.ts";
import type { Tally } from "./outcome.ts";
import { type Mode, MODES } from "./right_answer.ts";
import type { Rig } from "./rig.ts";
import { goOn } from "./state_restart.ts";

export const MORE_POLICIES = /^drop_|^shop_queue/;
const MORE_RULES = ["path", "shelf"];

/** Files that change, break and vanish while Weir works with them. */
export const FILE_FAULTS: readonly Fault[] = [
  underLoad("policies-swapped", "policies change under load", ["sidecar"], ({ files, inForce }) => {
    inForce.dropped = [POLICIES, MORE_POLICIES];
    return (turn) =>
      writeFileSync(files.policies, policiesText(turn % 2 === 0 ? MORE_POLICIES : POLICIES));
  }),
  underLoad(
    "policies-broken",
    "the policy file breaks and heals",
    ["sidecar"],
    ({ files }) => (turn) => {
      writeFileSync(files.policies, turn % 2 === 0 ? '{"policies": [' : policiesText(POLICIES));
    },
  ),
  underLoad(
    "policies-gone",
    "the policy file vanishes and returns",
    ["sidecar"],
    ({ files }) => (turn) => {
      if (turn % 2 === 0) rmSync(files.policies, { force: true });
      else writeFileSync(files.policies, policiesText(POLICIES));
    },
  ),
  underLoad("rules-swapped", "rules change under load", ["aggregating"], ({ files, inForce }) => {
    inForce.labels = [RULES, MORE_RULES];
    return (turn) => writeFileSync(files.rules, rulesText(turn % 2 === 0 ? MORE_RULES : RULES));
  }),
  underLoad(
    "rules-broken",
    "the relabel file breaks and heals",
    ["aggregating", "gateway"],
    ({ files }) => {
      return (turn) => writeFileSync(files.rules, turn % 2 === 0 ? "a: [" : rulesText(RULES));
    },
  ),
  underLoad(
    "config-broken",
    "the config file breaks and heals",
    MODES,
    ({ files }, rig) => (turn) => {
      const text = configText(rig.mode, rig.upstreams, files);
      writeFileSync(files.config, turn % 2 === 0 ? `${text}no_such_key: 1\n` : text);
    },
  ),
  underLoad(
    "config-gone",
    "the config file vanishes and returns",
    MODES,
    ({ files }, rig) => (turn) => {
      if (turn % 2 === 0) rmSync(files.config, { force: true });
      else writeFileSync(files.config, configText(rig.mode, rig.upstreams, files));
    },
  ),
  underLoad(
    "sighup-storm",
    "SIGHUP again and again",
    MODES,
    ({ weir }) => () => weir.signal("SIGHUP"),
  ),
  {
    name: "state-disk-full",
    what: "the state file's disk is full",
    modes: ["gateway"],
    cost: 4,
    missing: () => process.getuid?.() === 0 ? undefined : "needs root, for a small file system",
    run: async (rig, scrapes) => {
      const stateFolder = temporaryFolder(rig.cleanup.context);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", stateFolder]);
      rig.cleanup.after(() => void execFileSync("umount", ["-l", stateFolder]));
      const instance = await rig.launch({ stateFolder });
      const before = readFileSync(instance.files.state, "utf8");
      fill(join(stateFolder, "filler"));
      const tally = await rig.scrapeMany(plain("state-disk-full"), scrapes, instance);
      const after = readFileSync(instance.files.state, "utf8");
      if (before !== after) tally.add("silent", `half a state file: ${after.slice(0, 200)}`);
      rmSync(join(stateFolder, "filler"));
      return await restarted(rig, instance, tally);
    },
  },
  {
    name: "state-folder-gone",
    what: "the state file's folder vanishes",
    modes: ["gateway"],
    cost: 4,
    run: async (rig, scrapes) => {
      const stateFolder = join(temporaryFolder(rig.cleanup.context), "state");
      mkdirSync(stateFolder);
      const instance = await rig.launch({ stateFolder });
      rmSync(stateFolder, { recursive: true });
      const tally = await rig.scrapeMany(plain("state-folder-gone"), scrapes, instance);
      mkdirSync(stateFolder);
      return await restarted(rig, instance, tally);
    },
  },
  {
    name: "state-damaged",
    what: "a state file that is no state file at the start",
    modes: ["gateway"],
    cost: 4,
    run: async (rig, scrapes) => {
      const stateFolder = temporaryFolder(rig.cleanup.context);
      const state = join(stateFolder, "state");
      writeFileSync(state, "\0half a file");
      const instance = await rig.launch({ stateFolder });
      const tally = await rig.scrapeMany(plain("state-damaged"), scrapes, instance);
      if (!existsSync(`${state}.damaged`)) tally.add("silent", "the damaged file is gone");
      return await restarted(rig, instance, tally);
    },
  },
];

/** Stops Weir, which saves what it could not save before, and starts it again. */
async function restarted(rig: Rig, instance: Instance, tally: Tally): Promise<Tally> {
  const status = await instance.weir.stop();
  if (status !== 0) tally.add("crash", `ended with ${status}: ${instance.weir.stderr.slice(-500)}`);
  await goOn(rig, instance, tally);
  return tally;
}

function plain(name: string) {
  return { name, what: "", whole: MODES };
}

/** Writes until nothing more fits. */
function fill(path: string): void {
  try {
    for (let size = 4096;; size += 4096) writeFileSync(path, Buffer.alloc(size));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
  }
}

type Change = (turn: number) => void;

/** Does something to a Weir of its own every few milliseconds while it is scraped. */
function underLoad(
  name: string,
  what: string,
  modes: readonly Mode[],
  prepare: (instance: Instance, rig: Rig) => Change,
): Fault {
  return {
    name,
    what,
    modes,
    cost: 4,
    run: async (rig, scrapes) => {
      const instance = await rig.launch();
      const change = prepare(instance, rig);
      let turn = 0;
      const timer = setInterval(() => change(turn++), CHANGE_EVERY_MS);
      let tally: Tally;
      try {
        await eventually("the first change", () => turn > 0);
        tally = await rig.scrapeMany(plain(name), Math.max(scrapes, LEAST_SCRAPES), instance);
      } finally {
        clearInterval(timer);
      }
      const status = await instance.weir.stop();
      if (status !== 0) tally.add("crash", `ended with ${status}`);
      return tally;
    },
  };
}

const CHANGE_EVERY_MS = 15;
/** What it takes to see several states of a file. */
const LEAST_SCRAPES = 20;
