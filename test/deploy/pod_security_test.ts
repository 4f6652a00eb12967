/** The rules of the "restricted" Pod Security Standard, and every Pod in `deploy/` held to them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deployFiles, documents, type Manifest } from "../support/deploy/deploy_manifests.ts";
import { containersOf, podSecurityViolations } from "../support/deploy/pod_security.ts";

/** Every kind that stands in `deploy/`, and where it holds a Pod. */
const podTemplates: Readonly<Record<string, ((manifest: Manifest) => Manifest) | undefined>> = {
  Deployment: ({ spec }) => spec.template,
  StatefulSet: ({ spec }) => spec.template,
  ConfigMap: undefined,
  NetworkPolicy: undefined,
  PodDisruptionBudget: undefined,
  PodMonitor: undefined,
  ScrapeConfig: undefined,
  Service: undefined,
  ServiceMonitor: undefined,
};

const manifests = deployFiles().flatMap((file) =>
  documents(file).filter(({ kind }) => kind !== undefined).map((manifest) => ({ file, manifest }))
);

test("every kind of manifest is known here", () => {
  const kinds = new Set(manifests.map(({ manifest }) => manifest.kind));
  assert.deepEqual([...kinds].filter((kind) => !(kind in podTemplates)), []);
});

const pods = manifests.flatMap(({ file, manifest }) => {
  const template = podTemplates[manifest.kind]?.(manifest);
  return template === undefined ? [] : [{ file, template }];
});

test("all workloads are looked at", () => {
  const files = ["gateway/deployment.yaml", "gateway/statefulset.yaml", "native-sidecar.yaml"];
  assert.deepEqual(pods.map(({ file }) => file), [...files, "routes.yaml", "sidecar.yaml"]);
});

for (const { file, template: { spec, metadata } } of pods) {
  describe(file, () => {
    test("meets the restricted Pod Security Standard", () => {
      assert.deepEqual(podSecurityViolations(spec, metadata.annotations), []);
    });

    test("has no token of the cluster's API", () => {
      assert.equal(spec.automountServiceAccountToken, false);
    });

    test("runs Weir without a writable root, as the image's user, within resources", () => {
      const weir = containersOf(spec).filter(({ name }) => name === "weir");
      assert.equal(weir.length, 1);
      const [{ securityContext, resources, volumeMounts }] = weir;
      assert.equal(securityContext.readOnlyRootFilesystem, true);
      assert.deepEqual([securityContext.runAsUser, securityContext.runAsGroup], [65532, 65532]);
      assert.deepEqual(Object.keys(resources.limits), ["memory"]);
      for (const { name, readOnly } of volumeMounts) {
        assert.equal(readOnly === true || name === "state", true, name);
      }
    });
  });
}

const restricted = {
  runAsNonRoot: true,
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  seccompProfile: { type: "RuntimeDefault" },
};

/** One container, `a`, with these fields in place of a compliant one's. */
function pod(context: Manifest, container: Manifest = {}, spec: Manifest = {}): Manifest {
  const securityContext = { ...restricted, ...context };
  return { containers: [{ name: "a", securityContext, ...container }], ...spec };
}

const none: string[] = [];
const probe = { livenessProbe: { httpGet: { path: "/", host: "169.254.169.254" } } };
const hook = { lifecycle: { preStop: { tcpSocket: { host: "db", port: 1 } } } };
const outer = { securityContext: { runAsNonRoot: true, seccompProfile: { type: "Localhost" } } };

