import { join } from "node:path";
import { Cleanup } from "../../test/support/e2e/cleanup.ts";
import { temporaryFolder } from "../../test/support/e2e/temporary_folder.ts";
import type { Program } from "../../test/support/e2e/weir_process.ts";
import { eventually } from "../../test/support/e2e/eventually.ts";
import type { ScrapeFault } from "./fault.ts";
import { FaultyUpstream, healthy, responseHead, send } from "./faulty_upstream.ts";
import { withoutShortfalls } from "./exposition_reading.ts";
import { type Instance, type InstanceOptions, MAX_INPUT_BYTES, startInstance } from "./instance.ts";
import { STEADY_TARGETS } from "./judge.ts";
import { type Outcome, Tally } from "./outcome.ts";
import { isRightSubset } from "./subset_judge.ts";
import type { Mode } from "./right_answer.ts";
import { shopText, SIZES, steadyText } from "./shop.ts";
import { type Transfer, visit } from "./strict_client.ts";

/** Seconds that a scrape may take where time is not the fault. */
const PATIENT_SECONDS = 20;
/** Milliseconds beyond the scrape's own timeout after which it hangs: the machine may be busy. */
const HANG_AFTER_MS = 15_000;
const CONCURRENCY: Readonly<Record<Mode, number>> = { sidecar: 6, aggregating: 6, gateway: 3 };
const HEALTHY_TEXTS = SIZES.map((paths) => shopText(paths));

/** Weir in one mode between a faulty upstream and clients, for one fault after the other. */
export class Rig {
  readonly mode: Mode;
  readonly upstream = new FaultyUpstream();
  readonly cleanup = new Cleanup();
  readonly program: Program;
  readonly #steady = STEADY_TARGETS.map(() => new FaultyUpstream());
  #folder = "";
  #launched = 0;
  #scrapes = 0;
  /** Answers that end where the input limit is. */
  #truncated = 0;
  #instance: Instance | undefined;

  constructor(mode: Mode, program: Program) {
    this.mode = mode;
    this.program = program;
  }

