/**
 * Rule sets under which no two series of the expositions in `test/expositions` meet, so that
 * Prometheus, which does not aggregate, gives the same. Left out is what Debian's Prometheus 2.42
 * does not have: the dot that matches a newline, label names beyond `[a-zA-Z0-9_]`, and rules that
 * read `le` or `quantile`, which it does not normalise.
 */
export const RULE_SETS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  keep_by_name: [
    { action: "keep", source_labels: ["__name__"], regex: "node_(cpu|disk|memory)_.*" },
  ],
  drop_by_name_and_label: [
    {
      action: "drop",
      source_labels: ["__name__", "mode"],
      regex: "node_cpu_seconds_total;(idle|iowait)",
    },
    { action: "drop", source_labels: ["device"], regex: "lo|veth.+" },
  ],
  labeldrop: [{ action: "labeldrop", regex: "domainname|machine|branch" }],
  labelkeep: [
    { action: "keep", source_labels: ["__name__"], regex: "node_(cpu|network)_.*_total" },
    // Prometheus relabels behind the labels of the target, by which the series are found here.
    { action: "labelkeep", regex: "__name__|cpu|mode|device|job|instance" },
  ],
  joined_with_separator: [
    {
      source_labels: ["device", "mode"],
      separator: "/",
      regex: "(.+)",
      target_label: "what",
      replacement: "<$1>",
    },
  ],
  default_regex_and_replacement: [{ source_labels: ["device"], target_label: "interface" }],
  constant_label: [{ target_label: "team", replacement: "platform" }],
  rename_metrics: [
    {
      source_labels: ["__name__"],
      regex: "node_(.+)",
      target_label: "__name__",
      replacement: "host_${1}",
    },
  ],
  named_groups: [
    {
      source_labels: ["__name__"],
      regex: "(?P<system>[a-z]+)_(?P<rest>.*)",
      target_label: "origin",
      replacement: "${system}:$rest$$",
    },
  ],
  target_template: [
    {
      source_labels: ["mode"],
      regex: "(idle|user|system)",
      target_label: "is_$1",
      replacement: "yes",
    },
  ],
  empty_target_does_nothing: [
    { source_labels: ["mode"], regex: "(.*)", target_label: "${1}", replacement: "yes" },
  ],
  labelmap: [{ action: "labelmap", regex: "(device|mode|handler)", replacement: "copy_of_$1" }],
  labelmap_chain: [
    { action: "labelmap", regex: "device", replacement: "a" },
    { action: "labelmap", regex: "a", replacement: "b" },
    { source_labels: ["b"], regex: "(..).*", target_label: "c" },
    { action: "labeldrop", regex: "a" },
  ],
  hashmod_shard: [
    { action: "hashmod", source_labels: ["__name__"], modulus: 4, target_label: "shard" },
    { action: "keep", source_labels: ["shard"], regex: "1|3" },
  ],
  case: [
    { action: "uppercase", source_labels: ["mode"], target_label: "mode" },
    { action: "lowercase", source_labels: ["sysname", "release"], target_label: "release" },
  ],
  equal: [
    { action: "dropequal", source_labels: ["device"], target_label: "mountpoint" },
    { source_labels: ["mode"], regex: "(.+)", target_label: "same", replacement: "$1" },
    { action: "keepequal", source_labels: ["mode"], target_label: "same" },
  ],
  empty_replacement_deletes: [
    { source_labels: ["version"], regex: ".+", target_label: "goversion", replacement: "" },
  ],
  empty_regex: [
    { source_labels: ["device"], regex: "", target_label: "device", replacement: "none" },
  ],
  anchored_alternation: [{ action: "drop", source_labels: ["mode"], regex: "us|user|sys" }],
  case_insensitive_regex: [
    { action: "drop", source_labels: ["__name__"], regex: "(?i)GO_.*|NODE_DISK.*" },
  ],
};
