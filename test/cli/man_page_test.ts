import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { manPage } from "../../src/cli/man_page.ts";
import { COMMANDS } from "../../src/config/commands.ts";
import { FLAGS, namesOf } from "../../src/config/flags.ts";

const page = manPage("1.2.3", "2026-01-02");

test("the head names the page, its date and the version", () => {
  equal(page.split("\n")[0], '.TH WEIR 1 "2026\\-01\\-02" "weir 1.2.3" "User Commands"');
});

test("the sections are those of a command's page, in their order", () => {
  deepEqual([...page.matchAll(/^\.SH (.*)$/gm)].map(([, name]) => name), [
    "NAME",
    "SYNOPSIS",
    "DESCRIPTION",
    "COMMANDS",
    "FLAGS",
    "ENVIRONMENT",
    "EXIT STATUS",
    "SIGNALS",
    "EXAMPLES",
    "SEE ALSO",
  ]);
});

test("every flag stands there once, with all of its names", () => {
  for (const flag of FLAGS) {
    const spellings = namesOf(flag).map((name) => `\\fB--${name}\\fR`.replaceAll("-", "\\-"));
    const lines = page.split("\n").filter((line) => line.includes(spellings[0]));
    equal(lines.length, 1, flag.name);
    for (const spelling of spellings) ok(lines[0].includes(spelling), flag.name);
  }
});

test("every command stands there with its examples", () => {
  for (const { name, examples } of COMMANDS) {
    ok(page.includes(`.TP\n\\fB${name}`), name);
    for (const { does } of examples) ok(page.includes(does.replaceAll("'", "\\(aq")), does);
  }
});

test("no line of text begins as a request does, and no character is lost to troff", () => {
  const requests = /^\.(?:TH|SH|SS|TP|PP|RS|RE|br|nf|fi|nh|ad)\b/;
  for (const line of page.split("\n")) {
    ok(!/^[.']/.test(line) || requests.test(line), line);
    ok(!/(?<!\\)-|[`^~]/.test(line.replace(/\\\(\w\w/g, "")), line);
  }
});
