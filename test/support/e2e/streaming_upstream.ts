/**
 * A program of its own, so that it shares no memory with what is measured: prints its URL, and
 * answers /BYTES with at least that many bytes of samples, each written as it is sent. One in a
 * hundred samples is not for dropping, and no two have the same labels.
 */
import { createServer, type ServerResponse } from "node:http";
import process from "node:process";

const CHUNK_CHARACTERS = 128 * 1024;

const server = createServer((request, response) => {
  const bytes = Number(request.url!.slice(1));
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" });
  stream(response, bytes).catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const { port } = server.address() as { port: number };
  process.stdout.write(`http://127.0.0.1:${port}\n`);
});

async function stream(response: ServerResponse, bytes: number): Promise<void> {
  let wake = () => {};
  for (const event of ["drain", "close"]) response.on(event, () => wake());
  let sent = 0;
  let sample = 0;
  while (sent < bytes && !response.destroyed) {
    let text = "";
    while (text.length < CHUNK_CHARACTERS) text += line(sample++);
    sent += text.length;
    const woken = new Promise<void>((resolve) => wake = resolve);
    if (!response.write(text) && !response.destroyed) await woken;
  }
  response.end();
}

/** Half of what is to be dropped shows it in its name, half in a label. */
function line(sample: number): string {
  if (sample % 100 === 0) {
    return `app_requests_total{path="/item/${sample}",code="200"} ${sample}\n`;
  }
  return sample % 2 === 0
    ? `debug_request_duration_seconds_bucket{path="/item/${sample}",le="0.5"} ${sample}\n`
    : `app_request_duration_seconds_bucket{path="/item/${sample}",tier="debug"} ${sample}\n`;
}
