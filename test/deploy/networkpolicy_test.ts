/** `deploy/networkpolicy.yaml`: who reaches whom, with the Pods of the other manifests. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { byName, documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { passes, type Peer } from "../support/deploy/network_policies.ts";
import { containersOf } from "../support/deploy/pod_security.ts";

const policies = documents("networkpolicy.yaml");

/** The Pod that a workload makes. */
function podOf(workload: Manifest): Peer {
  const { metadata, spec } = workload.spec.template;
  const ports = containersOf(spec).flatMap(({ ports }) => ports);
  return {
    namespace: "shop",
    labels: metadata.labels,
    ports: Object.fromEntries(ports.map(({ name, containerPort }) => [name, containerPort])),
  };
}

const app = podOf(documents("sidecar.yaml")[1]);
const native = podOf(documents("native-sidecar.yaml")[1]);
const gateway = podOf(documents("gateway/deployment.yaml")[1]);
const shard = podOf(documents("gateway/statefulset.yaml")[2]);
const prometheusLabels = { "app.kubernetes.io/name": "prometheus" };
const prometheus: Peer = { namespace: "monitoring", labels: prometheusLabels };
const impostor: Peer = { namespace: "shop", labels: prometheusLabels };
const grafana: Peer = { namespace: "monitoring", labels: { "app.kubernetes.io/name": "grafana" } };
const neighbour: Peer = { namespace: "shop", labels: { app: "cart" } };
const stranger: Peer = { namespace: "games", labels: { app: "my-app" } };
const dns: Peer = { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } };
const policyServer: Peer = { address: "192.0.2.10" };
const internet: Peer = { address: "203.0.113.9" };
const metadataService: Peer = { address: "169.254.169.254" };

const cases: { name: string; connection: [Peer, Peer, number, string?]; passes: boolean }[] = [
  { name: "Prometheus scrapes a sidecar", connection: [prometheus, app, 9090], passes: true },
  { name: "and a native one", connection: [prometheus, native, 9090], passes: true },
  { name: "and the gateway", connection: [prometheus, gateway, 9090], passes: true },
  { name: "and its shards", connection: [prometheus, shard, 9090], passes: true },
  { name: "but not past Weir", connection: [prometheus, app, 8080], passes: false },
  { name: "the gateway scrapes a sidecar", connection: [gateway, app, 9090], passes: true },
  { name: "and so does a shard", connection: [shard, app, 9090], passes: true },
  { name: "but not the application", connection: [gateway, app, 8080], passes: false },
  {
    name: "another Pod of Prometheus's namespace",
    connection: [grafana, app, 9090],
    passes: false,
  },
  { name: "Prometheus's label elsewhere", connection: [impostor, app, 9090], passes: false },
  { name: "a neighbour asks a sidecar", connection: [neighbour, app, 9090], passes: false },
  { name: "a neighbour asks the gateway", connection: [neighbour, gateway, 9090], passes: false },
  { name: "a neighbour uses the application", connection: [neighbour, app, 8080], passes: true },
  { name: "another namespace uses it", connection: [stranger, app, 8080], passes: false },
  { name: "the outside asks a sidecar", connection: [internet, app, 9090], passes: false },
  { name: "the outside asks the gateway", connection: [internet, gateway, 9090], passes: false },
  { name: "names over UDP", connection: [gateway, dns, 53, "UDP"], passes: true },
  { name: "names over TCP", connection: [app, dns, 53], passes: true },
  { name: "another port there", connection: [gateway, dns, 9153], passes: false },
  { name: "a sidecar's policy server", connection: [app, policyServer, 443], passes: true },
  { name: "the gateway's", connection: [gateway, policyServer, 443], passes: true },
  { name: "without TLS", connection: [gateway, policyServer, 80], passes: false },
  { name: "the gateway asks the outside", connection: [gateway, internet, 443], passes: false },
  { name: "a sidecar asks the outside", connection: [app, internet, 443], passes: false },
  { name: "the node's credentials", connection: [app, metadataService, 80], passes: false },
  { name: "a gateway asks neighbours", connection: [gateway, neighbour, 9090], passes: false },
  { name: "a gateway asks a namesake", connection: [gateway, stranger, 9090], passes: false },
];

describe("networkpolicy.yaml", () => {
  for (const { name, connection, passes: wanted } of cases) {
    test(`${name}: ${wanted ? "passes" : "is refused"}`, () => {
      assert.equal(passes(policies, "shop", connection), wanted);
    });
  }

  test("every policy selects Pods that the other manifests make", () => {
    const labels = [app, gateway].map((pod) => pod.labels!.app);
    for (const { metadata, spec: { podSelector: { matchLabels, matchExpressions } } } of policies) {
      const selected = matchLabels === undefined ? matchExpressions[0].values : [matchLabels.app];
      assert.deepEqual(
        selected.filter((label: string) => !labels.includes(label)),
        [],
        metadata.name,
      );
    }
    byName(policies.map(({ metadata }) => metadata), "weir-gateway");
  });
});