const cases: { name: string; spec: Manifest; found: string[] }[] = [
  { name: "a compliant Pod", spec: pod({}), found: none },
  {
    name: "a Pod that says it for its containers",
    spec: pod({ runAsNonRoot: undefined, seccompProfile: undefined }, {}, outer),
    found: none,
  },
  {
    name: "a container that says nothing",
    spec: { containers: [{ name: "a" }] },
    found: [
      "a: Seccomp: none is set",
      "a: Capabilities: drop: []",
      "a: Privilege Escalation: not forbidden",
      "a: Running as Non-root: not demanded",
    ],
  },
  {
    name: "a container that takes back what the Pod says",
    spec: pod({ runAsNonRoot: false, seccompProfile: { type: "Unconfined" } }, {}, outer),
    found: ["a: Seccomp: Unconfined", "a: Running as Non-root: not demanded"],
  },
  {
    name: "a Pod that asks for root, and its container does not",
    spec: pod({}, {}, { securityContext: { runAsNonRoot: false, runAsUser: 0 } }),
    found: [
      "pod: Running as Non-root: runAsNonRoot: false",
      "pod: Running as Non-root user: runAsUser: 0",
    ],
  },
  {
    name: "init and ephemeral containers",
    spec: pod({}, {}, { initContainers: [{ name: "b" }], ephemeralContainers: [{ name: "c" }] }),
    found: ["b", "c"].flatMap((name) => [
      `${name}: Seccomp: none is set`,
      `${name}: Capabilities: drop: []`,
      `${name}: Privilege Escalation: not forbidden`,
      `${name}: Running as Non-root: not demanded`,
    ]),
  },
  {
    name: "the node's namespaces",
    spec: pod({}, {}, { hostPID: true }),
    found: ["pod: Host Namespaces: hostPID"],
  },
  {
    name: "the node's network",
    spec: pod({}, {}, { hostNetwork: true }),
    found: ["pod: Host Namespaces: hostNetwork"],
  },
  {
    name: "a folder of the node",
    spec: pod({}, {}, { volumes: [{ name: "v", emptyDir: {} }, { name: "w", hostPath: {} }] }),
    found: ["pod: Volume Types: hostPath"],
  },
  {
    name: "a volume of a network",
    spec: pod({}, {}, { volumes: [{ name: "v", nfs: { server: "s" } }] }),
    found: ["pod: Volume Types: nfs"],
  },
  {
    name: "privileged",
    spec: pod({ privileged: true }),
    found: ["a: Privileged Containers: privileged"],
  },
  {
    name: "escalation that is not forbidden",
    spec: pod({ allowPrivilegeEscalation: undefined }),
    found: ["a: Privilege Escalation: not forbidden"],
  },
  {
    name: "root by number",
    spec: pod({ runAsUser: 0 }),
    found: ["a: Running as Non-root user: runAsUser: 0"],
  },
  {
    name: "the one capability that may be had",
    spec: pod({ capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] } }),
    found: none,
  },
  {
    name: "another capability",
    spec: pod({ capabilities: { drop: ["ALL"], add: ["NET_RAW"] } }),
    found: ["a: Capabilities: add: NET_RAW"],
  },
  {
    name: "capabilities dropped one by one",
    spec: pod({ capabilities: { drop: ["NET_RAW", "KILL"] } }),
    found: ["a: Capabilities: drop: [NET_RAW, KILL]"],
  },
  {
    name: "a port of the node",
    spec: pod({}, { ports: [{ containerPort: 1 }, { containerPort: 2, hostPort: 3 }] }),
    found: ["a: Host Ports: hostPort: 3"],
  },
  {
    name: "a probe of another host",
    spec: pod({}, probe),
    found: ["a: Host Probes / Lifecycle Hooks: livenessProbe: host: 169.254.169.254"],
  },
  {
    name: "a hook that asks another host",
    spec: pod({}, hook),
    found: ["a: Host Probes / Lifecycle Hooks: preStop: host: db"],
  },
  {
    name: "AppArmor off",
    spec: pod({ appArmorProfile: { type: "Unconfined" } }),
    found: ["a: AppArmor: Unconfined"],
  },
  {
    name: "another SELinux type",
    spec: pod({ seLinuxOptions: { type: "spc_t" } }),
    found: ["a: SELinux: type: spc_t"],
  },
  {
    name: "another SELinux role",
    spec: pod({ seLinuxOptions: { role: "system_r" } }),
    found: ["a: SELinux: role: system_r"],
  },
  {
    name: "all of /proc",
    spec: pod({ procMount: "Unmasked" }),
    found: ["a: /proc Mount Type: procMount: Unmasked"],
  },
  {
    name: "a sysctl of the whole node",
    spec: pod({}, {}, { securityContext: { sysctls: [{ name: "kernel.msgmax", value: "1" }] } }),
    found: ["pod: Sysctls: kernel.msgmax"],
  },
  {
    name: "a process of a Windows host",
    spec: pod({ windowsOptions: { hostProcess: true } }),
    found: ["a: HostProcess: hostProcess"],
  },
];

for (const { name, spec, found } of cases) {
  test(`Pod Security: ${name}`, () => assert.deepEqual(podSecurityViolations(spec), found));
}

test("Pod Security: AppArmor off by annotation", () => {
  const key = "container.apparmor.security.beta.kubernetes.io/a";
  const found = [`pod: AppArmor: ${key}: unconfined`];
  assert.deepEqual(podSecurityViolations(pod({}), { [key]: "unconfined" }), found);
  assert.deepEqual(podSecurityViolations(pod({}), { [key]: "localhost/weir" }), none);
});
