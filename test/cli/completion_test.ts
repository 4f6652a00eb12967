import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { completable } from "../../src/cli/completable.ts";
import { completionScript } from "../../src/cli/completion.ts";

const VALUES: readonly [flag: string, value: unknown][] = [
  ["port", "text"],
  ["listen", "text"],
  ["demo", "none"],
  ["config", "file"],
  ["scrape", "file"],
  ["web.telemetry-path", "text"],
  ["route", "text"],
  ["on-limit", "truncate,fail"],
  ["log-level", "debug,info,warn,error"],
];

test("what may stand behind a flag", () => {
  const { flags } = completable();
  for (const [name, wanted] of VALUES) {
    const { value } = flags.find(({ flag }) => flag.name === name)!;
    equal(String(value), wanted, name);
  }
});

test("every spelling of every flag, and every command, stands in each script", () => {
  const { flags, commands } = completable();
  for (const shell of ["bash", "zsh", "fish"]) {
    const script = completionScript(shell);
    for (const spelling of flags.flatMap(({ spellings }) => spellings)) {
      const written = shell !== "fish" ? spelling : spelling.replace(/^--(.*)/, "-l $1");
      equal(
        script.includes(written.replace(/^-(\w)$/, shell === "fish" ? "-s $1" : "-$1")),
        true,
        spelling,
      );
    }
    for (const { name } of commands) match(script, new RegExp(`\\b${name}\\b`));
  }
});
