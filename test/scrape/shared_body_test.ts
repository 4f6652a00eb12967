import assert from "node:assert/strict";
import { test } from "node:test";
import type { BodyEnd } from "../../src/scrape/gathered_body.ts";
import { SharedBody } from "../../src/scrape/shared_body.ts";
import { BodySource, settled, textOf } from "../support/lines/body_source.ts";
import { random } from "../support/random.ts";

const STAYS = new AbortController().signal;

function shared() {
  const source = new BodySource();
  const ends: BodyEnd[] = [];
  const body = new SharedBody(source.body, (end) => ends.push(end));
  return { source, ends, body };
}

const textOfChunk = (chunk: { value?: Uint8Array }) => new TextDecoder().decode(chunk.value);

test("nothing is read before somebody reads", async () => {
  const { source, body } = shared();
  body.stream(STAYS);
  await settled();
  assert.equal(source.pulls, 0);
});

test("readers get the same chunks, uncopied, and a later one gets them from the beginning", async () => {
  const { source, ends, body } = shared();
  const early = body.stream(STAYS).getReader();
  source.give("a 1\n");
  const first = await early.read();
  const late = body.stream(STAYS).getReader();
  assert.equal((await late.read()).value, first.value);
  source.give("b 2\n");
  source.end();
  assert.equal(textOfChunk(await late.read()), "b 2\n");
  assert.equal((await late.read()).done, true);
  assert.deepEqual(ends, [{ outcome: "complete" }]);
  assert.equal(textOfChunk(await early.read()), "b 2\n");
  assert.equal((await early.read()).done, true);
  assert.equal(await textOf(body.stream(STAYS)), "a 1\nb 2\n");
});

test("the source is asked once for a chunk that two wait for, and not ahead of them", async () => {
  const { source, body } = shared();
  const [a, b] = [body.stream(STAYS).getReader(), body.stream(STAYS).getReader()];
  const reads = Promise.all([a.read(), b.read()]);
  await settled();
  assert.equal(source.pulls, 1);
  source.give("a 1\n");
  await reads;
  await settled();
  assert.equal(source.pulls, 1);
  await Promise.all([a.cancel(), b.cancel()]);
});

test("a failure breaks every reader off, also one that has not read yet", async () => {
  const { source, ends, body } = shared();
  const ahead = body.stream(STAYS).getReader();
  const idle = body.stream(STAYS).getReader();
  source.give("a 1\n");
  await ahead.read();
  const error = new Error("connection reset");
  source.break(error);
  await assert.rejects(ahead.read(), error);
  await assert.rejects(idle.read(), error);
  assert.deepEqual(ends, [{ outcome: "broken", error }]);
  assert.throws(() => body.stream(STAYS), { message: "the body takes no more readers" });
});

test("one reader that leaves does not disturb the other", async () => {
  const { source, ends, body } = shared();
  const leaver = body.stream(STAYS).getReader();
  const stayer = textOf(body.stream(STAYS));
  source.give("a 1\n");
  await leaver.read();
  await leaver.cancel("enough");
  source.give("b 2\n");
  source.end();
  assert.equal(await stayer, "a 1\nb 2\n");
  assert.equal(source.cancelledWith, undefined);
  assert.deepEqual(ends, [{ outcome: "complete" }]);
});

test("the last reader that leaves cancels the source, before the end is told", async () => {
  const source = new BodySource();
  const seen: unknown[] = [];
  const body = new SharedBody(source.body, (end) => seen.push(end.outcome, source.cancelledWith));
  const [a, b] = [body.stream(STAYS), body.stream(STAYS).getReader()];
  const waits = b.read();
  await settled();
  await a.cancel("first");
  assert.equal(source.cancelledWith, undefined);
  await b.cancel("second");
  assert.equal((await waits).done, true);
  await settled();
  assert.deepEqual(seen, ["cancelled", "second"]);
});

