import assert from "node:assert/strict";
import { test } from "node:test";
import { MAX_COALESCED } from "../../src/bounds.ts";
import { ScrapeStats } from "../../src/lines/scrape_stats.ts";
import { Coalescer, type SharedAnswer, type StartRun } from "../../src/scrape/coalescer.ts";
import { BodySource, settled, textOf } from "../support/lines/body_source.ts";

const STAYS = new AbortController().signal;

/** Runs that answer when the test says so. */
class Runs {
  readonly signals: AbortSignal[] = [];
  readonly #answers: PromiseWithResolvers<SharedAnswer>[] = [];
  readonly start: StartRun = (signal) => {
    this.signals.push(signal);
    const answer = Promise.withResolvers<SharedAnswer>();
    this.#answers.push(answer);
    return answer.promise;
  };

  get count(): number {
    return this.signals.length;
  }

  /** The newest run answers, with a body that the test feeds. */
  answer(status = 200): BodySource {
    const source = new BodySource();
    this.answerWith({ status, contentType: "text/plain", body: source.body });
    return source;
  }

  answerWith(answer: Omit<SharedAnswer, "stats">): void {
    this.#answers.at(-1)!.resolve({ ...answer, stats: new ScrapeStats() });
  }

  fail(error: Error): void {
    this.#answers.at(-1)!.reject(error);
  }
}

function streamIn({ body }: SharedAnswer): ReadableStream<Uint8Array<ArrayBuffer>> {
  assert.ok(body instanceof ReadableStream);
  return body;
}

function coalescer(minIntervalMs = 0) {
  const clock = { ms: 1000 };
  const made = new Coalescer({ minIntervalMs: () => minIntervalMs, now: () => clock.ms });
  return { clock, coalescer: made, runs: new Runs() };
}

/** A run that has answered `text` with status 200 and was read to its end. */
async function complete(made: ReturnType<typeof coalescer>, key = "k", text = "a 1\n") {
  const asked = made.coalescer.answer(key, STAYS, made.runs.start);
  const source = made.runs.answer();
  const { answer, shared } = await asked;
  source.give(text);
  source.end();
  assert.equal(await textOf(answer.body), text);
  return shared;
}

test("those who come before the answer and during the body share one run, each with its own", async () => {
  const { coalescer: c, runs } = coalescer();
  const first = c.answer("k", STAYS, runs.start);
  const second = c.answer("k", STAYS, runs.start);
  const source = runs.answer();
  const [a, b] = await Promise.all([first, second]);
  source.give("a 1\n");
  const reader = streamIn(a.answer).getReader();
  await reader.read();
  const late = await c.answer("k", STAYS, runs.start);
  source.give("b 2\n");
  source.end();
  assert.equal(await textOf(b.answer.body), "a 1\nb 2\n");
  assert.equal(await textOf(late.answer.body), "a 1\nb 2\n");
  assert.deepEqual([a.shared, b.shared, late.shared], ["no", "joined", "joined"]);
  assert.equal(runs.count, 1);
  assert.equal(late.answer.status, 200);
  assert.equal(late.answer.contentType, "text/plain");
});

test("another key is another run", async () => {
  const { coalescer: c, runs } = coalescer();
  c.answer("k", STAYS, runs.start);
  const other = c.answer("l", STAYS, runs.start);
  assert.equal(runs.count, 2);
  runs.answerWith({ status: 204, contentType: null, body: null });
  assert.deepEqual([(await other).answer.status, (await other).answer.body], [204, null]);
});

test("without an interval a complete answer is not kept", async () => {
  const made = coalescer(0);
  assert.equal(await complete(made), "no");
  assert.equal(made.coalescer.size, 0);
  assert.equal(await complete(made), "no");
  assert.equal(made.runs.count, 2);
});

test("a complete answer is repeated until the interval since its start has passed", async () => {
  const made = coalescer(5000);
  const { clock, coalescer: c, runs } = made;
  await complete(made);
  clock.ms += 4999;
  const again = await c.answer("k", STAYS, runs.start);
  assert.equal(again.shared, "repeated");
  assert.equal(await textOf(again.answer.body), "a 1\n");
  clock.ms += 1;
  assert.equal(await complete(made, "k", "a 2\n"), "no");
  assert.equal(runs.count, 2);
});

test("an answer without body is complete at once", async () => {
  const { coalescer: c, runs } = coalescer(5000);
  const asked = c.answer("HEAD", STAYS, runs.start);
  runs.answerWith({ status: 200, contentType: "a/b", body: null });
  await asked;
  const again = await c.answer("HEAD", STAYS, runs.start);
  assert.deepEqual([again.shared, again.answer.contentType], ["repeated", "a/b"]);
});

