import { join } from "node:path";
import { isInstalled } from "../../test/support/e2e/peers.ts";
import { freePort } from "../../test/support/e2e/program.ts";
import { binary, type Program } from "../../test/support/e2e/weir_process.ts";
import type { BareVariant } from "./bare_proxy.ts";
import { countedScrape, curlScrape, type Scrape } from "./curl_scrape.ts";
import { type Passing, proxyConfig } from "./nginx_config.ts";
import { isProtobuf, type SampleName } from "./samples.ts";
import { startPrometheus } from "./prometheus_contestant.ts";
import type { Bench } from "./setting.ts";
import type { Workload } from "./workload.ts";

/** A program that runs and can be scraped through. */
export interface Started {
  readonly pid: number;
  /** Where it is scraped; undefined of one that answers no scrapes. */
  readonly url?: string;
  /** What it is scraped for. */
  readonly isProtobuf?: boolean;
  /** One scrape; with `count` its series are counted. */
  scrape(count: boolean): Promise<Scrape>;
  /** Ends the program. */
  stop(): Promise<void>;
}

export interface Contestant {
  readonly name: string;
  /** Why it cannot be asked for this; undefined when it can. */
  readonly refuses: (workload: Workload) => string | undefined;
  readonly start: (bench: Bench, workload: Workload) => Promise<Started>;
  /** Scrapes when it wants to, and would be in the way of the others. */
  readonly alone?: boolean;
}

/** nginx in a process of its own, which hands on what the upstream serves. */
export const NGINX: Contestant = nginx("nginx proxy_pass", "buffers");

/** The same, which hands on at once what it has read, as a proxy that streams does. */
export const UNBUFFERED_NGINX: Contestant = nginx("nginx unbuffered", "streams");

function nginx(name: string, passing: Passing): Contestant {
  return {
    name,
    refuses: () => undefined,
    async start(bench, { sample }) {
      const { origin, pathname } = new URL(bench.sampleUrl(sample));
      const port = await freePort();
      const home = bench.newFolder();
      const config = bench.file("proxy.conf", proxyConfig(home, port, origin, passing));
      const args = ["-c", config, "-p", home, "-e", "stderr"];
      const served = { port, path: pathname, readyPath: "/-/up", sample };
      return await proxy(bench, "nginx", args, served);
    },
  };
}

export const WEIR: Contestant = weir("weir", binary);

/** Weir, and the other versions of it that take part. */
export function weirs({ options: { binaries } }: Bench): [Contestant, ...Contestant[]] {
  return [WEIR, ...[...binaries].map(([name, path]) => weir(name, [path]))];
}

/** Weir as `program` starts it: another version of it, to be measured beside this one. */
function weir(name: string, [command, ...first]: Program): Contestant {
  return {
    name,
    refuses: () => undefined,
    async start(bench, { sample, policies, rules, relabelMode, targets }) {
      const port = await freePort();
      const args = ["--listen", `127.0.0.1:${port}`, "-t", "120s", "--target-metrics", "false"];
      const url = bench.sampleUrl(sample);
      if (targets === undefined) args.push("-H", url);
      for (let target = 0; target < (targets ?? 0); target++) {
        args.push("-H", `${url}?target=${target}`);
      }
      if (policies !== undefined) {
        args.push("--policies", bench.file("policies.json", JSON.stringify({ policies })));
      }
      if (rules !== undefined) {
        const document = { metric_relabel_configs: rules, mode: relabelMode };
        args.push("--relabel-file", bench.file("rules.yaml", JSON.stringify(document)));
      }
      const all = [...first, ...args, "--log-level", "error"];
      const served = { port, path: "/metrics", readyPath: "/_health", sample };
      return await proxy(bench, command, all, served);
    },
  };
}

/** Those of them that whoever runs the benchmark wants to see. */
export function takingPart(bench: Bench, all: readonly Contestant[]): Contestant[] {
  return all.filter(({ name }) => bench.options.contestants?.includes(name) ?? true);
}

/** A proxy of the same runtime that does nothing else. */
export function bareProxy(variant: BareVariant): Contestant {
  return {
    name: `bare ${variant}`,
    refuses: () => undefined,
    async start(bench, { sample }) {
      const port = await freePort();
      const args = [String(port), bench.sampleUrl(sample), variant];
      const served = { port, path: "/metrics", readyPath: "/up", sample };
      return await proxy(bench, bench.bareProxy(), args, served);
    },
  };
}

/** Each where it is on the PATH. */
export const PEERS: readonly Contestant[] = [
  {
    name: "metric-gate",
    refuses: ({ policies, sample }) =>
      notOnPath("metric-gate") ?? (policies && "has no policies") ?? readsText(sample),
    async start(bench, { sample, rules = [] }) {
      const port = await freePort();
      const document = JSON.stringify({ metric_relabel_configs: rules });
      const args = ["-H", bench.sampleUrl(sample), "-p", String(port), "-t", "120s"];
      args.push("--relabel-file", bench.file("rules.yaml", document));
      const served = { port, path: "/metrics", readyPath: "/", sample };
      return await proxy(bench, "metric-gate", args, served);
    },
  },
  {
    name: "edge-prometheus",
    refuses: ({ rules, sample }) =>
      notOnPath("edge-prometheus") ?? (rules && "has no relabel rules") ?? readsText(sample),
    async start(bench, { sample, policies = [] }) {
      const port = await freePort();
      const { origin, pathname } = new URL(bench.sampleUrl(sample));
      const limit = Number.MAX_SAFE_INTEGER;
      const config = bench.file(
        "edge.json",
        JSON.stringify({
          listen_address: "127.0.0.1",
          listen_port: port,
          upstream_url: origin,
          log_level: "error",
          prometheus: { max_input_bytes_per_scrape: limit, max_output_bytes_per_scrape: limit },
          policy_providers: [{
            id: "local",
            type: "file",
            path: bench.file("policies.json", JSON.stringify({ policies })),
          }],
        }),
      );
      const served = { port, path: pathname, readyPath: "/_health", sample };
      return await proxy(bench, "edge-prometheus", [config], served);
    },
  },
  {
    name: "prometheus",
    refuses: ({ policies, work, sample }) =>
      notOnPath("prometheus") ?? (policies && "has no policies") ??
        (work === "sum" ? "does not sum" : undefined) ??
        (isProtobuf(sample) ? "is set to scrape text" : undefined),
    start: startPrometheus,
    alone: true,
  },
  {
    name: "vmagent",
    refuses: () =>
      notOnPath("vmagent") ?? "answers no scrapes: it pushes, and nothing here takes it",
    start: () => Promise.reject(new Error("vmagent is not run")),
  },
];

function readsText(sample: SampleName): string | undefined {
  return isProtobuf(sample) ? "reads text only" : undefined;
}

function notOnPath(program: string): string | undefined {
  return isInstalled(program) ? undefined : "not on the PATH";
}

interface Served {
  readonly port: number;
  readonly path: string;
  /** What is answered with 200 as soon as it can be scraped. */
  readonly readyPath: string;
  readonly sample: SampleName;
}

async function proxy(
  bench: Bench,
  command: string,
  args: readonly string[],
  { port, path, readyPath, sample }: Served,
): Promise<Started> {
  const url = `http://127.0.0.1:${port}`;
  const asked = { url: url + path, isProtobuf: isProtobuf(sample) };
  const running = bench.run(command, args);
  await running.answers(url + readyPath);
  const output = join(bench.folder, "output.prom");
  return {
    pid: running.pid,
    ...asked,
    stop: () => running.stop(),
    scrape: (count) => count ? countedScrape(asked, output) : curlScrape(asked),
  };
}
