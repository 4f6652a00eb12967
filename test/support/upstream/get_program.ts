import process from "node:process";
import { getUpstream } from "../../../src/upstream/get.ts";
import { request } from "./get_fixture.ts";

// Run by connect_to_tls_test.ts, which sets the authorities that the program trusts. Asks `connectTo`
// for each of the URLs and prints what came of them, as JSON: the text, or the error's message.
// Nothing of a URL that ends in #pause is read after its first chunk.
const [connectTo, ...urls] = process.argv.slice(2);
const outcomes: string[] = [];
for (const url of urls) {
  try {
    const { body } = await getUpstream(request(url, { connectTo }));
    outcomes.push(url.endsWith("#pause") ? await paused(body) : await new Response(body).text());
  } catch (error) {
    outcomes.push(String(error));
  }
}
console.log(JSON.stringify(outcomes));
process.exit(0);

async function paused(body: ReadableStream<Uint8Array>): Promise<string> {
  const reader = body.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await reader.cancel();
  return "paused";
}
