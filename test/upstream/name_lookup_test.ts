import assert from "node:assert/strict";
import { test } from "node:test";
import type { DnsFamily } from "../../src/config/config.ts";
import { nameLookup } from "../../src/upstream/name_lookup.ts";

const BOTH = ["fd00::7", "10.0.0.7"];
const SIX = ["fd00::7"];
const MAPPED = ["::ffff:10.0.0.8", "fd00::7"];

/** What the resolver says of one name, of all addresses and of IPv4 alone. */
interface Said {
  readonly all: readonly string[] | string;
  readonly four?: readonly string[] | string;
}

interface Case {
  readonly name: string;
  readonly family: DnsFamily;
  /** Look-ups of the same name, one after the other: what is said, and what comes of it. */
  readonly lookups: readonly (readonly [Said, readonly string[] | string])[];
}

const NO_SUCH = "ENOTFOUND";
const FAILED = "EAI_AGAIN";

const CASES: readonly Case[] = [
  {
    name: "auto takes IPv4 where there is any",
    family: "auto",
    lookups: [[{ all: BOTH }, ["10.0.0.7"]], [{ all: MAPPED }, ["10.0.0.8"]]],
  },
  {
    name: "auto takes IPv6 where there is nothing else, and asks no more",
    family: "auto",
    lookups: [[{ all: SIX }, SIX], [{ all: SIX }, SIX]],
  },
  {
    name: "auto: a resolver that fails for IPv4 alone is no reason to turn to IPv6",
    family: "auto",
    lookups: [
      [{ all: BOTH }, ["10.0.0.7"]],
      [{ all: SIX, four: FAILED }, FAILED],
      [{ all: SIX, four: ["10.0.0.9"] }, ["10.0.0.9"]],
      [{ all: BOTH }, ["10.0.0.7"]],
    ],
  },
  {
    name: "auto: a name that has lost its IPv4 addresses goes on with IPv6",
    family: "auto",
    lookups: [
      [{ all: BOTH }, ["10.0.0.7"]],
      [{ all: SIX, four: NO_SUCH }, SIX],
      [{ all: SIX }, SIX],
    ],
  },
  {
    name: "both, each once and sorted",
    family: "both",
    lookups: [[{ all: [...BOTH, ...MAPPED] }, ["10.0.0.7", "10.0.0.8", "fd00::7"]]],
  },
  {
    name: "ipv4",
    family: "ipv4",
    lookups: [
      [{ all: BOTH }, ["10.0.0.7"]],
      [{ all: ["::ffff:10.0.0.8"] }, ["10.0.0.8"]],
      [{ all: SIX }, "found fd00::7, wanted an IPv4 address"],
      [{ all: NO_SUCH }, NO_SUCH],
    ],
  },
  {
    name: "ipv6",
    family: "ipv6",
    lookups: [
      [{ all: MAPPED }, SIX],
      [{ all: ["::ffff:10.0.0.8"] }, "found 10.0.0.8, wanted an IPv6 address"],
      [{ all: [] }, "ENODATA"],
    ],
  },
];

for (const { name, family, lookups } of CASES) {
  test(`names: ${name}`, async () => {
    let said: Said = { all: [] };
    const lookUp = nameLookup({
      resolve: (_, family) => {
        const answer = family === 4 ? said.four : said.all;
        assert.ok(answer !== undefined, "IPv4 alone was asked for");
        return typeof answer === "string"
          ? Promise.reject(Object.assign(new Error(answer), { code: answer }))
          : Promise.resolve([...answer]);
      },
    });
    for (const [at, [answer, expected]] of lookups.entries()) {
      said = answer;
      const found = await lookUp("app", family).catch((error: Error) => error.message);
      assert.deepEqual(found, expected, `look-up ${at}`);
    }
  });
}
