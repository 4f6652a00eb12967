import { writeFileSync } from "node:fs";
import { FAULTS_IN_SOAK } from "./soak_faults.ts";
import { MORE_POLICIES } from "../faults/file_faults.ts";
import type { ScrapeFault } from "../faults/fault.ts";
import { healthy } from "../faults/faulty_upstream.ts";
import { configText, policiesText, rulesText } from "../faults/instance.ts";
import { POLICIES, RULES } from "../faults/judge.ts";
import { Tally } from "../faults/outcome.ts";
import type { Mode } from "../faults/right_answer.ts";
import { Rig } from "../faults/rig.ts";
import { Cleanup } from "../../test/support/e2e/cleanup.ts";
import { memoryGroup } from "../../test/support/e2e/memory_group.ts";
import { binary } from "../../test/support/e2e/weir_process.ts";
import { type SoakSample, SoakSampler } from "./soak_sample.ts";

/** Every scrape's timeout, so that those under way stay few. */
const TIMEOUT_SECONDS = 1;
/** In milliseconds: how long a target stays as it is, and how often files are written. */
const FLAP_MS = 1500;
const FILES_MS = 4000;
/** One scrape in so many is of the subset. */
const SUBSET_EVERY = 5;

/** One Weir under load while its target flaps and its files change. */
export class SoakedWeir {
  readonly mode: Mode;
  readonly samples: SoakSample[] = [];
  readonly tally = new Tally();
  readonly #rig: Rig;
  readonly #cleanup = new Cleanup();
  #sampler: SoakSampler | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  readonly #running = new Set<Promise<void>>();
  #turn = 0;
  #writes = 0;

  /** `memory`: of the control group that it runs in, in MiB. Throws where none can be made. */
  constructor(mode: Mode, memory?: number) {
    this.mode = mode;
    const group = memory === undefined ? undefined : memoryGroup(this.#cleanup.context, memory);
    if (memory !== undefined && group === undefined) {
      throw new Error("--memory: no control group can be made here");
    }
    this.#rig = new Rig(mode, group?.program ?? binary);
  }

  async start(rate: number): Promise<void> {
    await this.#rig.start();
    const { weir, inForce } = this.#rig.instance;
    // Which policies are in force when a scrape begins depends on how soon Weir sees them.
    inForce.dropped = [POLICIES, MORE_POLICIES];
    this.#sampler = new SoakSampler(weir.pid);
    weir.exited.then((status) => {
      if (this.#timers.length > 0) this.tally.add("crash", `ended with ${status}: ${weir.stderr}`);
    });
    this.#timers.push(
      setInterval(() => this.#scrape(), 1000 / rate),
      setInterval(() => void this.#flap(), FLAP_MS),
      setInterval(() => this.#writeFiles(), FILES_MS),
    );
  }

  sample(seconds: number): void {
    try {
      this.samples.push(this.#sampler!.sample(seconds));
    } catch {
      // It has ended, which is counted.
    }
  }

  /** Ends the load, waits for what runs, and stops Weir. */
  async stop(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await Promise.all(this.#running);
    const status = await this.#rig.instance.weir.stop();
    if (status !== 0) this.tally.add("crash", `ended with ${status}`);
    await this.#rig.cleanup.run();
    await this.#cleanup.run();
  }

  #scrape(): void {
    const startedAt = performance.now();
    const isSubset = this.mode === "gateway" && this.#turn++ % SUBSET_EVERY === 0;
    const done = (isSubset ? this.#rig.scrapeSubset() : this.#rig.scrape(SOAK_SCRAPE)).then(
      ({ outcome, finding }) => {
        this.tally.add(outcome, finding);
        this.#sampler!.ended(outcome, performance.now() - startedAt);
      },
    ).finally(() => this.#running.delete(done));
    this.#running.add(done);
  }

  /** In good health half of the time. */
  async #flap(): Promise<void> {
    const { upstream } = this.#rig;
    const next = Math.floor(Math.random() * FAULTS_IN_SOAK.length * 2);
    upstream.answer = FAULTS_IN_SOAK[next]?.answer ?? healthy;
    if (Math.random() < 0.1) {
      await upstream.refuse();
      await upstream.listen();
    }
  }

  /** Changes policies, breaks a file and heals it, asks for a reload: one after the other. */
  #writeFiles(): void {
    const { files, weir } = this.#rig.instance;
    const write = this.#writes++;
    writeFileSync(files.policies, policiesText(write % 2 === 0 ? MORE_POLICIES : POLICIES));
    writeFileSync(files.rules, write % 3 === 0 ? "a: [" : rulesText(RULES));
    const config = configText(this.mode, this.#rig.upstreams, files);
    writeFileSync(files.config, write % 5 === 0 ? `${config}no_such_key: 1\n` : config);
    if (write % 4 === 0) weir.signal("SIGHUP");
  }
}

const SOAK_SCRAPE: ScrapeFault = {
  name: "soak",
  what: "",
  timeoutSeconds: TIMEOUT_SECONDS,
  // What the target does is another thing every moment: every way of saying so is right.
  whole: [],
};