test("a whole answer is complete at once, and the same for all", async () => {
  const { coalescer: c, runs } = coalescer(5000);
  const waiting = [c.answer("k", STAYS, runs.start), c.answer("k", STAYS, runs.start)];
  const body = new TextEncoder().encode("a 1\n");
  runs.answerWith({ status: 200, contentType: null, body });
  for (const { answer } of await Promise.all(waiting)) assert.equal(answer.body, body);
  const again = await c.answer("k", STAYS, runs.start);
  assert.deepEqual([again.shared, again.answer.body], ["repeated", body]);
});

test("a whole answer with another status is not repeated", async () => {
  const { coalescer: c, runs } = coalescer(5000);
  const asked = c.answer("k", STAYS, runs.start);
  runs.answerWith({ status: 404, contentType: null, body: new TextEncoder().encode("none\n") });
  assert.equal((await asked).answer.status, 404);
  assert.equal(c.size, 0);
});

test("a run that is still under way is joined when its interval has passed", async () => {
  const { clock, coalescer: c, runs } = coalescer(5000);
  const first = c.answer("k", STAYS, runs.start);
  clock.ms += 6000;
  const second = c.answer("k", STAYS, runs.start);
  const source = runs.answer();
  clock.ms += 6000;
  await Promise.all([first, second]);
  const third = await c.answer("k", STAYS, runs.start);
  source.give("a 1\n");
  source.end();
  assert.equal(await textOf(third.answer.body), "a 1\n");
  assert.deepEqual([third.shared, runs.count, c.size], ["joined", 1, 0]);
});

test("an interval that has passed lets the answer go without being asked", async () => {
  const c = new Coalescer({ minIntervalMs: () => 5 });
  const stats = new ScrapeStats();
  const answer: SharedAnswer = { status: 200, contentType: null, body: null, stats };
  await c.answer("k", STAYS, () => Promise.resolve(answer));
  while (c.size > 0) await settled();
});

test("a rejected run is shared with those who wait, and not repeated", async () => {
  const made = coalescer(5000);
  const { coalescer: c, runs } = made;
  const waiting = [c.answer("k", STAYS, runs.start), c.answer("k", STAYS, runs.start)];
  const error = new Error("connection refused");
  runs.fail(error);
  for (const one of waiting) await assert.rejects(one, error);
  assert.equal(await complete(made), "no");
});

test("a start that throws is a rejected run", async () => {
  const made = coalescer(5000);
  const error = new Error("no upstream");
  const failing = () => {
    throw error;
  };
  await assert.rejects(made.coalescer.answer("k", STAYS, failing), error);
  assert.equal(await complete(made), "no");
});

test("an error status is shared with those who wait, and not repeated", async () => {
  const made = coalescer(5000);
  const { coalescer: c, runs } = made;
  const waiting = [c.answer("k", STAYS, runs.start), c.answer("k", STAYS, runs.start)];
  const source = runs.answer(504);
  const answers = await Promise.all(waiting);
  const next = c.answer("k", STAYS, runs.start);
  source.give("timeout\n");
  source.end();
  for (const { answer } of answers) {
    assert.deepEqual([answer.status, await textOf(answer.body)], [504, "timeout\n"]);
  }
  assert.equal(runs.count, 2);
  runs.answer().end();
  assert.equal((await next).shared, "no");
});

test("a body that breaks breaks for all, and is not repeated", async () => {
  const made = coalescer(5000);
  const { coalescer: c, runs } = made;
  const waiting = [c.answer("k", STAYS, runs.start), c.answer("k", STAYS, runs.start)];
  const source = runs.answer();
  const bodies = (await Promise.all(waiting)).map(({ answer }) => streamIn(answer).getReader());
  const reads = bodies.map((body) => assert.rejects(body.read(), { message: "cut" }));
  source.break(new Error("cut"));
  await Promise.all(reads);
  assert.equal(await complete(made), "no");
});

test("a client that leaves before the answer rejects with its reason; the other is served", async () => {
  const { coalescer: c, runs } = coalescer();
  const client = new AbortController();
  const leaves = c.answer("k", client.signal, runs.start);
  const stays = c.answer("k", STAYS, runs.start);
  const reason = new Error("client gone");
  client.abort(reason);
  await assert.rejects(leaves, reason);
  assert.equal(runs.signals[0].aborted, false);
  runs.answer().end();
  assert.equal(await textOf((await stays).answer.body), "");
});