test("a reader whose signal is aborted leaves with its reason", async () => {
  const { source, ends, body } = shared();
  const client = new AbortController();
  const leaver = body.stream(client.signal).getReader();
  const stayer = body.stream(STAYS).getReader();
  const waits = leaver.read();
  const reason = new Error("client gone");
  client.abort(reason);
  await assert.rejects(waits, reason);
  assert.equal(source.cancelledWith, undefined);
  const gone = new AbortController();
  gone.abort(reason);
  await assert.rejects(body.stream(gone.signal).getReader().read(), reason);
  assert.deepEqual(ends, []);
  await stayer.cancel("all");
  assert.equal(source.cancelledWith, "all");
});

test("a signal that is aborted behind the end changes nothing", async () => {
  const { source, ends, body } = shared();
  const client = new AbortController();
  const text = textOf(body.stream(client.signal));
  source.give("a 1\n");
  source.end();
  assert.equal(await text, "a 1\n");
  client.abort();
  assert.equal(await textOf(body.stream(STAYS)), "a 1\n");
  assert.deepEqual(ends, [{ outcome: "complete" }]);
});

test("a sealed body goes on for those who read it, and takes nobody else", async () => {
  const { source, body } = shared();
  const slow = body.stream(STAYS);
  const fast = textOf(body.stream(STAYS));
  source.give("a 1\n");
  body.seal();
  source.give("b 2\n");
  source.end();
  assert.equal(await fast, "a 1\nb 2\n");
  assert.equal(await textOf(slow), "a 1\nb 2\n");
  assert.throws(() => body.stream(STAYS), { message: "the body takes no more readers" });
});

interface Got {
  readonly text: string;
  readonly how: "ended" | "broken" | "left";
}

/** Reads with pauses; leaves somewhere on the way when it may. */
async function readAtLeisure(
  body: ReadableStream<Uint8Array>,
  next: (largest: number) => number,
  mayLeave: boolean,
): Promise<Got> {
  const reader = body.getReader();
  let text = "";
  try {
    for (;;) {
      for (let pause = next(2); pause > 0; pause--) await settled();
      if (mayLeave && next(9) === 0) {
        await reader.cancel();
        return { text, how: "left" };
      }
      const { done, value } = await reader.read();
      if (done) return { text, how: "ended" };
      text += new TextDecoder().decode(value);
    }
  } catch (error) {
    assert.equal((error as Error).message, "cut");
    return { text, how: "broken" };
  }
}

/** Readers join, read and leave while the source gives and ends, in an order that the seed decides. */
async function interleave(seed: number): Promise<void> {
  const next = random(seed);
  const { source, ends, body } = shared();
  const chunks = Array.from({ length: next(12) }, (_, i) => `s${i} ${"9".repeat(next(40))}\n`);
  const breaks = next(2) === 0;
  const readers = [readAtLeisure(body.stream(STAYS), next, false)];
  const joinSome = () => {
    if (next(1) === 0 || ends[0]?.outcome === "broken") return;
    readers.push(readAtLeisure(body.stream(STAYS), next, next(1) === 0));
  };
  for (const chunk of chunks) {
    joinSome();
    source.give(chunk);
    for (let pause = next(2); pause > 0; pause--) await settled();
  }
  joinSome();
  if (breaks) source.break(new Error("cut"));
  else source.end();
  await settled();
  joinSome();
  const whole = chunks.join("");
  for (const { text, how } of await Promise.all(readers)) {
    if (how === "ended") assert.equal(text, whole);
    else assert.ok(whole.startsWith(text), text);
    assert.notEqual(how, breaks ? "ended" : "broken");
  }
  assert.deepEqual(ends.map((end) => end.outcome), [breaks ? "broken" : "complete"]);
}

test("whatever the order, readers get every byte or the failure", async () => {
  for (let seed = 1; seed <= 200; seed++) await interleave(seed);
});
