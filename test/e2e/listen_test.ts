/** Where Weir listens: TCP addresses and Unix sockets, by flag, variable and file. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createServer } from "node:net";
import { temporaryFolder } from "../support/e2e/temporary_folder.ts";
import { serverSection, WebFolder } from "../support/e2e/web_config.ts";
import {
  binary,
  denoSource,
  type Program,
  runWeir,
  startWeir,
  withoutIpv6,
} from "../support/e2e/weir_process.ts";
import { curl } from "../support/e2e/curl.ts";
import { peerTest } from "../support/e2e/peers.ts";
import { freePort, plainEnvironment, runProgram } from "../support/e2e/program.ts";
import { gauges, servingUpstream } from "../support/e2e/upstreams.ts";

const text = gauges(3);

peerTest(["curl"], "--listen unix:PATH answers on the socket, which goes at the end", async (t) => {
  const socket = join(temporaryFolder(t), "weir.sock");
  const upstream = await servingUpstream(t, text);
  const args = ["-H", upstream, "--listen", `unix:${socket}`];
  const weir = await startWeir(t, args, { listen: false });
  assert.equal(weir.socket, socket);
  assert.ok(statSync(socket).isSocket());
  const answer = await curl("http://localhost/metrics", "--unix-socket", socket);
  assert.deepEqual([answer.exitCode, answer.body.toString()], [0, text]);
  assert.equal(await weir.stop(), 0, weir.stderr);
  assert.equal(existsSync(socket), false);
});

peerTest(["curl"], "the socket file that a killed Weir left is replaced", async (t) => {
  const socket = join(temporaryFolder(t), "weir.sock");
  const args = ["-H", await servingUpstream(t, text), "--listen", `unix:${socket}`];
  const first = await startWeir(t, args, { listen: false });
  await first.kill();
  assert.ok(statSync(socket).isSocket());
  const second = await startWeir(t, args, { listen: false });
  const answer = await curl("http://localhost/metrics", "--unix-socket", socket);
  assert.equal(answer.body.toString(), text);
  assert.equal(await second.stop(), 0);
});

peerTest([], "a file that is no socket is left alone: exit 1", async (t) => {
  const path = join(temporaryFolder(t), "precious");
  writeFileSync(path, "precious");
  const run = await runWeir(["--listen", `unix:${path}`]);
  assert.equal(run.exitCode, 1);
  assert.match(run.stderr, /precious: exists and is not a socket/);
  assert.equal(statSync(path).size, 8);
});

for (const [name, program] of [["binary", binary], ["Deno", denoSource]] as const) {
  peerTest(
    ["root", "setpriv"],
    `${name}: an address that cannot be had: exit 1, with what to do`,
    async (t) => {
      const other = createServer().listen(0, "127.0.0.1");
      t.after(() => other.close());
      await once(other, "listening");
      const { port } = other.address() as { port: number };
      const folder = temporaryFolder(t);
      const socket = join(folder, "weir.sock");
      await startWeir(t, ["--demo", "--listen", `unix:${socket}`], { listen: false });
      const inUse = "the port is in use; --port PORT takes another one, --port 0 a free one";
      const unable = ["setpriv", "--bounding-set=-net_bind_service"];
      const refused: readonly [listen: string, reason: string, as?: string[]][] = [
        [`127.0.0.1:${port}`, inUse],
        [`[::ffff:127.0.0.1]:${port}`, inUse],
        [
          "192.0.2.1:9090",
          "this machine has no such address; --listen :PORT takes all that it has",
        ],
        ["no.such.name.invalid:9090", "no address is known by that name"],
        [`unix:${folder}/none/weir.sock`, "its folder is not there"],
        [
          "127.0.0.1:81",
          "this user may not: ports below 1024 are for root; --port PORT takes another one",
          unable,
        ],
      ];
      for (const [listen, reason, as = []] of refused) {
        const [command, ...rest] = [...as, ...program];
        const run = await runProgram(command, [...rest, "-H", "a:1/m", "--listen", listen]);
        assert.equal(run.exitCode, 1, listen);
        const [last] = run.stderr.trimEnd().split("\n").slice(-1);
        assert.match(last, / level=error msg=failed error=/);
        assert.ok(
          last.includes(
            `cannot listen on ${listen}: ${reason}`,
          ),
          last,
        );
        assert.doesNotMatch(run.stderr, /msg=listening/);
      }
      const taken = await runProgram(program[0], [
        ...program.slice(1),
        "--listen",
        `unix:${socket}`,
      ]);
      assert.match(taken.stderr, /weir\.sock: another process listens there/);
    },
    60_000,
  );
}

peerTest(["curl"], "the demo listens on loopback, with a port of its own or not", async (t) => {
  const port = await freePort();
  for (const args of [["--demo", "--port", `${port}`], ["--demo", "-p", "0"]]) {
    const weir = await startWeir(t, args, { listen: false });
    assert.match(weir.logged("msg=listening")[0], / listen=127\.0\.0\.1:\d+ /);
    const preview = await fetch(`${weir.url}/analyze/preview`, { method: "POST", body: "[]" });
    assert.notEqual(preview.status, 403);
    await preview.body?.cancel();
    await weir.kill();
  }
  const env = { WEIR_LISTEN_ADDRESS: "0.0.0.0" };
  const byVariable = await startWeir(t, ["--demo", "-p", "0"], { listen: false, env });
  assert.match(byVariable.logged("msg=listening")[0], / listen=0\.0\.0\.0:\d+ /);
  const byFlag = await startWeir(t, ["--demo", "--web.listen-address", ":0"], { listen: false });
  assert.match(byFlag.logged("msg=listening")[0], / listen=\[::\]:\d+ /);
});

peerTest(["curl"], "-p listens on all interfaces, a file on loopback alone", async (t) => {
  const upstream = await servingUpstream(t, text);
  const port = await freePort();
  const byFlags = await startWeir(t, ["-H", upstream, "-p", `${port}`], { listen: false });
  assert.match(byFlags.logged("msg=listening")[0], new RegExp(` listen=\\[::\\]:${port} `));
  for (const host of ["127.0.0.1", "[::1]"]) {
    assert.equal((await curl(`http://${host}:${port}/metrics`)).body.toString(), text, host);
  }

  const config = join(temporaryFolder(t), "weir.json");
  writeFileSync(config, JSON.stringify({ upstream_url: upstream, listen_port: 0 }));
  const byFile = await startWeir(t, [config], { listen: false });
  assert.match(byFile.logged("msg=listening")[0], / listen=127\.0\.0\.1:\d+ /);
});

interface AllInterfaces {
  readonly name: string;
  readonly program: Program;
  /** Who is answered, of IPv4 and IPv6. */
  readonly answered: readonly string[];
  /** What `:PORT` is logged as. */
  readonly logged: string;
}

