import { MAX_SIGNATURES } from "../bounds.ts";
import type { Matcher } from "./matcher.ts";
import type { Decision, PolicySet, Progress } from "./policy_set.ts";
import type { ResourceAttributes } from "./resource_attributes.ts";
import { type PolicySample, SampleReader } from "./sample_reader.ts";

/** A policy set over the lines of expositions: what scrapes begin with, and keep to their end. */
export class PolicyEngine {
  /** Rises when decisions that were handed out must not be counted on any more. */
  epoch = 0;
  readonly #set: PolicySet;
  readonly #resource: ResourceAttributes;
  readonly #reader: SampleReader;
  readonly #maxDecisions: number;

  constructor(set: PolicySet, resource: ResourceAttributes, maxDecisions = MAX_SIGNATURES) {
    this.#set = set;
    this.#resource = resource;
    this.#reader = new SampleReader(resource);
    this.#maxDecisions = maxDecisions;
  }

  /** True when a policy reads HELP, TYPE or UNIT. */
  get readsMetadata(): boolean {
    return this.#set.readsMetadata;
  }

  get readsResource(): boolean {
    return this.#set.readsResource;
  }

  /** Labels that only regexes read, with those: see `PolicySet.observable`. */
  get observable(): ReadonlyMap<string, readonly Matcher[]> {
    return this.#set.observable;
  }

  /** Rises when an attribute of the resource is another one, which decisions may rest on. */
  get resourceVersion(): number {
    return this.#set.readsResource ? this.#resource.version : 0;
  }

  /** What the sample's name and family decide. Throws when a policy cannot be evaluated. */
  decideFamily(sample: PolicySample): Progress {
    return this.#set.decideFamily(this.#reader.of(sample));
  }

  /**
   * What the sample's name and family alone decide, whatever its labels are: undefined unless it is
   * dropped. Throws when a policy cannot be evaluated.
   */
  decideName(sample: PolicySample): Decision | undefined {
    return this.#set.decideName(this.#reader.of(sample));
  }

  /** The labels whose values decide the rest. */
  labelsRead(progress: Progress): readonly string[] {
    return this.#set.labelsRead(progress);
  }

  /**
   * What the sample's labels decide: all of it, or how far that leads. Throws when a policy cannot be
   * evaluated.
   */
  decideLabels(progress: Progress, sample: PolicySample): Decision | Progress {
    const reader = this.#reader.of(sample);
    const decided = this.#set.decideLabels(progress, reader);
    return decided.open.length === 0 ? this.#set.decideNumbers(decided, reader) : decided;
  }

  /** The rest, by the sample's value and timestamp. Throws when a policy cannot be evaluated. */
  decideNumbers(progress: Progress, sample: PolicySample): Decision {
    return this.#set.decideNumbers(progress, this.#reader.of(sample));
  }

  /** All steps at once. */
  decide(sample: PolicySample): Decision {
    return this.#set.decide(this.#reader.of(sample));
  }

  /** Takes the resource's attributes from a `target_info` sample. */
  learnResource(sample: PolicySample): void {
    this.#resource.setTargetInfo(this.#reader.of(sample).labels());
  }

  /** Forgets the decisions met so far when they are too many; true when that happened. */
  makeRoom(): boolean {
    if (this.#set.outcomes < this.#maxDecisions) return false;
    this.#set.forget();
    this.epoch++;
    return true;
  }

  /** Brings the policies' hits and misses up to date. */
  settle(): void {
    this.#set.settle();
  }
}
