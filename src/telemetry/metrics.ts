import { type ExpositionFormat, ExpositionWriter } from "../exposition/exposition_writer.ts";
import type { FamilyType } from "../exposition/family_type.ts";
import { Labelled } from "./labelled.ts";

/** Holds metrics, in the order in which they were declared. */
export class MetricsRegistry {
  readonly #metrics = new Map<string, RenderedMetric>();

  /** Throws when the name is taken; so do the other declaring methods. */
  counter<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labelNames?: Names,
    options?: MetricOptions,
  ): Counter<Names> {
    return this.#add(new Counter<Names>(name, help, labelNames, options));
  }

  gauge<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labelNames?: Names,
    options?: MetricOptions,
  ): Gauge<Names> {
    return this.#add(new Gauge<Names>(name, help, labelNames, options));
  }

  /** `buckets` are upper bounds in ascending order, without +Inf. */
  histogram<const Names extends readonly string[] = []>(
    name: string,
    help: string,
    labelNames: Names,
    buckets: readonly number[],
    options?: MetricOptions,
  ): Histogram<Names> {
    return this.#add(new Histogram<Names>(name, help, labelNames, buckets, options));
  }

  /** A metric without labels that is read when rendered; absent while `read` gives undefined. */
  callback(
    type: "counter" | "gauge",
    name: string,
    help: string,
    read: () => number | undefined,
  ): void {
    this.#add({
      name,
      help,
      type,
      render(writer, labels, begin) {
        const value = read();
        if (value === undefined) return;
        begin();
        writer.sample(labels, value);
      },
    });
  }

  /** All metrics that have a child, as a whole exposition. */
  render(format: ExpositionFormat): string {
    return renderMetrics(format, [[{ labels: [], registry: this }]]);
  }

  /** In the order in which they were declared. */
  get all(): ReadonlyMap<string, RenderedMetric> {
    return this.#metrics;
  }

  #add<M extends RenderedMetric>(metric: M): M {
    if (this.#metrics.has(metric.name)) {
      throw new Error(`metric ${metric.name} is declared twice`);
    }
    this.#metrics.set(metric.name, metric);
    return metric;
  }
}

export interface MetricOptions {
  /** How many label combinations are kept apart; the rest share one child. 10,000 by default. */
  readonly maxChildren?: number;
}

type Labels = readonly (readonly [name: string, value: string])[];

interface RenderedMetric {
  readonly name: string;
  readonly help: string;
  readonly type: FamilyType;
  /** Writes what there is, with these labels before its own. `begin` comes before the first sample. */
  render(writer: ExpositionWriter, labels: Labels, begin: () => void): void;
}

/** Registries that have the same metrics, told apart by labels. */
export type AlikeRegistries = readonly {
  readonly labels: Labels;
  readonly registry: MetricsRegistry;
}[];

/** All metrics that have a child, but those in `without`, as a whole exposition: each family once. */
export function renderMetrics(
  format: ExpositionFormat,
  groups: readonly AlikeRegistries[],
  without: ReadonlySet<string> = new Set(),
): string {
  const writer = new ExpositionWriter(format);
  for (const group of groups) {
    for (const name of group[0]?.registry.all.keys() ?? []) {
      if (without.has(name)) continue;
      let isBegun = false;
      for (const { labels, registry } of group) {
        const metric = registry.all.get(name);
        metric?.render(writer, labels, () => {
          if (!isBegun) beginFamily(writer, metric.type, name, metric.help);
          isBegun = true;
        });
      }
    }
  }
  return writer.finish();
}

/** Only ever grows. `with(...labelValues).inc()`. */
export class Counter<Names extends readonly string[]> extends Labelled<Names, CounterChild>
  implements RenderedMetric {
  readonly type = "counter";
  readonly name: string;
  readonly help: string;

  constructor(name: string, help: string, labelNames?: Names, options?: MetricOptions) {
    super(labelNames, () => new CounterChild(), options?.maxChildren);
    this.name = name;
    this.help = help;
  }

  render(writer: ExpositionWriter, own: Labels, begin: () => void): void {
    if (this.size > 0) begin();
    for (const [labels, child] of this.children()) writer.sample([...own, ...labels], child.value);
  }
}

export class CounterChild {
  #value = 0;

  get value(): number {
    return this.#value;
  }

  /** Throws a RangeError on a negative or NaN amount: a counter that falls reads as a restart. */
  inc(by = 1): void {
    if (!(by >= 0)) throw new RangeError(`a counter cannot grow by ${by}`);
    this.#value += by;
  }
}

/** Goes up and down. `with(...labelValues).set(n)`. */
export class Gauge<Names extends readonly string[]> extends Labelled<Names, GaugeChild>
  implements RenderedMetric {
  readonly type = "gauge";
  readonly name: string;
  readonly help: string;

  constructor(name: string, help: string, labelNames?: Names, options?: MetricOptions) {
    super(labelNames, () => new GaugeChild(), options?.maxChildren);
    this.name = name;
    this.help = help;
  }

  render(writer: ExpositionWriter, own: Labels, begin: () => void): void {
    if (this.size > 0) begin();
    for (const [labels, child] of this.children()) writer.sample([...own, ...labels], child.value);
  }
}

export class GaugeChild {
  value = 0;

  set(value: number): void {
    this.value = value;
  }

  inc(by = 1): void {
    this.value += by;
  }

  dec(by = 1): void {
    this.value -= by;
  }
}

/** Counts observations per bucket. `with(...labelValues).observe(n)`. */
export class Histogram<Names extends readonly string[]> extends Labelled<Names, HistogramChild>
  implements RenderedMetric {
  readonly type = "histogram";
  readonly name: string;
  readonly help: string;

  constructor(
    name: string,
    help: string,
    labelNames: Names,
    buckets: readonly number[],
    options?: MetricOptions,
  ) {
    super(labelNames, () => new HistogramChild(buckets), options?.maxChildren);
    this.name = name;
    this.help = help;
  }

  render(writer: ExpositionWriter, own: Labels, begin: () => void): void {
    if (this.size > 0) begin();
    for (const [labels, child] of this.children()) child.render(writer, [...own, ...labels]);
  }
}

export class HistogramChild {
  readonly #bounds: readonly number[];
  /** Not cumulative; the last one is what lies above every bound. */
  readonly #counts: Float64Array;
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  observe(value: number): void {
    const found = this.#bounds.findIndex((bound) => value <= bound);
    this.#counts[found === -1 ? this.#bounds.length : found]++;
    this.#sum += value;
  }

  render(writer: ExpositionWriter, labels: readonly (readonly [string, string])[]): void {
    let count = 0;
    this.#counts.forEach((inBucket, i) => {
      count += inBucket;
      const le = writer.bound(this.#bounds[i] ?? Infinity);
      writer.sample([...labels, ["le", le]], count, { suffix: "_bucket" });
    });
    writer.sample(labels, this.#sum, { suffix: "_sum" });
    writer.sample(labels, count, { suffix: "_count" });
  }
}

/** The unit is read off the name, where Prometheus's naming rules put it. */
function beginFamily(writer: ExpositionWriter, type: FamilyType, name: string, help: string) {
  const unit = /_(seconds|bytes)(?:_total)?$/.exec(name)?.[1];
  writer.family({ name, type, help, unit });
}
