import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { delimiter, dirname, join, resolve } from "node:path";
import process from "node:process";
import type { TestContext } from "node:test";
import { eventually } from "../e2e/eventually.ts";
import { freePort, plainEnvironment } from "../e2e/program.ts";
import { temporaryFolder } from "../e2e/temporary_folder.ts";
import { binary } from "../e2e/weir_process.ts";

// What a page of the documentation has its reader do, done: its files are written, its servers
// started, its commands run one after the other, and their output compared with what it shows.
//
//   ```yaml rules.yaml      a file; one that the repository has at that place has to be the same
//   ```sh                   commands that succeed, or a server, which is left running
//   ```console              `$ command`, and all that it prints: …, alone or within a line, is
//                           whatever stands there
//
// `weir` and `dist/weir` are the binary under test. A port of the page is a free one here.

const root = resolve(import.meta.dirname!, "..", "..", "..");

/** What is no part of a test: it takes minutes, or a daemon or a cluster. Their files have to be there. */
const NOT_RUN = /^(npm (ci|test|run build\S*)\b|docker |kubectl |helm )/;
/** `weir` that serves: it has no command of another kind, and does not end by itself. */
const SERVER =
  /^(npm start\b|python3 -m http\.server |(dist\/)?weir (?!(filter|analyze|check|usage|test|help|version|-v|-h)\b))/;
/** A command, with the lines that it goes on in, and what it prints. */
const SHOWN = /^\$ ((?:.*(?:\\|\||&&)\n)*.*)\n((?:(?!\$ ).*\n)*)/gm;
/** The demo's counters rise with time. */
const DEMO_VALUE = /^(nginx_ingress_controller_\S+) [0-9.e+]+$/gm;

export interface Block {
  readonly info: string;
  readonly text: string;
}

/** The fenced blocks of a page, by its path in the repository, that have an info string, in its order. */
export function blocksOf(path: string): Block[] {
  const text = readFileSync(resolve(root, path), "utf8");
  return [...text.matchAll(/^ *```(\S.*)\n([^]*?)^ *```$/gm)]
    .map(([block, info, body]) => {
      const indent = / */.exec(block)![0];
      return { info, text: body.replaceAll(new RegExp(`^${indent}`, "gm"), "") };
    });
}

/** Does all that the page at this path of the repository shows; returns how many commands it ran. */
export async function runPage(context: TestContext, path: string): Promise<number> {
  const page = new ShownPage(context);
  for (const { info, text } of blocksOf(path)) {
    const [kind, file] = info.split(" ");
    if (kind === "sh") await page.runScript(text);
    else if (kind === "console") await page.runConsole(text);
    else if (file?.includes(".")) page.write(file, text);
  }
  return page.ran;
}

class ShownPage {
  ran = 0;
  readonly #context: TestContext;
  readonly #folder: string;
  /** The page's ports, and those here. */
  readonly #ports = new Map<string, number>();
  readonly #serving = new Set<number>();