test("the last client that leaves before the answer aborts the run; who comes then gets another", async () => {
  const { coalescer: c, runs } = coalescer();
  const [one, two] = [new AbortController(), new AbortController()];
  const waiting = [one, two].map(({ signal }) => c.answer("k", signal, runs.start));
  const late = new BodySource();
  one.abort(new Error("first"));
  two.abort(new Error("second"));
  await assert.rejects(waiting[0], { message: "first" });
  await assert.rejects(waiting[1], { message: "second" });
  assert.equal(runs.signals[0].reason.message, "second");
  runs.answerWith({ status: 200, contentType: null, body: late.body });
  await settled();
  assert.equal((await late.body.getReader().read()).done, true);
  await assert.rejects(c.answer("k", one.signal, runs.start), { message: "first" });
  assert.equal(runs.count, 1);
  void c.answer("k", STAYS, runs.start);
  assert.equal(runs.count, 2);
});

test("a client whose signal is aborted while the run starts leaves", async () => {
  const { coalescer: c } = coalescer();
  const client = new AbortController();
  const asked = c.answer("k", client.signal, (signal) => {
    client.abort(new Error("gone"));
    return new Promise((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason))
    );
  });
  await assert.rejects(asked, { message: "gone" });
  assert.equal(c.size, 0);
});

test("the last reader that leaves cancels the body and aborts the run, also within the interval", async () => {
  const made = coalescer(5000);
  const { coalescer: c, runs } = made;
  const client = new AbortController();
  const [a, b] = [c.answer("k", client.signal, runs.start), c.answer("k", STAYS, runs.start)];
  const source = runs.answer();
  source.give("a 1\n");
  await a;
  client.abort(new Error("gone"));
  assert.deepEqual([source.cancelledWith, runs.signals[0].aborted], [undefined, false]);
  await streamIn((await b).answer).cancel("enough");
  assert.deepEqual([source.cancelledWith, runs.signals[0].aborted], ["enough", true]);
  assert.equal(await complete(made), "no");
});

test("a first client that cancels at once leaves the body to the second", async () => {
  const { coalescer: c, runs } = coalescer();
  const first = c.answer("k", STAYS, runs.start).then(({ answer }) => streamIn(answer).cancel());
  const second = c.answer("k", STAYS, runs.start);
  const source = runs.answer();
  await first;
  source.give("a 1\n");
  source.end();
  assert.equal(await textOf((await second).answer.body), "a 1\n");
});

test("beyond the bound a kept answer makes room, and a run under way does not", async () => {
  const made = coalescer(5000);
  const { coalescer: c, runs } = made;
  for (let i = 0; i < MAX_COALESCED; i++) await complete(made, `kept${i}`);
  for (let i = 0; i < MAX_COALESCED; i++) void c.answer(`runs${i}`, STAYS, runs.start);
  assert.equal(c.size, MAX_COALESCED);
  assert.equal(await complete(made, "beyond"), "no");
  assert.equal(await complete(made, "beyond"), "no");
  assert.equal((c.answer("runs0", STAYS, runs.start), runs.count), 2 * MAX_COALESCED + 2);
});

test("bytes are one client's only where no other has joined, and none can come for them", async () => {
  const body = new Uint8Array([1]);
  const whole = (made: ReturnType<typeof coalescer>) =>
    made.runs.answerWith({ status: 200, contentType: null, body });
  const alone = coalescer();
  const first = alone.coalescer.answer("k", STAYS, alone.runs.start);
  whole(alone);
  assert.equal((await first).isOnly, true);

  const joined = coalescer();
  const two = [1, 2].map(() => joined.coalescer.answer("k", STAYS, joined.runs.start));
  whole(joined);
  assert.deepEqual((await Promise.all(two)).map(({ isOnly }) => isOnly), [false, false]);

  const kept = coalescer(1000);
  const original = kept.coalescer.answer("k", STAYS, kept.runs.start);
  whole(kept);
  assert.equal((await original).isOnly, false);
  const repeated = await kept.coalescer.answer("k", STAYS, kept.runs.start);
  assert.deepEqual([repeated.shared, repeated.isOnly], ["repeated", false]);
});

test("bytes are not one client's only where another who joined has left", async () => {
  const { coalescer: made, runs } = coalescer();
  const leaves = new AbortController();
  const stays = made.answer("k", STAYS, runs.start);
  const left = made.answer("k", leaves.signal, runs.start);
  leaves.abort(new Error("left"));
  await assert.rejects(left, /left/);
  runs.answerWith({ status: 200, contentType: null, body: new Uint8Array([1]) });
  assert.equal((await stays).isOnly, false);
});
