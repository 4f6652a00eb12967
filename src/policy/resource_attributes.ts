import { spellings } from "./field_tier.ts";

export interface KeyValue {
  readonly key: string;
  readonly value: string;
}

export interface ServiceConfig {
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  /** Generated at each start unless configured. */
  readonly instanceId: string;
  readonly resourceAttributes: readonly KeyValue[];
  readonly labels: readonly KeyValue[];
}

/**
 * The attributes of the resource that the samples come from: what the configuration says, then the
 * labels of the newest `target_info` sample.
 */
export class ResourceAttributes {
  /** Rises when a value changed: decisions made before it are stale. */
  version = 0;
  readonly #configured: ReadonlyMap<string, string>;
  #targetInfo: ReadonlyMap<string, string> = new Map();

  constructor(configured: Iterable<KeyValue>) {
    this.#configured = new Map(Array.from(configured, ({ key, value }) => [key, value]));
  }

  /** As written, then in Prometheus's spelling; undefined when absent or empty. */
  get(name: string): string | undefined {
    for (const spelling of spellings(name)) {
      const value = this.#configured.get(spelling) || this.#targetInfo.get(spelling);
      if (value) return value;
    }
    return undefined;
  }

  setTargetInfo(labels: ReadonlyMap<string, string>): void {
    if (sameEntries(labels, this.#targetInfo)) return;
    this.#targetInfo = labels;
    this.version++;
  }
}

/** The resource attributes that the configuration gives, for policies and for the sync request. */
export function configuredAttributes(service: ServiceConfig): KeyValue[] {
  return [
    { key: "service.instance.id", value: service.instanceId },
    { key: "service.name", value: service.name },
    { key: "service.namespace", value: service.namespace },
    { key: "service.version", value: service.version },
    ...service.resourceAttributes,
  ];
}

function sameEntries(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  if (a.size !== b.size) return false;
  for (const [key, value] of a) {
    if (b.get(key) !== value) return false;
  }
  return true;
}
