import { TAP_SCRAPE_MS } from "../bounds.ts";
import type { TargetLabels } from "../aggregate/target_labels.ts";
import type { BodyFormat } from "../exposition/line_format.ts";
import { DropWatch } from "../lines/drop_watch.ts";
import type { RulesInForce } from "../lines/rules_in_force.ts";
import { ScrapeStats } from "../lines/scrape_stats.ts";
import { NO_BYTE_LIMITS, type ScrapeRules } from "../lines/scrape_run.ts";
import type { PolicyEngine } from "../policy/policy_engine.ts";
import type { SampleWatcher } from "../relabel/sample_watcher.ts";
import type { ChunkSource } from "../upstream/chunk_source.ts";
import { bodyFormat } from "../upstream/negotiate.ts";
import type { SubsetSnapshot } from "../lines/subset_snapshots.ts";
import type { ScrapeSettings } from "./scrape_context.ts";
import { SeenEnough, SideRun } from "./side_run.ts";
import type { ListenedStage, TapListener } from "./tap_listener.ts";

/** One target's body in a scrape of many. */
export interface TappedTarget {
  readonly address: string;
  readonly labels: TargetLabels;
}

/** What is put in force where only lines are read: nothing. */
const NOTHING = {
  policies: undefined,
  rules: undefined,
  ...NO_BYTE_LIMITS,
  onLimit: "truncate",
} as const;

/*
 *   upstream's body ─┬────────────────────▶ the scrape ─▶ its answer ─┬──▶ client
 *                    ├─▶ read ─▶ before                               └─▶ read ─▶ after
 *                    └─▶ dry run ─▶ dropped
 */

/** A scrape of a route that somebody listens to: each stage that is listened to is a run beside it. */
export class TappedScrape {
  readonly #listeners: readonly TapListener[];
  readonly #settings: ScrapeSettings;
  readonly #policies: PolicyEngine | undefined;
  /** Of all targets together. */
  readonly #time = new Map<string, { leftMs: number }>();

  /** `listeners`: those of the route's paths. */
  constructor(
    listeners: readonly TapListener[],
    settings: ScrapeSettings,
    policies: PolicyEngine | undefined,
  ) {
    this.#listeners = listeners;
    this.#settings = settings;
    this.#policies = policies;
  }

  /** The upstream's body, or that of one of its targets, shown before the rules and as they drop of it. */
  input(body: ChunkSource, contentType: string | null, target?: TappedTarget): ChunkSource {
    const format = bodyFormat(contentType);
    let watched = body;
    const before = this.#listening("before");
    if (before.length > 0) watched = this.#read("before", before, format, target).watched(watched);
    const dropped = Map.groupBy(this.#listening("dropped"), ({ options }) => options.path);
    for (const [path, listeners] of dropped) {
      watched = this.#dryRun(this.#rulesOf(path), listeners, format, target).watched(watched);
    }
    return watched;
  }

  /** The answer, as all clients get it. */
  output(body: ChunkSource, contentType: string | null): ChunkSource {
    const after = this.#listening("after", this.#settings.path);
    if (after.length === 0) return body;
    return this.#read("after", after, bodyFormat(contentType), undefined).watched(body);
  }

  /** What a subset answers with from now on. */
  async subset(name: string, { chunks, contentType }: SubsetSnapshot): Promise<void> {
    const after = this.#listening("after", `${this.#settings.path}/${name}`);
    if (after.length === 0) return;
    const run = this.#read("after", after, bodyFormat(contentType), undefined);
    for (const chunk of chunks) run.push(chunk);
    await run.end();
  }

  /** A limit of a gateway's table keeps a sample of a target out; undefined where nobody listens. */
  get limited() {
    const listeners = this.#listening("dropped", this.#settings.path);
    if (listeners.length === 0) return undefined;
    return (bytes: Uint8Array, start: number, end: number, limit: string, target: string) => {
      for (const one of listeners) one.show(bytes, start, end, { kind: "limit", limit }, target);
    };
  }

  /** Those of a stage, of one path or of all. */
  #listening(stage: ListenedStage, path?: string): TapListener[] {
    return this.#listeners.filter(({ options }) =>
      options.stage === stage && (path === undefined || options.path === path)
    );
  }

  #rulesOf(path: string): RulesInForce | undefined {
    const { enforced: { rules, subsets }, path: own } = this.#settings;
    return path === own ? rules : subsets.get(path.slice(own.length + 1));
  }

  #read(
    stage: ListenedStage,
    listeners: readonly TapListener[],
    format: BodyFormat,
    target: TappedTarget | undefined,
  ): SideRun {
    const { maxLineBytes, maxInputBytes } = this.#settings.config.scrape;
    // What is behind the limit is not read, so that nothing becomes of it.
    const limit = stage === "after" ? 0 : maxInputBytes;
    return this.#sideRun(listeners, {
      rules: { ...NOTHING, maxInputBytes: limit, format, maxLineBytes },
      watcherOf: () => ({
        judged() {},
        lineTaken: (bytes, start, end) => {
          for (const one of listeners) one.show(bytes, start, end, undefined, target?.address);
        },
      }),
    });
  }

  #dryRun(
    rules: RulesInForce | undefined,
    listeners: readonly TapListener[],
    format: BodyFormat,
    target: TappedTarget | undefined,
  ): SideRun {
    const { maxLineBytes, maxInputBytes, maxOutputBytes, onUnreadable } =
      this.#settings.config.scrape;
    // The limits of a gateway are those of all its targets together: `limited` tells of them.
    const ofTarget = target === undefined ? {} : {
      rules: rules && { ...rules, limits: undefined },
      maxOutputBytes: 0,
      ofTarget: target.labels,
      gathersFailed: true,
    };
    return this.#sideRun(listeners, {
      rules: {
        policies: this.#policies,
        rules,
        format,
        maxLineBytes,
        maxInputBytes,
        maxOutputBytes,
        onLimit: "truncate",
        onUnreadable,
        countsPolicies: false,
        ...ofTarget,
      },
      watcherOf: (stats) =>
        new DropWatch(rules?.rules, stats, (bytes, start, end, by) => {
          for (const one of listeners) one.show(bytes, start, end, by, target?.address);
        }),
    });
  }

  /** A run that ends when its stage's time is used up, or nobody listens any more. */
  #sideRun(listeners: readonly TapListener[], { rules, watcherOf }: Looked): SideRun {
    const { path, stage } = listeners[0].options;
    const key = `${stage} ${path}`;
    const time = this.#time.get(key) ?? { leftMs: TAP_SCRAPE_MS };
    this.#time.set(key, time);
    const stats = new ScrapeStats();
    const inner = watcherOf(stats);
    const watcher: SampleWatcher = {
      judged: (...judged) => inner.judged(...judged),
      lineTaken: (...line) => {
        inner.lineTaken?.(...line);
        if (!listeners.some(({ listens }) => listens)) throw new SeenEnough();
        run.checkTime();
      },
    };
    const run: SideRun = new SideRun({
      rules: { ...rules, watcher },
      stats,
      wantsOutput: false,
      time,
      ended: (isWhole) => {
        for (const one of listeners) one.seen(isWhole);
      },
    });
    return run;
  }
}

interface Looked {
  readonly rules: ScrapeRules;
  readonly watcherOf: (stats: ScrapeStats) => SampleWatcher;
}
