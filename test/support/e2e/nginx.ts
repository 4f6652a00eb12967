import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { eventually } from "./eventually.ts";
import { freePort, plainEnvironment } from "./program.ts";
import { temporaryFolder } from "./temporary_folder.ts";

export interface Nginx {
  /** Without a path. */
  readonly url: string;
  /** The Content-Encoding of each answer so far, `-` for none. */
  encodings(): string[];
}

/** nginx serving the files of `folder` as expositions, compressed for whoever asks for it. */
export async function startNginx(context: TestContext, folder: string): Promise<Nginx> {
  const home = temporaryFolder(context);
  const port = await freePort();
  const config = join(home, "nginx.conf");
  const log = join(home, "access.log");
  writeFileSync(config, configuration(home, folder, port));
  const nginx = spawn("nginx", ["-c", config, "-p", home, "-e", "stderr"], {
    env: plainEnvironment(),
    stdio: ["ignore", "ignore", "pipe"],
  });
  let stderr = "";
  nginx.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  context.after(async () => {
    if (nginx.exitCode !== null) return;
    nginx.kill("SIGTERM");
    await once(nginx, "exit");
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually("nginx answers", async () => {
    if (nginx.exitCode !== null) throw new Error(stderr);
    return (await fetch(`${url}/-/up`)).status === 204;
  });
  return { url, encodings: () => readFileSync(log, "utf8").split("\n").slice(0, -1) };
}

/** One process in the foreground, as whoever runs the tests, that writes into `home` alone. */
function configuration(home: string, folder: string, port: number): string {
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `  ${name}_temp_path ${home}/${name};`);
  return `
daemon off;
master_process off;
pid ${home}/nginx.pid;
events {}
http {
${temporary.join("\n")}
  log_format encoding '$sent_http_content_encoding';
  types {}
  default_type "text/plain; version=0.0.4";
  gzip on;
  gzip_types *;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
    access_log ${home}/access.log encoding;
    location /-/up {
      access_log off;
      return 204;
    }
  }
}
`;
}