const [FOUR, SIX] = ["127.0.0.1", "[::1]"];
const ALL_INTERFACES: readonly AllInterfaces[] = [
  { name: "binary", program: binary, answered: [FOUR, SIX], logged: "[::]" },
  { name: "Deno", program: denoSource, answered: [FOUR, SIX], logged: "[::]" },
  {
    name: "binary without IPv6",
    program: withoutIpv6(binary),
    answered: [FOUR],
    logged: "0.0.0.0",
  },
  {
    name: "Deno without IPv6",
    program: withoutIpv6(denoSource),
    answered: [FOUR],
    logged: "0.0.0.0",
  },
];

for (const { name, program, answered, logged } of ALL_INTERFACES) {
  for (const secure of [false, true]) {
    const how = secure ? "with TLS" : "plain";
    peerTest(["curl", "openssl"], `${name}, ${how}: all interfaces`, async (t) => {
      const args = ["-H", await servingUpstream(t, text)];
      if (secure) {
        const web = new WebFolder(t);
        web.write({ tls_server_config: serverSection(web.authority.issue("weir")) });
        args.push("--web.config.file", web.path);
      }
      for (
        const [address, bound, hosts] of [
          [":0", logged, answered],
          ["[::]:0", logged, answered],
          ["0.0.0.0:0", "0.0.0.0", [FOUR]],
        ] as const
      ) {
        const options = { listen: false, guarded: true, program } as const;
        const weir = await startWeir(t, [...args, "--listen", address], options);
        const url = new URL(weir.url);
        const [line] = weir.logged("msg=listening");
        assert.ok(line.includes(` listen=${bound}:${url.port} `), line);
        for (const host of [FOUR, SIX]) {
          const answer = await curl(`${url.protocol}//${host}:${url.port}/metrics`, "--insecure");
          const expected = (hosts as readonly string[]).includes(host) ? text : "";
          assert.equal(answer.body.toString(), expected, `${address} at ${host}`);
        }
        await weir.kill();
      }
    }, 60_000);
  }
}

peerTest(["curl"], "WEIR_ wins over TERO_, a flag over both", async (t) => {
  const upstream = await servingUpstream(t, text);
  const [tero, weirs, flag] = [await freePort(), await freePort(), await freePort()];
  const both = { TERO_LISTEN_PORT: `${tero}`, WEIR_LISTEN_PORT: `${weirs}` };
  const first = await startWeir(t, ["-H", upstream], { listen: false, env: both });
  assert.equal(first.url, `http://127.0.0.1:${weirs}`);
  const args = ["-H", upstream, "-p", `${flag}`];
  const second = await startWeir(t, args, { listen: false, env: both });
  assert.equal(second.url, `http://127.0.0.1:${flag}`);
});

peerTest(["curl"], "it does not read its neighbours' files", async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, ".env"), "WEIR_LISTEN_PORT=1\n");
  writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./preload.ts"]\n');
  writeFileSync(join(folder, "preload.ts"), 'console.error("PRELOADED");\n');
  writeFileSync(join(folder, "tsconfig.json"), "{");
  writeFileSync(join(folder, "package.json"), "{");
  const child = spawn(binary[0], ["--demo", "--listen", "127.0.0.1:0"], {
    cwd: folder,
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  t.after(() => void child.kill("SIGKILL"));
  let log = "";
  child.stderr.setEncoding("utf8");
  for await (const part of child.stderr) {
    log += part;
    if (log.includes("msg=listening")) break;
  }
  assert.match(log, / listen=127\.0\.0\.1:\d+ /);
  assert.doesNotMatch(log, /PRELOADED|listen=\S+:1 /);
});
