/** What `npm run audit` makes of what npm prints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditOutcome } from "../../scripts/audit.ts";

function refused(statusCode: number, message: string): string {
  return JSON.stringify({ message, statusCode, error: { summary: "", detail: "" } });
}

const via = [
  { title: "Header injection", url: "https://github.com/advisories/GHSA-1", severity: "low" },
  "d",
];
const vulnerabilities = { b: { name: "b", severity: "low", range: "<2.0.1", via } };

const cases: { name: string; output: string; failed: boolean; text: RegExp }[] = [
  {
    name: "nothing is known",
    output: JSON.stringify({ auditReportVersion: 2, vulnerabilities: {}, metadata: {} }),
    failed: false,
    text: /^audit: no known vulnerability$/,
  },
  {
    name: "something is known, however harmless",
    output: JSON.stringify({ auditReportVersion: 2, vulnerabilities }),
    failed: true,
    text: /^audit: b <2\.0\.1: low: Header injection \(https:\/\/.*GHSA-1\); by d$/,
  },
  {
    name: "a mirror that refuses the method",
    output: refused(405, "405 Method Not Allowed - POST https://mirror/-/npm/v1/security"),
    failed: false,
    text: /^audit: not checked: 405 Method Not Allowed - POST /,
  },
  {
    name: "a mirror that has no such path",
    output: refused(404, "404 Not Found"),
    failed: false,
    text: /^audit: not checked: .*404/,
  },
  {
    name: "a registry that has an audit and fails at it",
    output: refused(503, "503 Service Unavailable"),
    failed: false,
    text: /^audit: not checked: 503 Service Unavailable$/,
  },
  {
    name: "a registry that wants credentials",
    output: refused(401, "401 Unauthorized"),
    failed: false,
    text: /^audit: not checked: 401/,
  },
  {
    name: "no registry",
    output: JSON.stringify({ error: { code: "ENOTFOUND", summary: "getaddrinfo ENOTFOUND r" } }),
    failed: false,
    text: /^audit: not checked: getaddrinfo ENOTFOUND r$/,
  },
  {
    name: "no report",
    output: "Killed",
    failed: false,
    text: /^audit: not checked: npm printed no JSON: Killed$/,
  },
  {
    name: "nothing at all",
    output: "",
    failed: false,
    text: /^audit: not checked: npm printed no JSON: $/,
  },
];

for (const { name, output, failed, text } of cases) {
  test(`audit: ${name}`, () => {
    const outcome = auditOutcome(output);
    assert.match(outcome.text, text);
    assert.equal(outcome.failed, failed);
  });
}
