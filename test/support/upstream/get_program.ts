import process from "node:process";
import type { ChunkSource } from "../../../src/upstream/chunk_source.ts";
import { getUpstream } from "../../../src/upstream/get.ts";
import { readText, request } from "./get_fixture.ts";

// Run by connect_to_tls_test.ts, which sets the authorities that the program trusts. Asks `connectTo`
// for each of the URLs and prints what came of them, as JSON: the text, or the error's message.
// Nothing of a URL that ends in #pause is read after its first chunk.
const [connectTo, ...urls] = process.argv.slice(2);
const outcomes: string[] = [];
for (const url of urls) {
  try {
    const { body } = await getUpstream(request(url, { connectTo }));
    outcomes.push(url.endsWith("#pause") ? await paused(body) : await readText(body));
  } catch (error) {
    outcomes.push(String(error));
  }
}
console.log(JSON.stringify(outcomes));
process.exit(0);

async function paused(body: ChunkSource): Promise<string> {
  await body.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  await body.cancel();
  return "paused";
}
