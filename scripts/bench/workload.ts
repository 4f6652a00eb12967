import { droppedFrom, type EverydayName } from "./everyday_samples.ts";
import { INSTANCES } from "./other_samples.ts";
import type { SampleName, Work } from "./samples.ts";

interface DropPolicy {
  readonly id: string;
  readonly name: string;
  readonly metric: { readonly match: readonly Matcher[]; readonly keep: boolean };
}

type Matcher = Readonly<Record<string, unknown>>;

/** A sample, and what is done with it: nothing, by policies, or by relabel rules. */
export interface Workload {
  readonly sample: SampleName;
  readonly work: Work;
  readonly policies?: readonly DropPolicy[];
  readonly rules?: readonly Readonly<Record<string, unknown>>[];
  /** What is done with those rules; they are enforced when absent. */
  readonly relabelMode?: "shadow";
  /** So many targets, each of which serves the sample; one when absent. */
  readonly targets?: number;
}

const DROPPED_NAMES =
  "nginx_ingress_controller_(request_size|response_size|header_duration_seconds)_";

export const PASS: Workload = { sample: "ingress", work: "pass" };

export const NAME_POLICY: Workload = {
  ...{ sample: "ingress", work: "name" },
  policies: [policy("sizes", { metric_field: "name", regex: `^${DROPPED_NAMES}` })],
};

export const NAME_RULE: Workload = {
  ...{ sample: "ingress", work: "name" },
  rules: [{ action: "drop", source_labels: ["__name__"], regex: `${DROPPED_NAMES}.*` }],
};

/** The same in protobuf, where whole families are dropped. */
export const PROTOBUF_RULE: Workload = { ...NAME_RULE, sample: "ingress-proto" };

/** Lines to keep and to drop alternate, a dozen of one and two of the other. */
export const BUCKET_RULE: Workload = {
  ...{ sample: "ingress", work: "bucket" },
  rules: [{ action: "drop", source_labels: ["__name__"], regex: ".*_bucket" }],
};

export const LABEL_POLICY: Workload = {
  ...{ sample: "ingress", work: "label" },
  policies: [policy("api", { datapoint_attribute: "path", starts_with: "/api/" })],
};

export const LABEL_RULE: Workload = {
  ...{ sample: "ingress", work: "label" },
  rules: [{ action: "drop", source_labels: ["path"], regex: "/api/.*" }],
};

export const SUM: Workload = {
  ...{ sample: "ingress", work: "sum" },
  rules: [{ action: "labeldrop", regex: "path" }],
};

export const PROTOBUF_SUM: Workload = { ...SUM, sample: "ingress-proto" };

export const TIER: Workload = {
  ...{ sample: "tiered", work: "tier" },
  policies: [policy("debug", { datapoint_attribute: "tier", equals: "debug" })],
};

export const DISTINCT_LABEL: Workload = {
  ...{ sample: "distinct", work: "label" },
  policies: [policy("even", { datapoint_attribute: "path", regex: "^/users/[0-9]*[02468]/" })],
};

export const DISTINCT_RULE: Workload = {
  ...{ sample: "distinct", work: "label" },
  rules: [{ action: "drop", source_labels: ["path"], regex: "/users/[0-9]*[02468]/.*" }],
};

export const CAPTURE: Workload = {
  ...{ sample: "distinct", work: "capture" },
  rules: [{
    source_labels: ["path"],
    regex: "/users/[0-9]+/(.+)",
    target_label: "path",
    replacement: "/users/:id/$1",
  }],
};

/** What is asked of a proxy most often: a label less, and some families less. */
export function everyday(sample: EverydayName | "node-proto"): Workload {
  const { label, names } = droppedFrom(sample === "node-proto" ? "node" : sample);
  return {
    ...{ sample, work: "everyday" },
    rules: [
      { action: "labeldrop", regex: label },
      { action: "drop", source_labels: ["__name__"], regex: names },
    ],
  };
}

/** The series of fifty targets in one, without a label that is the same in all. */
export const FLEET: Workload = {
  ...{ sample: "fleet", work: "pass" },
  rules: [{ action: "labeldrop", regex: "env" }],
};

/** The same without the label that tells the targets apart, too. */
export const SUMMED_FLEET: Workload = {
  ...{ sample: "fleet", work: "sum" },
  rules: [{ action: "labeldrop", regex: "env|instance" }],
};

/** The fifty targets one by one, which have that label no more. */
export const FIFTY_TARGETS: Workload = {
  ...{ sample: "shard", work: "sum", targets: INSTANCES },
  rules: FLEET.rules!,
};

/** node_exporter's families of one kind dropped by a policy on their name. */
export const SMALL_NAME_POLICY: Workload = {
  ...{ sample: "node", work: "name" },
  policies: [policy("collectors", { metric_field: "name", regex: "^node_scrape_collector_" })],
};

/** The policies of `workload` among others that match nothing, `count` in all. */
export function manyPolicies(count: number, workload = LABEL_POLICY): Workload {
  const own = workload.policies!;
  const others = Array.from({ length: count - own.length }, (_, index) => {
    return policy(
      `other-${index}`,
      ...MATCHERS_OF_OTHERS[index % MATCHERS_OF_OTHERS.length](index),
    );
  });
  return { ...workload, policies: [...own, ...others] };
}

/** What the policies of a platform team look like: names mostly, exact, by prefix and by pattern. */
const MATCHERS_OF_OTHERS: readonly ((index: number) => Matcher[])[] = [
  (index) => [{ metric_field: "name", equals: `team_${index}_requests_total` }],
  (index) => [{ metric_field: "name", starts_with: `app_${index}_` }],
  (index) => [{ metric_field: "name", regex: `^svc_${index}_(http|grpc)_.*_bucket$` }],
  (index) => [{ datapoint_attribute: "path", starts_with: `/internal/${index}/` }],
  (index) => [
    { metric_field: "name", regex: "^nginx_ingress_controller_.*_bucket$" },
    { datapoint_attribute: "path", regex: `^/shop-${index}/.*` },
  ],
];

function policy(id: string, ...match: Matcher[]): DropPolicy {
  return { id, name: `Drop ${id}`, metric: { match, keep: false } };
}
