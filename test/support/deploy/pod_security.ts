import type { Manifest } from "./deploy_manifests.ts";

/**
 * What a Pod's spec has against the "restricted" Pod Security Standard, all of "baseline" included:
 * `where: rule: what was found`, one line each, with the rules' names as Kubernetes's documentation
 * has them. `annotations` are the Pod's: an older way to set AppArmor's profile.
 */
export function podSecurityViolations(spec: Manifest, annotations: Manifest = {}): string[] {
  const found = Object.entries(POD_RULES).map(([rule, judge]) => line("pod", rule, judge(spec)));
  for (const [key, value] of Object.entries<string>(annotations)) {
    if (!key.startsWith("container.apparmor.security.beta.kubernetes.io/")) continue;
    if (value === "runtime/default" || value.startsWith("localhost/")) continue;
    found.push(line("pod", "AppArmor", `${key}: ${value}`));
  }
  for (const container of containersOf(spec)) {
    for (const [rule, judge] of Object.entries(CONTAINER_RULES)) {
      found.push(line(container.name, rule, judge(container, spec.securityContext ?? {})));
    }
  }
  return found.filter((text) => text !== undefined);
}

/** Every container of a Pod, whatever its kind. */
export function containersOf(spec: Manifest): Manifest[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) =>
    spec[list] ?? []
  );
}

function line(where: string, rule: string, found: string | undefined): string | undefined {
  return found === undefined ? undefined : `${where}: ${rule}: ${found}`;
}

/** Each returns what it found wrong. */
const POD_RULES: Readonly<Record<string, (spec: Manifest) => string | undefined>> = {
  "Host Namespaces": (spec) => ["hostNetwork", "hostPID", "hostIPC"].find((key) => spec[key]),
  "HostProcess": ({ securityContext }) => hostProcess(securityContext),
  "AppArmor": ({ securityContext }) => appArmor(securityContext),
  "SELinux": ({ securityContext }) => seLinux(securityContext),
  "Seccomp": ({ securityContext }) => seccomp(securityContext),
  "Running as Non-root": ({ securityContext }) =>
    securityContext?.runAsNonRoot === false ? "runAsNonRoot: false" : undefined,
  "Running as Non-root user": ({ securityContext }) => rootUser(securityContext),
  "Sysctls": ({ securityContext }) =>
    securityContext?.sysctls?.find(({ name }: Manifest) => !SAFE_SYSCTLS.has(name))?.name,
  "Volume Types": ({ volumes }) => {
    const sources = (volumes ?? []).flatMap(({ name: _, ...source }: Manifest) =>
      Object.keys(source)
    );
    return sources.find((source: string) => !VOLUME_TYPES.has(source));
  },
};

const CONTAINER_RULES: Readonly<
  Record<string, (container: Manifest, pod: Manifest) => string | undefined>
> = {
  "HostProcess": ({ securityContext }) => hostProcess(securityContext),
  "Privileged Containers": ({ securityContext }) =>
    securityContext?.privileged ? "privileged" : undefined,
  "Host Ports": ({ ports }) => {
    const port = ports?.find(({ hostPort }: Manifest) => hostPort);
    return port && `hostPort: ${port.hostPort}`;
  },
  "Host Probes / Lifecycle Hooks": probeHost,
  "AppArmor": ({ securityContext }) => appArmor(securityContext),
  "SELinux": ({ securityContext }) => seLinux(securityContext),
  "/proc Mount Type": ({ securityContext }) => {
    const type = securityContext?.procMount ?? "Default";
    return type === "Default" ? undefined : `procMount: ${type}`;
  },
  "Seccomp": ({ securityContext }, pod) =>
    seccomp(securityContext) ??
      (securityContext?.seccompProfile ?? pod.seccompProfile ? undefined : "none is set"),
  "Capabilities": ({ securityContext }) => {
    const { add = [], drop = [] } = securityContext?.capabilities ?? {};
    if (!drop.includes("ALL")) return `drop: [${drop.join(", ")}]`;
    const added = add.find((name: string) => name !== "NET_BIND_SERVICE");
    return added && `add: ${added}`;
  },
  "Privilege Escalation": ({ securityContext }) =>
    securityContext?.allowPrivilegeEscalation === false ? undefined : "not forbidden",
  "Running as Non-root": ({ securityContext }, pod) =>
    (securityContext?.runAsNonRoot ?? pod.runAsNonRoot) === true ? undefined : "not demanded",
  "Running as Non-root user": ({ securityContext }) => rootUser(securityContext),
};

function hostProcess(context: Manifest): string | undefined {
  return context?.windowsOptions?.hostProcess ? "hostProcess" : undefined;
}

function appArmor(context: Manifest): string | undefined {
  const type = context?.appArmorProfile?.type ?? "RuntimeDefault";
  return PROFILES.has(type) ? undefined : type;
}

function seccomp(context: Manifest): string | undefined {
  const type = context?.seccompProfile?.type ?? "RuntimeDefault";
  return PROFILES.has(type) ? undefined : type;
}

function seLinux(context: Manifest): string | undefined {
  const { type = "", user = "", role = "" } = context?.seLinuxOptions ?? {};
  if (!SELINUX_TYPES.has(type)) return `type: ${type}`;
  if (user !== "") return `user: ${user}`;
  return role === "" ? undefined : `role: ${role}`;
}

function rootUser(context: Manifest): string | undefined {
  return context?.runAsUser === 0 ? "runAsUser: 0" : undefined;
}

/** A probe or hook that names a host has the kubelet ask other machines. */
function probeHost(container: Manifest): string | undefined {
  const { livenessProbe, readinessProbe, startupProbe, lifecycle } = container;
  const handlers = { livenessProbe, readinessProbe, startupProbe, ...lifecycle };
  for (const [name, handler] of Object.entries<Manifest>(handlers)) {
    const host = handler?.httpGet?.host ?? handler?.tcpSocket?.host ?? "";
    if (host !== "") return `${name}: host: ${host}`;
  }
}

const PROFILES = new Set(["RuntimeDefault", "Localhost"]);

const SELINUX_TYPES = new Set([
  "",
  "container_t",
  "container_init_t",
  "container_kvm_t",
  "container_engine_t",
]);

const VOLUME_TYPES = new Set([
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "persistentVolumeClaim",
  "projected",
  "secret",
]);

const SAFE_SYSCTLS = new Set([
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
]);
