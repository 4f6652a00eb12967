import assert from "node:assert/strict";
import type { Manifest } from "./deploy_manifests.ts";

/** A Pod, or an address outside of the cluster. */
export interface Peer {
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Its named ports. */
  readonly ports?: Readonly<Record<string, number>>;
  readonly address?: string;
}

/**
 * Whether a connection passes NetworkPolicies that are all in one namespace: refused by a side that
 * policies select, unless one of these allows it there. Knows what `deploy/` uses of the format and
 * fails on the rest: unknown keys, other operators, address ranges of more than one address.
 */
export function passes(
  policies: readonly Manifest[],
  namespace: string,
  [from, to, port, protocol = "TCP"]: readonly [Peer, Peer, number, string?],
): boolean {
  const sides = [["Egress", from, to, "egress", "to"], ["Ingress", to, from, "ingress", "from"]];
  return (sides as [string, Peer, Peer, string, string][]).every(
    ([type, side, other, rules, key]) => {
      const selected = policies.map(({ spec }) => spec).filter((spec) =>
        spec.policyTypes.includes(type) && side.namespace === namespace &&
        selects(spec.podSelector, side.labels)
      );
      return selected.length === 0 || selected.flatMap((spec) => spec[rules]).some((rule) => {
        onlyKeys(rule, [key, "ports"]);
        return rule[key].some((peer: Manifest) => isPeer(peer, other, namespace)) &&
          rule.ports.some((one: Manifest) => isPort(one, to, port, protocol));
      });
    },
  );
}

function isPeer(peer: Manifest, other: Peer, namespace: string): boolean {
  onlyKeys(peer, ["namespaceSelector", "podSelector", "ipBlock"]);
  if (peer.ipBlock !== undefined) {
    assert.match(peer.ipBlock.cidr, /\/32$/);
    return peer.ipBlock.cidr === `${other.address}/32`;
  }
  if (other.namespace === undefined) return false;
  const inNamespace = peer.namespaceSelector === undefined
    ? other.namespace === namespace
    : selects(peer.namespaceSelector, { "kubernetes.io/metadata.name": other.namespace });
  return inNamespace && selects(peer.podSelector, other.labels);
}

function isPort(one: Manifest, to: Peer, port: number, protocol: string): boolean {
  onlyKeys(one, ["port", "protocol"]);
  const number = typeof one.port === "string" ? to.ports?.[one.port] : one.port;
  return number === port && (one.protocol ?? "TCP") === protocol;
}

function selects(selector: Manifest, labels: Readonly<Record<string, string>> = {}): boolean {
  onlyKeys(selector, ["matchLabels", "matchExpressions"]);
  const { matchLabels = {}, matchExpressions = [] } = selector;
  return Object.entries(matchLabels).every(([name, value]) => labels[name] === value) &&
    matchExpressions.every(({ key, operator, values }: Manifest) => {
      assert.equal(operator, "In");
      return values.includes(labels[key]);
    });
}

function onlyKeys(value: object, known: readonly string[]): void {
  assert.deepEqual(Object.keys(value).filter((key) => !known.includes(key)), []);
}
