import type { Families } from "../exposition/families.ts";
import type { PolicySet } from "./policy_set.ts";
import type { ResourceAttributes } from "./resource_attributes.ts";
import { SampleDecider } from "./sample_decider.ts";
import { type CacheBounds, SignatureCache } from "./signature_cache.ts";

/** A policy set together with what it remembers: what scrapes begin with, and keep to their end. */
export class PolicyEngine {
  readonly #set: PolicySet;
  readonly #cache: SignatureCache;
  readonly #resource: ResourceAttributes;

  constructor(set: PolicySet, resource: ResourceAttributes, bounds?: CacheBounds) {
    this.#set = set;
    this.#cache = new SignatureCache(set, bounds);
    this.#resource = resource;
  }

  get readsMetadata(): boolean {
    return this.#set.readsMetadata;
  }

  /** What decides the samples of one scrape, and counts them as the policies' hits. */
  decider(families: Families, openMetrics: boolean): SampleDecider {
    return new SampleDecider(this.#set, this.#cache, families, this.#resource, openMetrics);
  }

  /** The same for samples that another decider counts: a subset's are those of its scrape. */
  secondDecider(families: Families, openMetrics: boolean): SampleDecider {
    return new SampleDecider(this.#set, this.#cache, families, this.#resource, openMetrics, false);
  }

  /** Brings the policies' hits and misses up to date. */
  settle(): void {
    this.#set.settle();
  }
}
