import { AB, Fixture } from "../../test/support/policy/provider_fixture.ts";
import { policy, syncResponse } from "../../test/support/policy/sync_server.ts";
import {
  bytesOf,
  type FuzzTarget,
  hold,
  jsonBytes,
  jsonOf,
  type Next,
  pick,
  seldom,
  times,
} from "./fuzz_target.ts";
import { mutated } from "./mutate.ts";

const SECRET = "hunter2secret";

/** How one answer is sent. */
interface Answer {
  readonly status: number;
  /** After so many bytes the connection breaks; -1: never. */
  readonly cutAt: number;
  readonly headers: Readonly<Record<string, string>>;
}

const GOOD: Answer = { status: 200, cutAt: -1, headers: {} };

export const syncTarget: FuzzTarget = {
  name: "sync",
  what: "answers of a policy server, cut and garbled: never thrown, the last good set stays",
  reduced: { "body.json": "bytes" },

  generate(next) {
    const body = jsonBytes(randomResponse(next));
    const odd = { "content-length": pick(next, ["5", "-1", "99999999999", "x", ""]) };
    return {
      "body.json": seldom(next, 3) ? body : mutated(next, body),
      "answer.json": jsonBytes({
        status: seldom(next, 6) ? pick(next, [201, 204, 301, 400, 404, 500, 503]) : 200,
        cutAt: seldom(next, 5) ? next(body.length) : -1,
        headers: seldom(next, 8) ? odd : {},
      }),
    };
  },

  async check(input) {
    let answer: Response = responseOf(bytesOf(JSON.stringify(syncResponse(AB))), GOOD);
    const fixture = new Fixture("http://sync.example/v1", {
      headers: [{ name: "Authorization", value: `Bearer ${SECRET}` }],
      fetch: () => Promise.resolve(answer),
    });
    try {
      await fixture.start();
      hold(fixture.events.join() === "loaded a,b", "a good first set", () => fixture.events.join());
      const last = fixture.entries;
      answer = responseOf(input["body.json"], jsonOf<Answer>(input, "answer.json", GOOD));
      await fixture.provider.reload();
      checkGarbled(fixture, last);
      // No mutation of a short hash comes to this one, which would make the set an unchanged one.
      const good = { ...AB, hash: "the hash of the good set" };
      answer = responseOf(bytesOf(JSON.stringify(syncResponse(good))), GOOD);
      await fixture.provider.reload();
      const { events } = fixture;
      hold(events[2] === "loaded a,b", "a good set afterwards", () => events.join("\n"));
    } finally {
      fixture.provider.stop();
    }
  },
};

function checkGarbled({ events, entries, reasons }: Fixture, last: Fixture["entries"]): void {
  hold(events.length === 2, "one outcome a sync", () => events.join("\n"));
  const event = events[1];
  if (event.startsWith("loaded")) return;
  hold(entries === last, "the last good set stays", () => event);
  for (const reason of reasons) {
    hold(!reason.includes(SECRET), "no secret in reasons", () => reason);
    hold(!/[\n\r]/.test(reason) && reason.length < 1_000, "reasons are a line", () => reason);
  }
}

function responseOf(body: Uint8Array<ArrayBuffer>, { status, cutAt, headers }: Answer): Response {
  if (status === 204) return new Response(null, { status, headers });
  let isSent = false;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const rest = cutAt < 0 ? body : body.subarray(0, cutAt);
      if (!isSent && rest.length > 0) controller.enqueue(rest);
      else if (cutAt >= 0) controller.error(new TypeError("connection closed"));
      else controller.close();
      isSent = true;
    },
  });
  return new Response(stream, { status, headers });
}

const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1e999,
  2 ** 60,
  "x",
  "",
  [],
  {},
  [[]],
  SECRET,
  "1e5",
];

function randomResponse(next: Next): unknown {
  const odd = <Value>(value: Value): Value | unknown => seldom(next, 8) ? pick(next, ODD) : value;
  const policies = times(next(4), (index) =>
    odd({
      ...policy(`p${index}`),
      ...(seldom(next, 6) ? { id: odd("p0") } : {}),
      metric: odd({
        match: odd([odd({ metricField: odd(1), regex: odd("^a(") })]),
        keep: odd(false),
      }),
    }));
  const response: Record<string, unknown> = syncResponse({
    policies: odd(policies),
    hash: odd(pick(next, ["h1", "h2", ""])),
    syncTimestampUnixNano: odd("1800"),
    recommendedSyncIntervalSeconds: odd(30),
    syncType: odd(pick(next, [0, 1, 2, "SYNC_TYPE_FULL", "SYNC_TYPE_DELTA"])),
    errorMessage: seldom(next, 5) ? pick(next, ["no\nsuch", SECRET, `x ${SECRET}`, 5]) : "",
  });
  for (const key of Object.keys(response)) {
    const choice = next(15);
    if (choice < 2) delete response[key];
    if (choice === 2) response[snake(key)] = odd(response[key]);
  }
  return seldom(next, 20) ? pick(next, ODD) : response;
}

function snake(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
