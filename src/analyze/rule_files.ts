import type { RelabelConfig } from "../relabel/relabel_config.ts";
import { ACTIONS } from "../relabel/actions.ts";
import { blockYaml, type RuleText, ruleText, ruleYaml, scalarYaml } from "./rule_yaml.ts";

/** Plain data: rules in a form that something takes. */
export interface RuleFile {
  /** Of which tab it is. */
  readonly id: string;
  readonly title: string;
  /** What it is called where it is saved. */
  readonly name: string;
  /** Undefined where the rules cannot be said so; `notes` tell why. */
  readonly text: string | undefined;
  /** What has to be known about it, a sentence each without its full stop. */
  readonly notes: readonly string[];
}

/** Where the rules apply, as far as files can say it. */
export interface ScrapedTarget {
  readonly scheme: string;
  readonly address: string;
  readonly path: string;
}

/** Returns the files that take relabel rules: `text` as it was written, else the rules that it has. */
export function ruleFiles(
  text: string,
  rules: readonly RelabelConfig[],
  target: ScrapedTarget | undefined,
): readonly RuleFile[] {
  const file = `${text.replaceAll("\r\n", "\n").trimEnd()}\n`;
  const texts = rules.map(ruleText);
  const notes = rules.length === 0 ? ["There is no rule"] : prometheusNotes(rules);
  const monitors = notes.concat(monitorNotes(rules));
  return [
    {
      id: "relabel",
      title: "Relabel file",
      name: "relabel.yaml",
      text: file,
      notes: ["For --relabel, or as a part of a configuration file"],
    },
    {
      id: "configmap",
      title: "ConfigMap",
      name: "weir-rules.configmap.yaml",
      text: configMap(file),
      notes: ["To be mounted as a folder, in which --relabel-file names relabel.yaml"],
    },
    { id: "job", title: "Prometheus job", name: "job.yaml", text: job(texts, target), notes },
    {
      id: "service-monitor",
      title: "ServiceMonitor",
      name: "servicemonitor.yaml",
      text: monitor("ServiceMonitor", "endpoints", texts, target),
      notes: monitors,
    },
    {
      id: "pod-monitor",
      title: "PodMonitor",
      name: "podmonitor.yaml",
      text: monitor("PodMonitor", "podMetricsEndpoints", texts, target),
      notes: monitors,
    },
  ];
}

function configMap(text: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: weir-rules
data:
  relabel.yaml: ${blockYaml(text, 4)}
`;
}

/** What is other in Prometheus than here. */
function prometheusNotes(rules: readonly RelabelConfig[]): string[] {
  const changes = rules.some(({ action }) => ACTIONS[action].effect !== "filter");
  return [
    "Without Weir: Prometheus receives everything, and drops it afterwards",
    ...changes
      ? ["Of series that become alike Prometheus keeps one sample; Weir adds them up"]
      : [],
  ];
}

/** Names that an API of the operator may not take. */
function monitorNotes(rules: readonly RelabelConfig[]): string[] {
  const names = rules.flatMap(({ sourceLabels }) => sourceLabels);
  const odd = names.filter((name) => !/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name));
  return odd.length === 0 ? [] : [
    `The Prometheus Operator takes names in sourceLabels only as they were before UTF-8: ${
      odd.join(", ")
    }`,
  ];
}

function job(rules: readonly RuleText[], target: ScrapedTarget | undefined): string {
  const { scheme, address, path } = target ?? UNKNOWN;
  return `# The job's name and its targets are yours.
scrape_configs:
- job_name: my-app
  scheme: ${scheme}
  metrics_path: ${scalarYaml(path)}
  static_configs:
  - targets: [${JSON.stringify(address)}]
  metric_relabel_configs:${list(rules, 2)}
`;
}

const UNKNOWN: ScrapedTarget = { scheme: "http", address: "localhost:8080", path: "/metrics" };

function monitor(
  kind: "ServiceMonitor" | "PodMonitor",
  endpoints: string,
  rules: readonly RuleText[],
  target: ScrapedTarget | undefined,
): string {
  const { scheme, path } = target ?? UNKNOWN;
  return `# The names, the selector and the port are yours.
apiVersion: monitoring.coreos.com/v1
kind: ${kind}
metadata:
  name: my-app
spec:
  selector:
    matchLabels:
      app: my-app
  ${endpoints}:
  - port: metrics
    scheme: ${scheme}
    path: ${scalarYaml(path)}
    metricRelabelings:${list(rules.map(camelCased), 4)}
`;
}

/** As the API of the operator has it: `sourceLabels`, `targetLabel`. */
function camelCased(rule: RuleText): RuleText {
  return Object.fromEntries(
    Object.entries(rule).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}

function list(rules: readonly RuleText[], indent: number): string {
  if (rules.length === 0) return " []";
  const lines = rules.flatMap((rule) => ruleYaml(rule).split("\n"));
  return `\n${lines.map((line) => " ".repeat(indent) + line).join("\n")}`;
}
