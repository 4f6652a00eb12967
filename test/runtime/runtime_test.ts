import assert from "node:assert/strict";
import { mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { currentRuntime } from "../../src/runtime/current.ts";
import type { ListenAddress, ServeOptions } from "../../src/runtime/runtime.ts";

const runtime = await currentRuntime();
const LOCAL: ListenAddress = { hostname: "127.0.0.1", port: 0 };

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "weir-"));
  try {
    await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function ok(): Response {
  return new Response("up 1\n");
}

/** A response that sends a line and then ends when `release` is called. */
function heldResponse(): { fetch: ServeOptions["fetch"]; release: () => void } {
  let release = () => {};
  const fetch = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("up 1\n"));
          release = () => {
            controller.enqueue(new TextEncoder().encode("up 2\n"));
            controller.close();
          };
        },
      }),
    );
  return { fetch, release: () => release() };
}

test("the adapter is the one of the program that runs", () => {
  assert.equal(runtime.name, "Deno" in globalThis ? "deno" : "bun");
  assert.match(runtime.version, /^\d+\.\d+\.\d+/);
  assert.equal(runtime.env.PATH, process.env.PATH);
});

test("serve binds a free port and answers", async () => {
  const server = await runtime.serve({ listen: LOCAL, fetch: ok });
  assert.ok(server.port > 0);
  const response = await fetch(`http://127.0.0.1:${server.port}/metrics`);
  assert.equal(await response.text(), "up 1\n");
  await server.stop(0);
  await assert.rejects(fetch(`http://127.0.0.1:${server.port}/metrics`));
});

test("serve at :: takes IPv6 and IPv4, and says where it listens", async () => {
  const server = await runtime.serve({ listen: { hostname: "::", port: 0 }, fetch: ok });
  assert.deepEqual(server.listen, { hostname: "::", port: server.port });
  for (const host of ["127.0.0.1", "[::1]"]) {
    const response = await fetch(`http://${host}:${server.port}/metrics`);
    assert.equal(await response.text(), "up 1\n", host);
  }
  const again = { hostname: "::", port: server.port };
  await assert.rejects(runtime.serve({ listen: again, fetch: ok }));
  await server.stop(0);
});

test("serve at 0.0.0.0 takes IPv4 alone", async () => {
  const server = await runtime.serve({ listen: { hostname: "0.0.0.0", port: 0 }, fetch: ok });
  assert.deepEqual(server.listen, { hostname: "0.0.0.0", port: server.port });
  assert.equal(await (await fetch(`http://127.0.0.1:${server.port}/`)).text(), "up 1\n");
  await assert.rejects(fetch(`http://[::1]:${server.port}/`));
  await server.stop(0);
});

test("serve throws on a port that is taken", async () => {
  const server = await runtime.serve({ listen: LOCAL, fetch: ok });
  const listen = { hostname: "127.0.0.1", port: server.port };
  await assert.rejects(runtime.serve({ listen, fetch: ok }));
  await server.stop(0);
});

test("serve turns a throw into a 500 without its message", async () => {
  const failing = () => {
    throw new Error("a password");
  };
  const server = await runtime.serve({ listen: LOCAL, fetch: failing });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "internal error\n");
  await server.stop(0);
});

test("serve listens on a unix socket in place of a stale one, and removes it", () =>
  withFolder(async (folder) => {
    const unix = join(folder, "weir.sock");
    // A listener that is killed leaves its socket file; a rename keeps this one from its owner.
    const first = await runtime.serve({ listen: { unix: `${unix}.old` }, fetch: ok });
    await rename(`${unix}.old`, unix);
    await first.stop(0);
    const server = await runtime.serve({ listen: { unix }, fetch: ok });
    assert.equal(server.port, 0);
    assert.equal(await getOverSocket(unix), "up 1\n");
    await server.stop(0);
    await assert.rejects(stat(unix));
  }));

test("serve does not take a unix socket from a process that listens there", () =>
  withFolder(async (folder) => {
    const unix = join(folder, "weir.sock");
    const server = await runtime.serve({ listen: { unix }, fetch: ok });
    await assert.rejects(runtime.serve({ listen: { unix }, fetch: ok }), {
      message: `${unix}: another process listens there`,
    });
    assert.equal(await getOverSocket(unix), "up 1\n");
    await server.stop(0);
  }));

test("serve does not replace a file that is no socket", () =>
  withFolder(async (folder) => {
    const unix = join(folder, "precious");
    await writeFile(unix, "data");
    await assert.rejects(runtime.serve({ listen: { unix }, fetch: ok }), {
      message: `${unix}: exists and is not a socket`,
    });
  }));