  constructor(context: TestContext) {
    this.#context = context;
    this.#folder = temporaryFolder(context);
    for (const name of readdirSync(root)) {
      if (name !== "dist") symlinkSync(join(root, name), join(this.#folder, name));
    }
    mkdirSync(join(this.#folder, "dist"));
    symlinkSync(binary[0], join(this.#folder, "dist", "weir"));
  }

  write(file: string, text: string): void {
    const place = join(this.#folder, file);
    if (existsSync(join(root, file))) {
      assert.equal(text, readFileSync(place, "utf8"), `${file} is as the page shows it`);
    } else {
      mkdirSync(dirname(place), { recursive: true });
      writeFileSync(place, text);
    }
  }

  async runScript(text: string): Promise<void> {
    for (const typed of commandsOf(text.split("\n"))) {
      const command = typed.replace(/^npm ci && /, "");
      if (NOT_RUN.test(command)) this.#filesAreThere(command);
      else if (SERVER.test(command)) await this.#serve(command);
      else {
        const { output, status } = await this.#run(command);
        assert.equal(status, 0, `${command}\n${output}`);
      }
    }
  }

  async runConsole(text: string): Promise<void> {
    for (const [, typed, expected] of text.matchAll(SHOWN)) {
      const output = withoutBlankEnd((await this.#run(typed)).output);
      const [found, wanted] = /\bcurl\b/.test(typed)
        ? [output, withoutBlankEnd(expected)].map((shown) => shown.replaceAll(DEMO_VALUE, "$1 N"))
        : [output, withoutBlankEnd(expected)];
      if (!pattern(wanted).test(found)) assert.equal(found, wanted, typed);
    }
  }

  /** Runs the command as a shell does, and returns all that it prints, with the page's ports. */
  async #run(command: string): Promise<{ output: string; status: number | null }> {
    const child = this.#spawn(`set -o pipefail; { ${await this.#here(command)}\n} 2>&1`);
    let output = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => output += text);
    const [status] = await once(child, "close");
    this.ran += 1;
    for (const [shown, port] of this.#ports) {
      output = output.replaceAll(`127.0.0.1:${port}`, `localhost:${shown}`)
        .replaceAll(`]:${port}`, `]:${shown}`);
    }
    return { output, status };
  }

  async #serve(command: string): Promise<void> {
    const listens = /(?:--listen \S*:|-p |--port |http\.server )(\d+)/.exec(command);
    const port = await this.#port(listens?.[1] ?? "8080");
    assert.ok(!this.#serving.has(port), `nothing else listens there yet: ${command}`);
    this.#serving.add(port);
    const line = await this.#here(command);
    const child = this.#spawn(
      /^python3/.test(line)
        ? `exec ${line} --bind 127.0.0.1`
        : `exec ${line.replace(/ (-p|--port|--listen) \S+/, "")}${
          line.startsWith("npm ") ? " --" : ""
        } --listen 127.0.0.1:${port}`,
    );
    let log = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => log += text);
    child.stderr!.setEncoding("utf8").on("data", (text: string) => log += text);
    this.#context.after(() => stop(child));
    await eventually(`${command} answers`, async () => {
      assert.equal(child.exitCode, null, log);
      return await fetch(`http://127.0.0.1:${port}/_health`).then(() => true, () => false);
    });
    this.ran += 1;
  }

  #spawn(script: string): ChildProcess {
    const { PATH, ...env } = plainEnvironment();
    const places = [join(this.#folder, "dist"), join(root, "node_modules", ".bin"), PATH];
    return spawn("bash", ["-c", script], {
      cwd: this.#folder,
      env: { ...env, PATH: places.join(delimiter) },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: npm leaves what it started behind.
      detached: true,
    });
  }

  /** The command with the ports of this run. */
  async #here(command: string): Promise<string> {
    let text = command;
    for (const [, shown] of command.matchAll(/(?<=:|-p |--port |http\.server )(\d{4,5})\b/g)) {
      const port = await this.#port(shown);
      text = text.replaceAll(
        new RegExp(`(?<=:|-p |--port |http\\.server )${shown}\\b`, "g"),
        `${port}`,
      );
    }
    // What listens here listens to one family only.
    return text.replaceAll("localhost:", "127.0.0.1:");
  }

  async #port(shown: string): Promise<number> {
    const known = this.#ports.get(shown) ?? await freePort();
    this.#ports.set(shown, known);
    return known;
  }

  #filesAreThere(command: string): void {
    for (const [, file] of command.matchAll(/(?:-f |-k )(\S+)/g)) {
      assert.ok(existsSync(join(this.#folder, file)), `${file} of ${command}`);
    }
  }
}

/** The lines without comments and blank ones; what goes on after a backslash or in a heredoc is one. */
function commandsOf(lines: readonly string[]): string[] {
  const commands: string[] = [];
  let open = "";
  for (const line of lines) {
    if (open === "" && /^\s*(#.*)?$/.test(line)) continue;
    open += open === "" ? line : `\n${line}`;
    if (/(\\|\||&&)$/.test(line)) continue;
    commands.push(open.replace(/\s+#.*$/, ""));
    open = "";
  }
  return commands;
}

/** Blank lines at the end of a block are not seen. */
function withoutBlankEnd(text: string): string {
  return text.replace(/\n+$/, "\n");
}

function pattern(shown: string): RegExp {
  const source = shown.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&")
    .replaceAll(/^…$\n/gm, "(?:.*\\n)*?").replaceAll("…", ".*?");
  return new RegExp(`^${source}$`);
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  process.kill(-child.pid!, "SIGKILL");
  await closed;
}