  /** Starts the targets, and Weir before them. */
  async start(): Promise<void> {
    this.#folder = temporaryFolder(this.cleanup.context);
    for (const [index, target] of this.#steady.entries()) {
      let serial = 0;
      target.answer = ({ socket }) => {
        const text = steadyText(STEADY_TARGETS[index], ++serial);
        send(socket, responseHead([`Content-Length: ${text.length}`]), text);
      };
    }
    for (const target of [this.upstream, ...this.#steady]) {
      await target.listen();
      this.cleanup.after(() => target.refuse());
    }
    this.#instance = await this.launch();
  }

  get instance(): Instance {
    return this.#instance!;
  }

  /** The URLs of all targets, the faulty one's first. */
  get upstreams(): string[] {
    return [this.upstream, ...this.#steady].map(({ url }) => url);
  }

  /** Another Weir before the same targets, in a folder of its own; it is killed in the end. */
  async launch(options: Partial<InstanceOptions> = {}): Promise<Instance> {
    const instance = await startInstance({
      mode: this.mode,
      program: this.program,
      upstreams: this.upstreams,
      folder: join(this.#folder, String(this.#launched++)),
      cleanup: this.cleanup,
      ...options,
    });
    // Counters begin here, before any fault.
    const { outcome, finding } = await this.scrape({ name: "first", what: "" }, instance);
    if (outcome !== "complete") throw new Error(`${this.mode}: first scrape: ${finding}`);
    return instance;
  }

  /** Provokes the fault in `count` scrapes, then scrapes once without it. */
  async scrapeMany(fault: ScrapeFault, count: number, instance = this.instance): Promise<Tally> {
    const tally = new Tally();
    this.upstream.answer = fault.answer ?? healthy;
    this.#truncated = 0;
    const truncations = await this.#truncations(instance);
    await fault.before?.(this);
    let begun = 0;
    const worker = async () => {
      while (begun < count) {
        begun++;
        const { outcome, finding } = await this.scrape(fault, instance);
        tally.add(outcome, finding);
        if (await this.#hasEnded(instance)) return;
      }
    };
    const concurrency = fault.concurrency ?? CONCURRENCY[this.mode];
    await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
    await fault.after?.(this);
    this.upstream.answer = healthy;
    await this.#check(tally, instance, fault, truncations);
    return tally;
  }

  /** One scrape, whose answer is judged. */
  async scrape(
    fault: ScrapeFault,
    instance = this.instance,
  ): Promise<{ outcome: Outcome; finding: string }> {
    const { timeoutSeconds = PATIENT_SECONDS, accept, leaveAt, readPauseMs, method } = fault;
    const headers: Record<string, string> = {
      "X-Prometheus-Scrape-Timeout-Seconds": String(timeoutSeconds),
    };
    if (accept !== undefined) headers["Accept"] = accept;
    if (this.#scrapes++ % 2 === 1) headers["Accept-Encoding"] = "gzip";
    const boundMs = timeoutSeconds * 1000 + HANG_AFTER_MS;
    const transfer = await visit(instance.weir.url, "/metrics", {
      headers,
      boundMs,
      leaveAt,
      readPauseMs,
      method,
    });
    const outcome = this.#outcome(transfer, fault, instance);
    return { outcome, finding: `status ${transfer.status}, ${excerpt(transfer.text)}` };
  }

  #outcome(transfer: Transfer, fault: ScrapeFault, { judge }: Instance): Outcome {
    const { end, status, text } = transfer;
    if (end === "left" || end === "hang") return end;
    const needed = fault.whole?.includes(this.mode) ?? fault.answer === undefined;
    if (end === "broken") return needed ? "needless" : "broken";
    if (status !== 200) {
      if (text.trim() === "" && fault.method !== "HEAD") return "silent";
      return needed ? "needless" : "error";
    }
    if (fault.method === "HEAD") return text === "" ? "complete" : "silent";
    const { texts, areCut } = readable(fault);
    const { rest, said } = withoutShortfalls(text);
    // A last line that had no newline has one where more follows.
    const found = judge.judge(rest, texts) ??
      (said === "" ? undefined : judge.judge(rest.replace(/\n$/, ""), texts));
    if (found === undefined) return "silent";
    const saysCut = said.includes('weir_scrape_truncated{limit="input"} ');
    if (!areCut && saysCut) return "needless";
    // Weir has to have counted it: that is looked at when all scrapes are over.
    if (areCut && found === "complete") {
      if (!saysCut) return "silent";
      this.#truncated++;
      return "said";
    }
    return found === "said" && needed ? "needless" : found;
  }

  async #check(
    tally: Tally,
    instance: Instance,
    fault: ScrapeFault,
    truncationsBefore: number,
  ): Promise<void> {
    if (await this.#hasEnded(instance)) {
      tally.add("crash", instance.weir.stderr.slice(-2000));
      if (instance === this.instance) this.#instance = await this.launch();
      return;
    }
    if (fault.leaveAt !== undefined || fault.timeoutSeconds !== undefined) {
      await this.#settled(tally, instance);
    }
    const unsaid = this.#truncated - (await this.#truncations(instance) - truncationsBefore);
    if (unsaid > 0) tally.move("said", "silent", unsaid, "weir_truncations_total does not say so");
    if (this.mode === "gateway") {
      const { outcome, finding } = await this.scrapeSubset(readable(fault).texts, instance);
      if (outcome === "silent" || outcome === "hang") tally.add(outcome, finding);
    }
    // Whatever was, the next scrape in good health is whole.
    const { outcome, finding } = await this.scrape({ name: "after", what: "" }, instance);
    if (outcome !== "complete") tally.add("needless", `the scrape afterwards: ${finding}`);
  }

  /** Nothing is left running of clients that left and deadlines that passed. */
  async #settled(tally: Tally, { weir }: Instance): Promise<void> {
    try {
      await eventually("no scrape runs", async () => {
        return (await weir.ownMetrics()).get("weir_scrapes_in_flight") === 0;
      }, HANG_AFTER_MS);
    } catch (error) {
      tally.add("hang", (error as Error).message);
    }
  }

  /** One scrape of the subset of a gateway whose target exposed one of these texts, or nothing. */
  async scrapeSubset(
    texts: readonly string[] = [],
    { weir } = this.instance,
  ): Promise<{ outcome: Outcome; finding: string }> {
    const { end, status, text } = await visit(weir.url, "/metrics/part", {
      boundMs: HANG_AFTER_MS,
    });
    const finding = `/metrics/part: status ${status}, ${excerpt(text)}`;
    if (end !== "clean") return { outcome: end, finding };
    if (status !== 200) return { outcome: "error", finding };
    const isRight = isRightSubset(withoutShortfalls(text).rest, [...HEALTHY_TEXTS, ...texts]);
    return { outcome: isRight ? "complete" : "silent", finding };
  }

  async #hasEnded({ weir }: Instance): Promise<boolean> {
    return await Promise.race([weir.exited.then(() => true), Promise.resolve(false)]);
  }

  async #truncations({ weir }: Instance): Promise<number> {
    const own = await weir.ownMetrics();
    return own.get('weir_truncations_total{limit="input"}') ?? 0;
  }
}

/** What may be read of the upstream's responses: their whole lines within the input limit. */
function readable({ reads }: ScrapeFault): { texts: readonly string[]; areCut: boolean } {
  let areCut = false;
  const texts = HEALTHY_TEXTS.map((healthy) => {
    const text = reads === undefined ? healthy : reads(healthy);
    if (text.length <= MAX_INPUT_BYTES) return text;
    areCut = true;
    return text.slice(0, text.lastIndexOf("\n", MAX_INPUT_BYTES - 1) + 1);
  });
  return { texts: [...new Set(texts)], areCut };
}

function excerpt(text: string): string {
  const shown = text.length <= 240 ? text : `${text.slice(0, 120)}…${text.slice(-120)}`;
  return `${text.length} bytes ${JSON.stringify(shown)}`;
}