test("stop lets a running response finish", async () => {
  const held = heldResponse();
  const server = await runtime.serve({ listen: LOCAL, fetch: held.fetch });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  const stopped = server.stop(20_000);
  held.release();
  assert.equal(await response.text(), "up 1\nup 2\n");
  await stopped;
});

test("stop cuts what runs longer than the grace", async () => {
  const held = heldResponse();
  const server = await runtime.serve({ listen: LOCAL, fetch: held.fetch });
  const response = await fetch(`http://127.0.0.1:${server.port}/`);
  await server.stop(50);
  await assert.rejects(response.text());
});

test("stop does not wait for an idle kept-alive connection", async () => {
  const server = await runtime.serve({ listen: LOCAL, fetch: ok });
  const agent = new http.Agent({ keepAlive: true });
  await getOver({ host: "127.0.0.1", port: server.port, agent });
  const began = performance.now();
  await server.stop(10_000);
  assert.ok(performance.now() - began < 5_000);
  agent.destroy();
});

test("readFile and openFile give the bytes", () =>
  withFolder(async (folder) => {
    const path = join(folder, "scrape.prom");
    await writeFile(path, "up 1\n".repeat(100_000));
    assert.equal((await runtime.readFile(path)).length, 500_000);
    const text = await new Response(await runtime.openFile(path)).text();
    assert.equal(text, "up 1\n".repeat(100_000));
  }));

test("readFile and openFile name a path that they cannot read", () =>
  withFolder(async (folder) => {
    const path = join(folder, "absent");
    for (const read of [runtime.readFile, runtime.openFile]) {
      await assert.rejects(read(path), (error: Error) => error.message.startsWith(`${path}: `));
      await assert.rejects(read(folder), (error: Error) => error.message.startsWith(`${folder}: `));
    }
  }));

test("watch sees a file that is renamed into place", () =>
  withFolder(async (folder) => {
    const path = join(folder, "rules.yaml");
    await writeFile(path, "old");
    let seen = () => {};
    const changed = new Promise<void>((resolve) => seen = resolve);
    const end = runtime.watch(path, seen);
    // The watch begins some time after the call: rename until it is noticed.
    const timer = setInterval(async () => {
      await writeFile(`${path}.new`, "new");
      await rename(`${path}.new`, path);
    }, 50);
    await changed;
    clearInterval(timer);
    end();
    await new Promise((resolve) => setTimeout(resolve, 60)); // the last rename ends
  }));

test("watch on a folder that does not exist is silent", async () => {
  const end = runtime.watch("/nowhere/at/all/rules.yaml", () => assert.fail("fired"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  end();
});

test("onSignal calls the listener until it is removed", async () => {
  // A listener for signals does not keep the program alive by itself.
  const alive = setInterval(() => {}, 1000);
  let count = 0;
  const removeFirst = runtime.onSignal("SIGHUP", () => count++);
  let seen = () => {};
  const removeSecond = runtime.onSignal("SIGHUP", () => seen());
  const deliver = async () => {
    const delivered = new Promise<void>((resolve) => seen = resolve);
    process.kill(process.pid, "SIGHUP");
    await delivered;
  };
  await deliver();
  removeFirst();
  await deliver();
  removeSecond();
  clearInterval(alive);
  assert.equal(count, 1);
});

test("resolve gives addresses once, and throws for no name", async () => {
  const addresses = await runtime.resolve("localhost");
  assert.ok(addresses.every((address) => address === "127.0.0.1" || address === "::1"));
  assert.equal(new Set(addresses).size, addresses.length);
  assert.ok(addresses.length > 0);
  assert.deepEqual(await runtime.resolve("192.0.2.7"), ["192.0.2.7"]);
  await assert.rejects(runtime.resolve("nobody.invalid"));
});

test("usage is in bytes and seconds", () => {
  const { residentBytes, cpuSeconds, startTimeSeconds } = runtime.usage();
  assert.ok(residentBytes > 5e6 && residentBytes < 5e9, `${residentBytes} bytes`);
  assert.ok(cpuSeconds > 0 && cpuSeconds < 600, `${cpuSeconds} s`);
  const age = Date.now() / 1000 - startTimeSeconds;
  assert.ok(age >= 0 && age < 600, `${age} s`);
  if (process.platform !== "linux") return;
  const { openFds, maxFds } = runtime.usage();
  assert.ok(openFds! > 2 && openFds! <= maxFds!, `${openFds} of ${maxFds}`);
});

function getOverSocket(socketPath: string): Promise<string> {
  return getOver({ socketPath, agent: false });
}

function getOver(options: http.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    http.get({ ...options, path: "/" }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part) => text += part);
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
