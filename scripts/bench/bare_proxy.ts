/**
 * The least that a proxy of this runtime can do, to compare with: `bare_proxy PORT URL VARIANT`
 * fetches URL at every request and hands the body on. Compiled as Weir is.
 */
import process from "node:process";

/** The body as it is, through one stream in JavaScript, or compressed in one call. */
export type BareVariant = "plain" | "stream" | "gzip";

/** The level at which Weir compresses. */
const LEVEL = 2;

const HEADERS = { "content-type": "text/plain; version=0.0.4" };

async function answer(url: string, variant: BareVariant): Promise<Response> {
  const upstream = await fetch(url);
  if (variant === "plain") return new Response(upstream.body, { headers: HEADERS });
  if (variant === "stream") {
    return new Response(upstream.body!.pipeThrough(new TransformStream()), { headers: HEADERS });
  }
  const bytes = Bun.gzipSync(await upstream.arrayBuffer(), { level: LEVEL });
  return new Response(bytes, { headers: { ...HEADERS, "content-encoding": "gzip" } });
}

const [port, url, variant] = process.argv.slice(2);
Bun.serve({
  hostname: "127.0.0.1",
  port: Number(port),
  fetch: ({ url: asked }) =>
    asked.endsWith("/metrics") ? answer(url, variant as BareVariant) : new Response("up"),
});
