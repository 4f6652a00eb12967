import { spawn } from "node:child_process";
import { Resolver } from "node:dns/promises";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "./eventually.ts";
import { plainEnvironment } from "./program.ts";
import { temporaryFolder } from "./temporary_folder.ts";
import { binary, type Program } from "./weir_process.ts";

/** Addresses by name; all names end in `.test`. */
export type Hosts = Readonly<Record<string, readonly string[]>>;

/** dnsmasq on a loopback address of its own, and Weir as a program that resolves names there. */
export interface NameServer {
  readonly weir: Program;
  /** Another program in the place of the binary. */
  running(program: Program): Program;
  /** Puts these in the place of all names before, and waits until they are served. */
  setHosts(hosts: Hosts): Promise<void>;
}

/** Needs root: for port 53, and for the mount that gives Weir alone another resolv.conf. */
export async function startNameServer(context: TestContext, hosts: Hosts): Promise<NameServer> {
  const folder = temporaryFolder(context);
  const address = `127.${[1, 2, 3].map(() => 1 + Math.floor(Math.random() * 250)).join(".")}`;
  const file = join(folder, "hosts");
  writeFileSync(file, hostsText(hosts));
  const dnsmasq = spawn("dnsmasq", [
    "--no-daemon",
    "--conf-file=/dev/null",
    "--no-resolv",
    "--no-hosts",
    "--local=/test/",
    `--addn-hosts=${file}`,
    `--listen-address=${address}`,
    "--bind-interfaces",
  ], { env: plainEnvironment(), stdio: ["ignore", "ignore", "pipe"] });
  let stderr = "";
  dnsmasq.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  context.after(async () => {
    if (dnsmasq.exitCode !== null) return;
    dnsmasq.kill("SIGKILL");
    await once(dnsmasq, "exit");
  });
  const served = (hosts: Hosts) =>
    eventually("the names are served", async () => {
      if (dnsmasq.exitCode !== null) throw new Error(stderr);
      // One that has asked before may remember what it was told.
      const resolver = new Resolver({ timeout: 500, tries: 1 });
      resolver.setServers([address]);
      for (const [name, addresses] of Object.entries(hosts)) {
        const four = await resolver.resolve4(name).catch(() => []);
        const six = await resolver.resolve6(name).catch(() => []);
        if ([...four, ...six].sort().join() !== addresses.toSorted().join()) return false;
      }
      return true;
    });
  await served(hosts);
  const running = (program: Program): Program => {
    return ["unshare", "--mount", ...resolvingAt(folder, address), ...program];
  };
  return {
    weir: running(binary),
    running,
    setHosts: async (hosts) => {
      writeFileSync(file, hostsText(hosts));
      dnsmasq.kill("SIGHUP");
      await served(hosts);
    },
  };
}

function hostsText(hosts: Hosts): string {
  const lines = Object.entries(hosts).flatMap(([name, addresses]) =>
    addresses.map((address) => `${address} ${name}\n`)
  );
  return lines.join("");
}

/** The start of a command that runs its rest with these files over /etc's, in a mount namespace. */
function resolvingAt(folder: string, address: string): string[] {
  const files = { "resolv.conf": `nameserver ${address}\n`, "nsswitch.conf": "hosts: files dns\n" };
  const mounts = Object.entries(files).map(([name, text]) => {
    writeFileSync(join(folder, name), text);
    return existsSync(`/etc/${name}`) ? `mount --bind ${join(folder, name)} /etc/${name}` : "true";
  });
  return ["sh", "-c", `${mounts.join(" && ")} && exec "$@"`, "sh"];
}
